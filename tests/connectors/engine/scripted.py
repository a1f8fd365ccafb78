"""A connector that says what a test tells it to say, and the door to its connections."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import ClassVar, cast
from uuid import UUID

from pydantic import BaseModel

from core.imports.services import OpenedConnection, Target, Words
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.sdk.connectors import (
    CheckResult,
    Connection,
    Connector,
    ConnectorSpec,
    EntityKind,
    FileData,
    Hosts,
    Message,
    OpenAnswer,
    Partition,
    ReadRequest,
    Record,
    Settled,
    State,
    Stream,
)

Part = Callable[[ReadRequest], Sequence[Message]] | Sequence[Message]


@dataclass
class Script:
    """What the source holds, and how it fails."""

    streams: list[Stream] = field(default_factory=list)
    parts: dict[str, dict[str, Part]] = field(default_factory=dict)
    """Messages by stream and key of the part."""
    ends: dict[str, date] = field(default_factory=dict)
    """Last days by keys of parts."""
    stop: Callable[[str, Message], None] | None = None
    """Asked before each message; raises what the source or the world does."""
    lost: Exception | None = None
    """What asking for the streams raises."""
    read: Counter[str] = field(default_factory=Counter)
    """Messages given out, by stream."""
    requests: list[ReadRequest] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    downloads: Counter[str] = field(default_factory=Counter)
    refused: dict[str, Exception] = field(default_factory=dict)
    """What downloads raise, by address."""
    settled: list[tuple[str, str, str]] = field(default_factory=list)
    deaf: Exception | None = None
    """What hearing of a file raises."""

    def stream(self, stream: Stream, *messages: Message, **parts: Part) -> None:
        self.streams = [each for each in self.streams if each.name != stream.name] + [stream]
        self.parts[stream.name] = dict(parts) if parts else {"": list(messages)}


class ScriptedConnector(Connector):
    name: ClassVar[str] = "scripted"

    def __init__(self, script: Script) -> None:
        super().__init__(cast("Connection", None))
        self._script = script
        self._known: set[str] = set()

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        raise NotImplementedError

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        del configuration
        return Hosts(api=())

    async def check(self) -> CheckResult:
        raise NotImplementedError

    async def discover(self) -> Sequence[Stream]:
        if self._script.lost is not None:
            raise self._script.lost
        return self._script.streams

    async def partitions(self, stream: str) -> Sequence[Partition]:
        (here,) = [each for each in self._script.streams if each.name == stream]
        missing = set(here.parents) - self._known
        assert not missing, f"{stream} is asked for its parts before {missing} was read with the same object"
        return [Partition(key=key, title=key, ends_on=self._script.ends.get(key)) for key in self._script.parts[stream]]

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        script = self._script
        script.requests.append(request)
        part = script.parts[request.stream][request.partition.key]
        for message in part(request) if callable(part) else part:
            if script.stop is not None:
                script.stop(request.stream, message)
            script.read[request.stream] += isinstance(message, Record)
            yield message
            await asyncio.sleep(0)
        self._known.add(request.stream)

    @asynccontextmanager
    async def download(self, file: FileData) -> AsyncIterator[OpenAnswer]:
        self._script.downloads[file.address] += 1
        if file.address in self._script.refused:
            raise self._script.refused[file.address]
        content = self._script.blobs[file.address]

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(content), 1000):
                yield content[start : start + 1000]

        yield OpenAnswer(status=200, headers={"content-type": "text/plain"}, chunks=chunks())

    async def settle(self, file: FileData, outcome: Settled, reason: str = "") -> None:
        if self._script.deaf is not None:
            raise self._script.deaf
        self._script.settled.append((file.file_name, outcome.value, reason))


@dataclass
class ScriptedConnections:
    """The door to one connection of each id."""

    script: Script
    dead: list[str] = field(default_factory=list)
    mapped: dict[tuple[EntityKind, str], Target] = field(default_factory=dict)
    objects: dict[tuple[EntityKind, str], str] = field(default_factory=dict)
    known_words: Words = field(default_factory=Words)
    unmapped: dict[str, set[str]] = field(default_factory=dict)
    streams: list[str] | None = None
    fingerprint: str = "1"
    file_hosts: list[str] = field(default_factory=list)
    today: date = date(2026, 3, 2)
    failing_since: datetime | None = None
    proposed_hosts: list[str] = field(default_factory=list)
    closed: Exception | None = None
    """What opening it raises."""
    forbidden: set[UUID] = field(default_factory=set)

    @asynccontextmanager
    async def open(self, scope: Scope, connection_id: UUID, *, started_at: datetime) -> AsyncIterator[OpenedConnection]:
        del scope, started_at
        if self.closed is not None:
            raise self.closed
        yield OpenedConnection(
            connection_id=connection_id,
            source=ScriptedConnector(self.script),
            today=self.today,
            streams=self.streams,
            fingerprint=self.fingerprint,
            file_hosts=self.file_hosts,
            redact=lambda text: text.replace("s3cret", "***"),
        )

    async def require(self, work: Work, connection_id: UUID, *, ready: bool) -> str:
        del work, ready
        if connection_id in self.forbidden:
            raise NotFound
        return "Пример"

    async def offered_streams(self, work: Work, connection_id: UUID) -> frozenset[str]:
        del work, connection_id
        return frozenset()

    async def needs_sign_in(self, work: Work, connection_id: UUID, reason: str) -> None:
        del work, connection_id
        self.dead.append(reason)

    async def propose_file_host(self, work: Work, connection_id: UUID, host: str) -> None:
        del work, connection_id
        self.proposed_hosts.append(host)

    async def hindered(self, work: Work, connection_id: UUID, *, hindered: bool) -> datetime | None:
        del connection_id
        self.failing_since = (self.failing_since or work.now) if hindered else None
        return self.failing_since

    async def targets(
        self, work: Work, connection_id: UUID, kind: EntityKind, records: Mapping[str, str]
    ) -> Mapping[str, Target]:
        del work, connection_id
        return {key: self.mapped[kind, key] for key in records if (kind, key) in self.mapped}

    async def note_objects(self, work: Work, connection_id: UUID, kind: EntityKind, records: Mapping[str, str]) -> None:
        del work, connection_id
        self.objects |= {(kind, key): title for key, title in records.items()}

    async def words(self, work: Work, connection_id: UUID, kind: EntityKind) -> Words:
        del work, connection_id
        said = {EntityKind.RESULTS, EntityKind.FINAL_RESULTS, EntityKind.FILES}
        return self.known_words if kind in said else Words()

    async def met(
        self, work: Work, connection_id: UUID, kind: EntityKind, words: Mapping[str, Collection[str]]
    ) -> None:
        del work, connection_id, kind
        for name, found in words.items():
            self.unmapped.setdefault(name, set()).update(found)


def state(moment: datetime) -> State:
    return State(moment.astimezone(UTC).isoformat())
