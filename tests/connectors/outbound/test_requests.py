"""What the client sends, repeats, follows, refuses and gives away, with a platform that has no network."""

import gzip
import time
import zlib
from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from core.outbound import FileAddressRefused, Limits, Policy, Redactor
from core.outbound.decoding import TooLarge
from core.sdk.connectors import AllowedRequest, Answer
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorTransient,
)
from tests.connectors.outbound.doubles import QUICK, Double, Said, client, lets_pass, says

POLICY = Policy(
    api=frozenset({"api.test", "login.test"}),
    files=frozenset({"files.test"}),
    requests=(AllowedRequest(method="POST", path="/token"), AllowedRequest(method="POST", path="/many")),
)
TOKEN = {"Authorization": "Bearer top-secret-token"}


async def test_a_request_leaves_as_it_was_meant() -> None:
    double = Double({"https://api.test/x": [Said(body=b'{"a": 1}', headers=(("Content-Type", "text/JSON; q=1"),))]})
    async with client(double, POLICY) as http:
        answer = await http.request(
            "get", "https://api.test/x?a=1", judge=lets_pass, params=[("s", "1"), ("s", "ы")], secret_headers=TOKEN
        )
    assert (answer.status, answer.json(), answer.media_type) == (200, {"a": 1}, "text/json")
    (sent,) = double.seen
    assert str(sent.url) == "https://api.test/x?a=1&s=1&s=%D1%8B"
    assert sent.headers["authorization"] == "Bearer top-secret-token"
    assert sent.headers["user-agent"] == "Deloteka"
    assert "cookie" not in sent.headers


async def test_bodies_are_json_or_a_form() -> None:
    double = Double({"https://api.test/many": [Said()]})
    async with client(double, POLICY) as http:
        await http.request("POST", "https://api.test/many", judge=lets_pass, json=["1", "ы"])
        await http.request("POST", "https://api.test/many", judge=lets_pass, form=[("a", "1 2"), ("a", "&")])
    assert [(each.headers["content-type"], each.content.decode()) for each in double.seen] == [
        ("application/json", '["1", "ы"]'),
        ("application/x-www-form-urlencoded", "a=1+2&a=%26"),
    ]


@pytest.mark.parametrize("status", [429, 502, 503, 504, 550, 0])
async def test_what_passes_by_is_asked_again(status: int) -> None:
    double = Double({"https://api.test/x": [Said(status), Said(status), Said(body=b"[]")]})
    async with client(double, POLICY) as http:
        assert (await http.request("GET", "https://api.test/x", judge=lets_pass)).body == b"[]"
    assert (http.traffic.requests, http.traffic.repeated) == (3, 2)


async def test_whatever_the_judge_calls_transient_is_asked_again_and_nothing_else() -> None:
    double = Double({"https://api.test/x": [Said(body=b"busy"), Said(body=b"fine")]})
    async with client(double, POLICY) as http:
        assert (await http.request("GET", "https://api.test/x", judge=says("busy"))).body == b"fine"
        for status in (400, 404, 500):
            double.answers["https://api.test/x"] = [Said(status)]
            assert (await http.request("GET", "https://api.test/x", judge=lets_pass)).status == status

        def dead(_answer: Answer) -> None:
            raise ConnectorAuthFailed("dead")

        with pytest.raises(ConnectorAuthFailed):
            await http.request("GET", "https://api.test/x", judge=dead)
    assert http.traffic.requests == 6


async def test_attempts_and_pauses_have_bounds() -> None:
    double = Double({"https://api.test/x": [Said(503)]})
    async with client(double, POLICY) as http:
        with pytest.raises(ConnectorTransient, match="503"):
            await http.request("GET", "https://api.test/x", judge=lets_pass)
        assert http.traffic.requests == 3
        double.answers["https://api.test/x"] = [Said(429, headers=(("Retry-After", "3600"),))]
        with pytest.raises(ConnectorTransient) as raised:
            await http.request("GET", "https://api.test/x", judge=lets_pass)
        assert raised.value.retry_after == 3600
        assert http.traffic.requests == 4, "a platform that asks for an hour is not asked again now"
        double.answers["https://api.test/x"] = [Said(429, headers=(("Retry-After", "0"),)), Said()]
        await http.request("GET", "https://api.test/x", judge=lets_pass)


async def test_a_post_that_is_not_listed_never_leaves() -> None:
    double = Double({"https://api.test/x": [Said()]})
    async with client(double, POLICY) as http:
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            with pytest.raises(ConnectorBug, match="not among the requests"):
                await http.request(method, "https://api.test/x", judge=lets_pass)
    assert double.seen == []


async def test_the_rate_is_kept_over_all_streams_of_a_run() -> None:
    double = Double({"https://api.test/x": [Said()]})
    async with client(double, POLICY, rate=50.0) as http:
        began = time.monotonic()
        for _ in range(6):
            await http.request("GET", "https://api.test/x", judge=lets_pass)
    assert time.monotonic() - began >= 5 / 50 - 0.005


