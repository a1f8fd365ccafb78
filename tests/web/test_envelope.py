"""What stands around every request: its id, protective headers, the log line, the last catch."""

import asyncio
import logging
import re
from typing import Any
from uuid import UUID

import httpx
import pytest
import structlog
from fastapi import FastAPI
from starlette.types import Message

from core.web.context import WebState
from core.web.middleware import API_POLICY, install_middleware
from core.web.problems import install_problems
from tests.web.shelves import Serve, build_app

Client = httpx.AsyncClient


async def test_every_answer_has_an_id(client: Client) -> None:
    first, second = [(await client.get("/search")).headers["x-request-id"] for _ in range(2)]
    assert UUID(first).version == UUID(second).version == 7
    assert first != second


@pytest.mark.parametrize("given", ["0198c5a0-7d2e-7c1b", "proxy_1.2-3"])
async def test_a_well_formed_id_is_taken_over(client: Client, given: str) -> None:
    answer = await client.get("/nowhere", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == given


@pytest.mark.parametrize("given", ["short", "a" * 65, "with space in it", "<script>alert(1)</script>", "-begins-badly"])
async def test_another_id_is_replaced(client: Client, given: str) -> None:
    answer = await client.get("/search", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] != given


async def test_the_log_knows_the_id_during_the_request_only() -> None:
    app = FastAPI()
    install_middleware(app)
    seen: list[dict[str, Any]] = []

    @app.get("/")
    async def look() -> None:
        seen.append(structlog.contextvars.get_contextvars())

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        answer = await client.get("/")
    assert seen == [{"request_id": answer.headers["x-request-id"]}]
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize("path", ["/search", "/nowhere", "/search?q=%00", "/errors/mistake"])
async def test_every_answer_protects_its_reader(client: Client, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == API_POLICY
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert "strict-transport-security" not in headers
    assert "server" not in headers


async def test_behind_tls_browsers_are_told_to_stay_there(serve: Serve) -> None:
    answer = await serve(build_app(WebState(secure=True))).get("/search")
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


async def test_the_language_of_the_installation_is_the_default(serve: Serve) -> None:
    answer = await serve(build_app(WebState(language="en"))).get("/nowhere")
    assert answer.json()["title"] == answer.json()["title_en"]


async def test_the_log_line_holds_no_query(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "core.web"):
        await client.get("/search?q=Petrov")
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("core.web")]
    assert len(lines) == 1
    assert re.fullmatch(r"GET /search 200 [0-9.]+ ms", lines[0])


async def test_other_host_names_are_refused() -> None:
    app = FastAPI()
    install_problems(app)
    install_middleware(app, hosts=["deloteka.test", "::1"])
    for host, status in [("deloteka.test", 404), ("Deloteka.Test:8480", 404), ("evil.test", 421), ("[::1]:80", 404)]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            assert (await client.get("/", headers={"Host": host})).status_code == status, host


async def test_an_answer_that_breaks_is_cut_and_not_patched_up(client: Client) -> None:
    with pytest.raises(RuntimeError):
        await client.get("/broken")


async def test_a_cut_connection_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    half: Message = {"type": "http.request", "body": b"ab", "more_body": True}
    gone: Message = {"type": "http.disconnect"}
    messages = iter([half, gone])
    answered: list[object] = []

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PUT",
        "path": "/raw",
        "raw_path": b"/raw",
        "query_string": b"",
        "headers": [(b"content-length", b"4")],
        "scheme": "http",
        "server": ("t", 80),
    }
    with caplog.at_level(logging.INFO, "core.web"):
        await build_app()({**scope}, receive, send)
        messages = iter([gone])
        await build_app()({**scope, "path": "/shelves", "method": "POST"}, receive, send)
    assert answered == []
    assert [record.levelname for record in caplog.records if record.name.startswith("core.web")] == ["INFO", "INFO"]


async def test_a_large_body_passes_in_pieces() -> None:
    piece, pieces = b"x" * 65536, 64
    sent = 0
    answers: list[Message] = []

    async def receive() -> Message:
        nonlocal sent
        await asyncio.sleep(0)
        sent += 1
        return {"type": "http.request", "body": piece, "more_body": sent < pieces}

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "PUT",
        "path": "/raw",
        "query_string": b"",
        "headers": [(b"transfer-encoding", b"chunked")],
        "server": ("t", 80),
    }
    await build_app()(scope, receive, send)
    assert answers[0]["status"] == 200
    assert answers[1]["body"] == b'{"size":%d}' % (len(piece) * pieces)
