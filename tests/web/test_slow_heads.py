"""Heads that do not begin, do not end, or drip, over real connections."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI

from core.web.connections import LONGEST_GOODBYE, ImpatientProtocol
from tests.web.shelves import shelves

PATIENCE = 0.4
WHOLE = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"


class Hasty(ImpatientProtocol):
    longest_head = PATIENCE


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = FastAPI()
    app.include_router(shelves())

    @app.get("/health/live")
    async def live() -> str:
        return "ok"

    @app.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(3 * PATIENCE)
        return "late"

    config = uvicorn.Config(app, port=0, http=Hasty, log_config=None, lifespan="off", timeout_keep_alive=30)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event for it
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def drip(writer: asyncio.StreamWriter, text: bytes, *, pause: float = PATIENCE / 8) -> None:
    with contextlib.suppress(ConnectionError):
        for byte in text:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(pause)


async def rest(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionError):
            return await reader.read()
    return b""


@pytest.mark.parametrize("before", [b"", WHOLE], ids=["first request", "further request"])
@pytest.mark.parametrize("dripped", [WHOLE * 3, b"\r\n" * 100], ids=["a head", "empty lines"])
async def test_a_head_that_drips_is_not_waited_for(port: int, before: bytes, dripped: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    if before:
        writer.write(before)
        assert b" 200 " in await reader.readuntil(b'"ok"')
    began = time.monotonic()
    dripping = asyncio.create_task(drip(writer, dripped))
    answer = await rest(reader)
    assert time.monotonic() - began < 6 * PATIENCE
    dripping.cancel()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["code"] == "body_too_slow"
    writer.close()


async def test_who_is_refused_while_sending_reads_why_and_is_not_listened_to_for_long(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100000000\r\n\r\n")
    sending = asyncio.create_task(drip(writer, bytes(1000), pause=0.01))
    answer = await rest(reader)
    assert answer.startswith(b"HTTP/1.1 405 ")
    async with asyncio.timeout(2 * LONGEST_GOODBYE):
        await sending
    writer.close()


async def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await rest(reader) == b""
    writer.close()


async def test_whole_heads_are_answered_however_many_come(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(WHOLE * 2)
        for _ in range(2):
            assert b" 200 " in await reader.readuntil(b'"ok"')
        await asyncio.sleep(1.5 * PATIENCE)
    writer.close()


async def test_an_answer_that_takes_long_is_not_cut_by_the_next_head(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    writer.write(WHOLE[:10])
    assert b'"late"' in await rest(reader)
    writer.close()