def moved(to: str, status: int = 302) -> Said:
    return Said(status, headers=(("Location", to),))


async def test_redirects_are_followed_within_the_hosts_and_secrets_stay_at_home() -> None:
    double = Double(
        {
            "https://api.test/a": [moved("/b")],
            "https://api.test/b": [moved("https://login.test/c?d=1#e")],
            "https://login.test/c": [Said(body=b"there")],
        }
    )
    async with client(double, POLICY) as http:
        answer = await http.request("GET", "https://api.test/a", judge=lets_pass, secret_headers=TOKEN)
    assert answer.body == b"there"
    assert ["authorization" in each.headers for each in double.seen] == [True, True, False]


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.test/",
        "//evil.test/",
        "http://api.test/plain",
        "https://10.0.0.1/",
        "https://files.test/x",
        "https://api.test@evil.test/",
        "file:///etc/passwd",
        "https://login.test/?t=top-secret-token",
    ],
)
async def test_a_redirect_that_leaves_is_not_followed(to: str) -> None:
    double = Double({"https://api.test/a": [moved(to)]})
    async with client(double, POLICY) as http:
        with pytest.raises(ConnectorMisconfigured) as raised:
            await http.request("GET", "https://api.test/a", judge=lets_pass, secret_headers=TOKEN)
    assert len(double.seen) == 1
    assert "top-secret" not in str(raised.value)


async def test_endless_redirects_end() -> None:
    double = Double({"https://api.test/a": [moved("/a")]})
    async with client(double, POLICY, limits=Limits(redirects=3, attempts=1)) as http:
        with pytest.raises(ConnectorTransient, match="redirects"):
            await http.request("GET", "https://api.test/a", judge=lets_pass)
    assert len(double.seen) == 4


async def test_a_body_goes_along_to_the_same_host_only() -> None:
    double = Double(
        {
            "https://api.test/token": [moved("/many", 307), moved("https://login.test/token", 308), moved("/a", 303)],
            "https://api.test/many": [Said()],
            "https://api.test/a": [Said()],
        }
    )
    async with client(double, POLICY) as http:
        await http.request("POST", "https://api.test/token", judge=lets_pass, form=[("p", "secret-form-value")])
        assert (double.seen[-1].method, double.seen[-1].content) == ("POST", b"p=secret-form-value")
        with pytest.raises(ConnectorMisconfigured, match="would take data"):
            await http.request("POST", "https://api.test/token", judge=lets_pass, form=[("p", "secret-form-value")])
        await http.request("POST", "https://api.test/token", judge=lets_pass, form=[("p", "secret-form-value")])
        assert (double.seen[-1].method, double.seen[-1].content) == ("GET", b"")


async def test_files_come_from_confirmed_hosts_too_and_secrets_do_not_go_there() -> None:
    double = Double(
        {
            "https://files.test/f": [Said(body=b"x" * 2500)],
            "https://api.test/f": [Said(body=b"y"), moved("https://files.test/f"), moved("https://evil.test/f")],
            "https://login.test/f": [Said(503), Said(404)],
        }
    )
    secret = {"secret_headers": TOKEN, "secret_params": [("token", "query-secret-1")]}
    async with client(double, POLICY) as http:

        async def fetched(url: str) -> tuple[int, int]:
            async with http.stream(url, params=[("v", "1")], **secret) as opened:  # type: ignore[arg-type]
                return opened.status, len(b"".join([piece async for piece in opened.chunks]))

        assert await fetched("https://files.test/f") == (200, 2500)
        assert str(double.seen[-1].url) == "https://files.test/f?v=1"
        assert await fetched("https://api.test/f") == (200, 1)
        assert str(double.seen[-1].url) == "https://api.test/f?v=1&token=query-secret-1"
        assert await fetched("https://api.test/f") == (200, 2500)
        assert "authorization" not in double.seen[-1].headers
        with pytest.raises(FileAddressRefused) as refused:
            await fetched("https://api.test/f")
        assert refused.value.host == "evil.test"
        with pytest.raises(FileAddressRefused):
            await fetched("https://evil.test/f")
        assert await fetched("https://login.test/f") == (404, 2)
    assert not [each for each in double.seen if each.url.host == "evil.test"]


