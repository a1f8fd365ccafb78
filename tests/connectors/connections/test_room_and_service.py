"""What a connector is handed works in its room: tokens, tables, files, and who asked for what."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.sdk.connectors import Connection, GivenFile, Sheet, Tokens
from core.sdk.errors import ConnectorAuthFailed, ConnectorMisconfigured, ConnectorTransient
from tests.connectors.connections.rooms import FILE, MOMENT, Script, at_home, threads, until

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="none")


class Kept:
    """A token store that belongs to the loop of the test."""

    def __init__(self) -> None:
        self.home = asyncio.get_running_loop()
        self.lock = asyncio.Lock()
        self.saved: list[str] = []
        self.threads: set[str] = set()
        self.slow = asyncio.Event()
        self.slow.set()

    async def load(self) -> Tokens | None:
        assert asyncio.get_running_loop() is self.home
        return Tokens(access=SecretStr(self.saved[-1])) if self.saved else None

    async def save(self, tokens: Tokens) -> None:
        assert asyncio.get_running_loop() is self.home
        await self.slow.wait()
        self.saved.append(tokens.access.get_secret_value())

    async def renew(self, spent: Tokens | None, exchange: Callable[[], Awaitable[Tokens]]) -> Tokens:
        async with self.lock:
            if self.saved and (spent is None or spent.access.get_secret_value() != self.saved[-1]):
                return Tokens(access=SecretStr(self.saved[-1]))
            tokens = await exchange()
            saving = asyncio.create_task(self.save(tokens))
            try:
                await asyncio.shield(saving)
            except asyncio.CancelledError:
                await saving
                raise
            return tokens


async def test_tokens_are_renewed_under_the_lock_of_the_service_by_the_connector_in_its_room() -> None:
    exchanged: list[str] = []

    async def exchange() -> Tokens:
        exchanged.append(f"{threading.current_thread().name} {request_id.get()}")
        await asyncio.sleep(0)
        return Tokens(access=SecretStr(f"token {len(exchanged)}"))

    async def refused() -> Tokens:
        raise ConnectorAuthFailed("revoked")

    async def renew(connection: Connection) -> list[Any]:
        first = await asyncio.gather(*(connection.tokens.renew(None, exchange) for _ in range(3)))
        with pytest.raises(ConnectorAuthFailed):
            await connection.tokens.renew(first[0], refused)
        return [*first, await connection.tokens.load()]

    kept = Kept()
    script = Script(doing=renew)
    request_id.set("request 7")
    async with at_home(script, tokens=kept) as guest:
        found: Any = await guest.discover()
        assert [tokens.access.get_secret_value() for tokens in found] == ["token 1"] * 4
        assert exchanged == ["connector blocking request 7"]
        # What the platform gives once only is kept, whatever becomes of the run.
        kept.slow.clear()
        script.doing = lambda connection: connection.tokens.renew(found[0], exchange)
        run = asyncio.ensure_future(guest.discover())
        await until(lambda: len(exchanged) == 2)
        run.cancel()
        await asyncio.sleep(0.02)
        assert not run.done()
        kept.slow.set()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert kept.saved == ["token 1", "token 2"]


class Sheets:
    """What opens tables in the loop of the test."""

    def __init__(self) -> None:
        self.home = asyncio.get_running_loop()

    async def open(self, file: GivenFile) -> Sequence[Sheet]:
        assert asyncio.get_running_loop() is self.home
        detail = f"{file.name} is no table"
        raise ConnectorMisconfigured(detail)


async def test_tables_are_opened_by_the_service_and_their_refusal_reaches_the_connector() -> None:
    async def read(connection: Connection) -> Any:  # noqa: ANN401
        assert connection.tables is not None
        given = GivenFile(id="1", name="a.xlsx", path=Path("a.xlsx"), size=1, sha256="", given_at=MOMENT)
        try:
            return await connection.tables.open(given)
        except ConnectorMisconfigured as error:
            return [error.detail, threading.current_thread().name]

    async with at_home(Script(doing=read), tables=Sheets()) as guest:
        found: Any = await guest.discover()
        assert found == ["a.xlsx is no table", "connector blocking"]


async def pieces_of(script: Script) -> AsyncIterator[bytes]:
    for _ in range(50):
        script.given += 1
        yield b"x" * 1000


async def test_a_file_streams_across_with_back_pressure() -> None:
    script = Script(pieces=pieces_of)
    async with at_home(script) as guest:
        async with guest.download(FILE) as answer:
            assert (answer.status, script.given) == (200, 0)
            await anext(answer.chunks)
            await until(lambda: script.given >= 4)
            await asyncio.sleep(0.02)
            assert script.given <= 6
            assert sum([len(piece) async for piece in answer.chunks]) == 49_000
            assert script.closed == []
        assert script.closed == ["a.pdf"]
        async with guest.download(FILE):
            pass
        assert script.closed == ["a.pdf"] * 2
        async with guest.download(FILE) as answer:
            await anext(answer.chunks)
        assert script.closed == ["a.pdf"] * 3
    assert not threads()


async def test_a_file_that_breaks_off_says_so_behind_its_last_piece() -> None:
    async def pieces(_script: Script) -> AsyncIterator[bytes]:
        yield b"one"
        raise ConnectorTransient("cut")

    script = Script(pieces=pieces)
    async with at_home(script) as guest:
        async with guest.download(FILE) as answer:
            assert await anext(answer.chunks) == b"one"
            with pytest.raises(ConnectorTransient, match="cut"):
                await anext(answer.chunks)
        assert script.closed == ["a.pdf"]
        script.pieces = None
        with pytest.raises(AssertionError):
            await guest.download(FILE).__aenter__()


async def test_context_variables_follow_into_the_room() -> None:
    async def tell(_connection: Connection) -> Any:  # noqa: ANN401
        return [request_id.get()]

    async with at_home(Script(doing=tell)) as guest:
        request_id.set("request 8")
        found: Any = await guest.discover()
        assert found == ["request 8"]
