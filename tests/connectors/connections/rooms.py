"""A connector that blocks where a test tells it to, and the room in which it does."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from core.connections.rooms.guest import Guest, invite
from core.connections.rooms.room import Room, RoomLimits
from core.kernel.plugins import Fence
from core.sdk.connectors import (
    CheckResult,
    Connection,
    Connector,
    ConnectorSpec,
    FileData,
    Hosts,
    Message,
    OpenAnswer,
    Partition,
    Progress,
    ReadRequest,
    RemoteIdentity,
    Stream,
    Tables,
    TokenStore,
)
from core.sdk.connectors.http import HttpClient

QUICK = RoomLimits(blocked=1.5, grace=1.0, verb=10.0, declaration=1.5)
MOMENT = datetime(2026, 3, 2, tzinfo=UTC)
REQUEST = ReadRequest(stream="marks", partition=Partition(), cursor=None, started_at=MOMENT)
FILE = FileData(file_name="a.pdf")


class Nothing(BaseModel):
    """Nothing to fill in."""


@dataclass
class Script:
    """What the connector does; `gate` holds up the whole thread until the test opens it."""

    gate: threading.Event = field(default_factory=threading.Event)
    blocks: str = ""
    """The verb that blocks."""
    messages: Callable[["Script"], AsyncIterator[Message]] | None = None
    pieces: Callable[["Script"], AsyncIterator[bytes]] | None = None
    doing: Callable[[Connection], Awaitable[Any]] | None = None
    """What `discover` does."""
    given: int = 0
    closed: list[str] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    begun: list[str] = field(default_factory=list)
    """Verbs, as they began."""

    def at(self, verb: str) -> None:
        self.threads.add(threading.current_thread().name)
        self.begun.append(verb)
        if self.blocks == verb:
            assert self.gate.wait(30), "the test did not open the gate"


class Blocking(Connector):
    name: ClassVar[str] = "blocking"

    def __init__(self, connection: Connection, script: Script) -> None:
        super().__init__(connection)
        self._script = script
        script.at("start")

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        raise NotImplementedError

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        del configuration
        return Hosts(api=())

    async def check(self) -> CheckResult:
        self._script.at("check")
        return CheckResult(identity=RemoteIdentity(unique_id="1", title=""), streams=())

    async def discover(self) -> Sequence[Stream]:
        self._script.at("discover")
        return await self._script.doing(self.connection) if self._script.doing is not None else ()

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        try:
            assert self._script.messages is not None
            async for message in self._script.messages(self._script):
                yield message
        finally:
            self._script.closed.append(request.stream)

    @asynccontextmanager
    async def download(self, file: FileData) -> AsyncIterator[OpenAnswer]:
        self._script.at("download")
        assert self._script.pieces is not None
        try:
            yield OpenAnswer(
                status=200, headers={"content-type": "text/plain"}, chunks=self._script.pieces(self._script)
            )
        finally:
            self._script.closed.append(file.file_name)


def connection(tokens: TokenStore | None = None, tables: Tables | None = None) -> Connection:
    """What a connector is handed that asks for nothing but tokens and tables."""
    return Connection(
        configuration=Nothing(),
        http=cast("HttpClient", None),
        tokens=cast("TokenStore", tokens),
        clock=lambda: MOMENT,
        zone=ZoneInfo("UTC"),
        today=date(2026, 3, 2),
        tables=tables,
    )


@asynccontextmanager
async def at_home(
    script: Script,
    *,
    fence: Fence | None = None,
    limits: RoomLimits = QUICK,
    tokens: TokenStore | None = None,
    tables: Tables | None = None,
) -> AsyncIterator[Guest]:
    """Give the connector in its room, and open the gate at the end: no thread outlives the test."""
    room = Room("blocking", limits, fence=fence or Fence(), plugin="invented", place="connection 1")
    try:
        async with room:
            yield await invite(room, lambda handed: Blocking(handed, script), connection(tokens, tables), limits)
    finally:
        script.gate.set()


async def counted(script: Script, number: int) -> AsyncIterator[Message]:
    """So many messages as fast as they can be made; what was given is counted."""
    for each in range(number):
        script.given += 1
        yield Progress(done=each)


async def until(true: Callable[[], object]) -> None:
    """Poll, with a deadline."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 (another thread makes it true)
            await asyncio.sleep(0.01)


def threads() -> set[str]:
    """Names of the threads that rooms have now."""
    return {each.name for each in threading.enumerate() if "connector" in each.name or "helper" in each.name}