async def test_bodies_beyond_the_cap_are_not_read_on() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    headers = (("Content-Encoding", "gzip"),)
    double = Double({"https://api.test/x": [Said(body=b"a" * 5000), Said(body=bomb, headers=headers)]})
    tight = Limits(answer_bytes=4000, stream_bytes=60_000, attempts=1)
    async with client(double, POLICY, limits=tight) as http:
        with pytest.raises(ConnectorBug, match="larger than 4000"):
            await http.request("GET", "https://api.test/x", judge=lets_pass)
        with pytest.raises(ConnectorBug, match="larger than 4000"):
            await http.request("GET", "https://api.test/x", judge=lets_pass)
        with pytest.raises(TooLarge):
            async with http.stream("https://api.test/x") as opened:
                assert [piece async for piece in opened.chunks]
    assert http.traffic.received < 1_000_000


DATA = b"".join(number.to_bytes(4, "big") for number in range(200_000))


@pytest.mark.parametrize(
    ("encoding", "body", "whole"),
    [
        ("gzip", gzip.compress(DATA), DATA),
        ("gzip", gzip.compress(DATA[:1000]) + gzip.compress(DATA[1000:]), DATA),
        ("deflate", zlib.compress(DATA), DATA),
        ("identity", DATA, DATA),
        ("gzip", gzip.compress(b""), b""),
    ],
    ids=["gzip", "two members", "deflate", "identity", "nothing"],
)
async def test_encoded_bodies_arrive_whole(encoding: str, body: bytes, whole: bytes) -> None:
    double = Double({"https://api.test/x": [Said(body=body, headers=(("Content-Encoding", encoding),))]})
    async with client(double, POLICY) as http:
        answer = await http.request("GET", "https://api.test/x", judge=lets_pass)
    assert answer.body == whole


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(DATA)[:-20], {"Content-Encoding": "gzip"}),
        (gzip.compress(DATA) + b"rubbish", {"Content-Encoding": "gzip"}),
        (b"not gzip at all", {"Content-Encoding": "gzip"}),
        (b"short", {"Content-Length": "500"}),
        (b"?", {"Content-Encoding": "br"}),
    ],
    ids=["cut", "rubbish behind", "no gzip", "short", "brotli"],
)
async def test_bodies_that_are_cut_or_damaged_are_transient(body: bytes, headers: Mapping[str, str]) -> None:
    double = Double({"https://api.test/x": [Said(body=body, headers=tuple(headers.items()))]})
    async with client(double, POLICY) as http:
        with pytest.raises(ConnectorTransient):
            await http.request("GET", "https://api.test/x", judge=lets_pass)
        assert http.traffic.requests == QUICK.attempts
        with pytest.raises(ConnectorTransient):
            async with http.stream("https://api.test/x") as opened:
                assert [piece async for piece in opened.chunks]


async def test_a_slow_platform_is_not_waited_for() -> None:
    double = Double({"https://api.test/x": [Said(wait=5)]})
    async with client(double, POLICY, limits=Limits(answer_seconds=0.02, attempts=1)) as http:
        with pytest.raises(ConnectorTransient, match="in time"):
            await http.request("GET", "https://api.test/x", judge=lets_pass)


async def test_no_error_and_no_log_tells_a_secret() -> None:
    double = Double({"https://api.test/x": [Said(503, body=b"top-secret-token")], "https://api.test/t": [Said(0)]})
    redactor = Redactor(["password-of-config"])

    def tells(answer: Answer) -> None:
        try:
            raise ValueError(answer.body)  # noqa: TRY301 (a cause that quotes)
        except ValueError as error:
            detail = f"said {answer.body.decode()} password-of-config https://x/?wstoken=abc"
            raise ConnectorTransient(detail) from error

    raised: list[ConnectorError] = []
    with capture_logs() as logs:
        async with client(double, POLICY, redactor=redactor) as http:
            for url in ("https://api.test/x", "https://api.test/t"):
                params = [("wstoken", "password-of-config")]
                with pytest.raises(ConnectorError) as caught:
                    await http.request("GET", url, judge=tells, params=params, secret_headers=TOKEN)
                raised.append(caught.value)
    said = " ".join([*map(str, logs), *(f"{each} {each.args} {each.facts} {each.__cause__}" for each in raised)])
    assert "said ••••••" in said
    assert "top-secret" not in said
    assert "password-of" not in said
    assert "wstoken=abc" not in said


async def test_what_is_no_address_is_said_so() -> None:
    async with client(Double({}), POLICY) as http:
        for url in ("", "api.test/x", "https://", "http://[::1", "https:///x", "https://a\x00b/"):
            with pytest.raises(ConnectorMisconfigured):
                await http.request("GET", url, judge=lets_pass)
        with pytest.raises(ConnectorMisconfigured, match="header"):
            await http.request("GET", "https://api.test/", judge=lets_pass, secret_headers={"X": "Bearer жетон"})


async def test_an_unexpected_error_of_a_judge_passes() -> None:
    def breaks(_answer: Answer) -> None:
        raise KeyError

    async with client(Double({"https://api.test/x": [Said()]}), POLICY) as http:
        with pytest.raises(KeyError):
            await http.request("GET", "https://api.test/x", judge=breaks)
