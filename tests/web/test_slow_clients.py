"""Bodies that stand still or trickle, over real connections."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI

from core.web.bodies import LEAST_PROGRESS
from core.web.connections import ImpatientProtocol, _longer
from core.web.errors import BodyTooSlow
from core.web.middleware import Limits, install_middleware
from core.web.problems import install_problems
from tests.web.shelves import shelves, streams

PAUSE = 0.3
RAW, JSON = ("PUT", "/raw"), ("POST", "/shelves")

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that waits a moment only for bodies."""
    app = FastAPI()
    install_problems(app)
    install_middleware(app, limits=Limits(longest_pause=PAUSE))
    for router in (shelves(), streams()):
        app.include_router(router)
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=ImpatientProtocol, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event for it
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await running


async def begin(port: int, method: str, path: str, length: int) -> Connection:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    writer.write(head.encode())
    return reader, writer


async def answered(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and all that comes until the server closes the connection."""
    async with asyncio.timeout(10):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


@pytest.mark.parametrize(("method", "path"), [RAW, JSON])
async def test_a_body_that_stands_still_is_answered_and_the_connection_closed(
    port: int, method: str, path: str
) -> None:
    reader, writer = await begin(port, method, path, 1000)
    writer.write(b'{"name": ')
    status, headers, body = await answered(reader)
    assert (status, json.loads(body)["code"]) == (408, BodyTooSlow.code)
    assert headers["connection"] == "close"
    assert headers["x-request-id"]
    writer.close()


@pytest.mark.parametrize(("method", "path"), [RAW, JSON])
async def test_a_body_that_trickles_is_not_waited_for_either(port: int, method: str, path: str) -> None:
    reader, writer = await begin(port, method, path, 10 * LEAST_PROGRESS)

    async def trickle() -> None:
        while True:
            writer.write(b" ")
            await asyncio.sleep(PAUSE / 10)

    began = time.monotonic()
    trickling = asyncio.create_task(trickle())
    status, _, _ = await answered(reader)
    trickling.cancel()
    with contextlib.suppress(asyncio.CancelledError, ConnectionError):
        await trickling
    assert status == 408
    assert time.monotonic() - began < 10 * PAUSE
    writer.close()


async def test_a_long_body_that_keeps_coming_is_taken_however_long_it_takes(port: int) -> None:
    reader, writer = await begin(port, *RAW, 12 * LEAST_PROGRESS)
    for _ in range(12):
        writer.write(bytes(LEAST_PROGRESS))
        await asyncio.sleep(PAUSE / 6)
    async with asyncio.timeout(10):
        assert b" 200 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize("pieces", [[], [b"a"], [b"a", b"b"], [b"a", b"bc", b"", b"d"], [b"", b"a"]])
def test_pieces_of_a_body_that_wait_are_joined(pieces: list[bytes]) -> None:
    unread: bytes | bytearray = bytearray()
    for piece in pieces:
        unread = _longer(unread, piece)
    assert bytes(unread) == b"".join(pieces)


def test_a_piece_that_waits_alone_is_not_copied() -> None:
    piece = b"a piece"
    assert _longer(bytearray(), piece) is piece
