"""A connector in its room, as the service holds it, and what it is handed there of the service.

Most of what a connector is handed works in any loop (places, files, the clock) or is made in its own (the HTTP client).
Tokens and tables belong to the loop of the service: each call of these crosses over and back.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Final, NoReturn

from pydantic import BaseModel

from core.connections.rooms.channel import Channel
from core.connections.rooms.crossing import strange_end
from core.connections.rooms.room import Room, RoomLimits
from core.sdk.connectors import (
    CheckResult,
    Connection,
    Connector,
    ConnectorSpec,
    FileData,
    GivenFile,
    Hosts,
    Message,
    OpenAnswer,
    Partition,
    ReadRequest,
    Settled,
    Sheet,
    SignInForm,
    Stream,
    Tables,
    Tokens,
    TokenStore,
)

MESSAGES_AHEAD: Final = 512
"""Messages that a connector may be ahead of whoever reads them."""
PIECES_AHEAD: Final = 4
"""Pieces of a file."""


class RoomTokens:
    """Implements `TokenStore` in a room: the tokens are kept by the service, in its own loop."""

    def __init__(self, room: Room, tokens: TokenStore) -> None:
        self._room = room
        self._tokens = tokens

    async def load(self) -> Tokens | None:
        """Return what was saved last."""
        return await self._room.outside(self._tokens.load)

    async def save(self, tokens: Tokens) -> None:
        """Save durably."""
        await self._room.outside(lambda: self._tokens.save(tokens))

    async def renew(self, spent: Tokens | None, exchange: Callable[[], Awaitable[Tokens]]) -> Tokens:
        """Get new tokens under the lock of the connection; the exchange is made in the room."""
        exchanged = partial(self._room.ask, "the renewal of the sign-in", exchange)
        return await self._room.outside(lambda: self._tokens.renew(spent, exchanged))


class RoomTables:
    """Implements `Tables` in a room: files are read by the sandbox of the service."""

    def __init__(self, room: Room, tables: Tables) -> None:
        self._room = room
        self._tables = tables

    async def open(self, file: GivenFile) -> Sequence[Sheet]:
        """Return the sheets of a file."""
        return await self._room.outside(lambda: self._tables.open(file))


class Guest(Connector):
    """A connector that lives in a room; whoever holds it need not know that."""

    def __init__(self, connection: Connection, room: Room, inner: Connector, limits: RoomLimits) -> None:
        super().__init__(connection)
        self._room = room
        self._inner = inner
        self._limit = limits.verb

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        """Raise: what a class declares is asked of the connector's own."""
        _require_class()

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Raise, as above."""
        del configuration
        _require_class()

    async def check(self) -> CheckResult:
        """Ask the connector."""
        return await self._room.ask("the check", self._inner.check, limit=self._limit)

    async def discover(self) -> Sequence[Stream]:
        """Ask the connector."""
        return await self._room.ask("discover", self._inner.discover, limit=self._limit)

    async def partitions(self, stream: str) -> Sequence[Partition]:
        """Ask the connector."""
        what = f"the list of parts of {stream}"
        return await self._room.ask(what, lambda: self._inner.partitions(stream), limit=self._limit)

    def read(self, request: ReadRequest) -> AsyncGenerator[Message, None]:
        """Yield what the connector says; it goes on reading meanwhile, a little."""
        return self._room.stream(lambda: self._inner.read(request), ahead=MESSAGES_AHEAD)

    def download(self, file: FileData) -> AbstractAsyncContextManager[OpenAnswer]:
        """Open a file through the connector."""
        return _Download(self._room, lambda: self._inner.download(file), self._limit)

    async def settle(self, file: FileData, outcome: Settled, reason: str = "") -> None:
        """Tell the connector."""
        start = partial(self._inner.settle, file, outcome, reason)
        await self._room.ask("what became of a file", start, limit=self._limit)

    async def sign_in_form(self, *, state: str, redirect_uri: str) -> SignInForm:
        """Ask the connector."""
        start = partial(self._inner.sign_in_form, state=state, redirect_uri=redirect_uri)
        return await self._room.ask("the sign-in", start, limit=self._limit)

    async def complete_sign_in(self, *, code: str, redirect_uri: str) -> None:
        """Let the connector exchange the code."""
        start = partial(self._inner.complete_sign_in, code=code, redirect_uri=redirect_uri)
        await self._room.ask("the sign-in", start, limit=self._limit)


async def invite(
    room: Room, connector: Callable[[Connection], Connector], connection: Connection, limits: RoomLimits
) -> Guest:
    """Make a connector in a room; `connection.http` belongs to it already. Raises what the constructor raises."""
    handed = replace(
        connection,
        tokens=RoomTokens(room, connection.tokens),
        tables=None if connection.tables is None else RoomTables(room, connection.tables),
    )

    async def make() -> Connector:
        return connector(handed)

    return Guest(handed, room, await room.ask("the connector's start", make, limit=limits.verb), limits)


def _require_class() -> NoReturn:
    message = "ask the connector's own class"
    raise NotImplementedError(message)


class _Download(AbstractAsyncContextManager[OpenAnswer]):
    """A file that the connector holds open in its room; one call there opens, reads and closes it."""

    def __init__(self, room: Room, make: Callable[[], AbstractAsyncContextManager[OpenAnswer]], limit: float) -> None:
        self._room = room
        self._make = make
        self._limit = limit
        self._head: Future[OpenAnswer] = Future()
        self._channel: Channel[bytes] = Channel(PIECES_AHEAD)
        self._reads = False
        self._wanted = asyncio.Event()
        self._left = asyncio.Event()

    async def __aenter__(self) -> OpenAnswer:
        """Open it; its bytes are read when they are asked for."""
        self._crossing = self._room.cross(self._hold)
        self._crossing.end.add_done_callback(self._failed)
        await self._room.attend("opening a file", self._crossing, self._head, self._limit)
        answer = self._head.result()
        return OpenAnswer(status=answer.status, headers=answer.headers, chunks=self._chunks())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        if self._reads and not self._channel.ended:
            await self._room.withdraw(self._crossing)
            return
        self._room.call(self._let_go)
        await self._room.attend("closing a file", self._crossing, self._crossing.end, self._limit)
        self._crossing.end.result()

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        self._reads = True
        self._room.call(self._wanted.set)
        while True:
            ended = self._channel.ended
            while taken := self._channel.take():
                for piece in taken:
                    yield piece
            if ended:
                break
            await self._room.fed(self._channel)
        self._channel.close()

    async def _hold(self) -> None:
        """What happens in the room."""
        async with self._make() as answer:
            self._head.set_result(answer)
            await self._wanted.wait()
            if not self._left.is_set():
                await self._channel.fill(lambda: answer.chunks)
            await self._left.wait()

    def _let_go(self) -> None:
        self._left.set()
        self._wanted.set()

    def _failed(self, end: Future[None]) -> None:
        """Say why there is no head."""
        if not self._head.done():
            self._head.set_exception(end.exception() or strange_end(RuntimeError()))
