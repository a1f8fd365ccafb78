"""What arrives broken is refused with a reason before any route sees it."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.errors import InvalidText, MalformedJson
from core.web.strict_json import check_json

Client = httpx.AsyncClient
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"name": "\xd0"}',
        '{"name": "A"}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b'{"rows": NaN}',
        b'{"rows": -Infinity}',
        b'{"rows": 1e999}',
        b'{"rows": 9223372036854775808}',
        b'{"rows": ' + b"9" * 5000 + b"}",
        b'{"rows": 1, "rows": 2}',
        b"[" * 65 + b"]" * 65,
        b"[" * 100_000,
        b'{"a":' * 100 + b"1" + b"}" * 100,
    ],
)
async def test_json_that_not_everybody_reads_alike_is_refused(client: Client, body: bytes) -> None:
    answer = await client.post("/shelves", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    "body", [b'{"name": "A\\u0000"}', b'{"n\\u0000": 1}', b'{"name": "\\ud800"}', b'{"name": ["\\u001b[2J"]}']
)
async def test_texts_that_nobody_can_store_are_refused(client: Client, body: bytes) -> None:
    answer = await client.post("/shelves", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_text")


@pytest.mark.parametrize("path", ["/search?q=%00", "/search?q=a%1bb", "/errors/%00", "/errors/a%0ab"])
async def test_control_characters_in_the_address_are_refused(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_text")


async def test_a_broken_encoding_in_the_query_does_no_harm(client: Client) -> None:
    answer = await client.get("/search?q=%ff%d0")
    assert answer.status_code == 200


async def test_line_breaks_are_text(client: Client) -> None:
    answer = await client.post("/shelves", json={"name": " A ", "note": "one\n\ttwo\r\n"})
    assert answer.status_code == 201
    assert (answer.json()["name"], answer.json()["note"]) == ("A", "one\n\ttwo\r\n")


async def test_a_large_body_is_refused_by_its_declared_length(client: Client) -> None:
    answer = await client.post("/shelves", content=b"x" * (1024 * 1024 + 1), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "1048576" in answer.json()["remedy"]


async def test_a_large_body_is_refused_while_it_comes(client: Client) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 65536

    answer = await client.post("/shelves", content=pieces(), headers=JSON)
    assert answer.status_code == 413
    assert sent == 17


@pytest.mark.parametrize("length", ["-1", "1x", "0x10", "9" * 5000])
async def test_a_wrong_content_length_is_refused(client: Client, length: str) -> None:
    answer = await client.post("/shelves", content=b"{}", headers={**JSON, "Content-Length": length})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


async def test_a_raw_route_takes_what_it_likes(client: Client) -> None:
    answer = await client.put("/raw", content=b"\x00" * (2 * 1024 * 1024), headers=JSON)
    assert answer.json() == {"size": 2 * 1024 * 1024}
    assert (await client.post("/raw", content=b"x" * 2_000_000)).status_code == 413


async def test_a_long_query_is_refused(client: Client) -> None:
    answer = await client.get("/search", params={"q": "x" * 8192})
    assert (answer.status_code, answer.json()["code"]) == (414, "query_too_long")


@pytest.mark.parametrize("headers", [{f"X-{number}": "1" for number in range(100)}, {"X-Long": "1" * 32768}])
async def test_too_many_or_too_long_headers_are_refused(client: Client, headers: dict[str, str]) -> None:
    answer = await client.get("/search", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (431, "headers_too_large")


PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_every_plain_value_passes(value: object) -> None:
    check_json(json.dumps(value).encode())
    check_json(json.dumps(value, ensure_ascii=False).encode())


@given(st.binary(max_size=64))
def test_every_other_body_is_refused_for_a_reason(body: bytes) -> None:
    try:
        check_json(body)
    except (MalformedJson, InvalidText):
        return
    json.loads(body)
