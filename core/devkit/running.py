"""One run of a connector: streams one after another, each partition by itself, what is stated kept in one step."""

import hashlib
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from core.devkit.keeping import Bookmark, Counts, Kept, KeptFile, Key
from core.devkit.transport import SimulatorTransport
from core.sdk.connectors import (
    Connector,
    FileData,
    Message,
    Partition,
    Problem,
    ProblemClass,
    Progress,
    ReadRequest,
    Record,
    Settled,
    State,
    Stream,
    SyncMode,
)
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)

LARGEST_FILE = 20_000_000


class Outcome(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    """Dead letters, or partitions that are incomplete this time."""
    FAILED = "failed"
    """The credentials were refused, or no stream could be read."""
    CANCELLED = "cancelled"
    KILLED = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What a run met beside dead letters."""

    stream: str
    partition: str
    problem: str
    message: str


@dataclass(slots=True)
class Report:
    """What a run did."""

    outcome: Outcome = Outcome.COMPLETE
    counts: Counts = field(default_factory=Counts)
    messages: int = 0
    stated_at: list[int] = field(default_factory=list)
    """The numbers of the messages that were states."""
    complete: set[Key] = field(default_factory=set)
    troubles: list[Trouble] = field(default_factory=list)
    requests: int = 0
    longest_silence: int = 0
    """The most requests between two messages."""
    after_stop: int = 0
    """Requests that were sent after the test had stopped the run."""
    repeated: list[str] = field(default_factory=list)
    """Requests that were sent more than once."""


class Stopped(Exception):
    """The test stops the run here."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a run works with, and what outlives it."""

    kept: Kept
    transport: SimulatorTransport
    texts: list[str]
    """Whatever an operator could read."""
    now: datetime
    today: date
    kill_after: int | None = None
    cancel_after: int | None = None


class Run:
    """One run: streams one after another, parents first, each partition by itself."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.report = Report()
        self._requests = 0

    def note(self, stream: str, partition: str, error: ConnectorError | Problem) -> None:
        """Remember what went wrong."""
        message = error.message if isinstance(error, Problem) else str(error)
        problem = error.problem.value if isinstance(error, Problem) else error.code
        self.desk.texts.extend((message, repr(error)) if isinstance(error, ConnectorError) else (message,))
        self.report.troubles.append(Trouble(stream=stream, partition=partition, problem=problem, message=message))

    async def all_streams(self, connector: Connector) -> None:
        """Read every stream; an error of one stops that one, refused credentials stop the run."""
        failed = 0
        streams = await connector.discover()
        for stream in streams:
            try:
                await self._stream(connector, stream)
            except (ConnectorMisconfigured, ConnectorBug, ConnectorTransient) as error:
                self.note(stream.name, "", error)
                failed += 1
        if streams and failed == len(streams):
            self.report.outcome = Outcome.FAILED
        elif self.report.troubles or self.report.counts.letters:
            self.report.outcome = Outcome.PARTIAL

    async def _stream(self, connector: Connector, stream: Stream) -> None:
        for partition in await connector.partitions(stream.name):
            bookmark = self.desk.kept.bookmarks.get((stream.name, partition.key), Bookmark())
            if not bookmark.over(stream, partition, self.desk.today):
                self._requests = self.desk.transport.requests()
                try:
                    await self._partition(connector, stream, partition)
                except ConnectorTransient as error:
                    self.note(stream.name, partition.key, error)
                except ConnectorRecordRefused as error:
                    letter = Problem(ProblemClass.RECORD, str(error), external_id=error.external_id)
                    self.add(self.desk.kept.commit(stream.name, partition.key, [letter], None))

    async def _partition(self, connector: Connector, stream: Stream, partition: Partition) -> None:
        cursor = self.desk.kept.bookmarks.get((stream.name, partition.key), Bookmark()).asked(stream)
        request = ReadRequest(stream=stream.name, partition=partition, cursor=cursor, started_at=self.desk.now)
        reading = _Reading(self, connector, stream, partition)
        async with aclosing(connector.read(request)) as messages:  # type: ignore[type-var] # an async generator
            async for message in messages:
                self._heard(message)
                await reading.take(message)
        if await reading.end():
            whole = cursor is None and stream.sync is SyncMode.FULL
            self.add(
                self.desk.kept.finish(stream.name, partition.key, reading.seen, whole=whole, today=self.desk.today)
            )
            self.report.complete.add((stream.name, partition.key))

    def stopped(self, outcome: Outcome) -> None:
        """The run is over, because the test stopped it."""
        self.report.outcome = outcome
        self.report.after_stop = self.desk.transport.requests() - self._requests

    def _heard(self, message: Message) -> None:
        requests = self.desk.transport.requests()
        self.report.longest_silence = max(self.report.longest_silence, requests - self._requests)
        self._requests = requests
        if self.report.messages == self.desk.kill_after:
            raise Stopped(Outcome.KILLED)
        if self.report.messages == self.desk.cancel_after:
            raise Stopped(Outcome.CANCELLED)
        self.report.messages += 1
        if isinstance(message, State):
            self.report.stated_at.append(self.report.messages)
        if isinstance(message, Problem):
            self.desk.texts.append(message.message)
        if isinstance(message, Record):
            self.desk.texts.append(message.data.model_dump_json())

    def add(self, counts: Counts) -> None:
        """Add to what this run has written."""
        for name in Counts.__dataclass_fields__:
            setattr(self.report.counts, name, getattr(self.report.counts, name) + getattr(counts, name))


class _Reading:
    """One partition while it is read."""

    def __init__(self, run: Run, connector: Connector, stream: Stream, partition: Partition) -> None:
        self._run = run
        self._kept = run.desk.kept
        self._connector = connector
        self._stream = stream
        self._partition = partition
        self._chunk: list[Record | Problem] = []
        self._whole = True
        self.seen: set[str] = set()

    async def take(self, message: Message) -> None:
        if isinstance(message, State):
            await self._commit(message.cursor)
        elif isinstance(message, Record):
            self.seen.add(message.external_id)
            self._chunk.append(message)
        elif isinstance(message, Problem):
            self._problem(message)
        else:
            assert isinstance(message, Progress), f"{type(message).__name__} is no message"  # noqa: S101 - a bench

    def _problem(self, problem: Problem) -> None:
        if problem.problem is ProblemClass.RECORD:
            self.seen.add(problem.external_id or f"without an identifier in {self._partition.key!r}")
            self._chunk.append(problem)
            return
        if problem.problem is ProblemClass.CONFIG:
            raise ConnectorMisconfigured(problem.message)
        if problem.problem is ProblemClass.BUG:
            raise ConnectorBug(problem.message)
        self._whole = False
        self._run.note(self._stream.name, self._partition.key, problem)

    async def end(self) -> bool:
        """Commit the rest if the partition was read to its end; return whether it was."""
        if self._whole:
            await self._commit(None)
        return self._whole

    async def _commit(self, cursor: str | None) -> None:
        chunk = [await self._with_bytes(each) for each in self._chunk]
        self._chunk = []
        state = None if cursor is None else (cursor, self._run.desk.now)
        self._run.add(self._kept.commit(self._stream.name, self._partition.key, chunk, state))
        for each in chunk:
            if isinstance(each, Record) and isinstance(each.data, FileData) and not each.gone:
                await self._connector.settle(each.data, Settled.KEPT)

    async def _with_bytes(self, message: Record | Problem) -> Record | Problem:
        """Fetch the file of a file record, unless it is known; a file that cannot be had is a letter."""
        if not isinstance(message, Record) or not isinstance(message.data, FileData) or message.gone:
            return message
        file = message.data
        key = (self._stream.name, message.external_id)
        triple = (file.file_id or file.address, file.size, str(file.modified_at))
        known = self._kept.files.get(key)
        if known is not None and known.triple == triple:
            return message
        try:
            self._kept.files[key] = await self._fetched(file, triple)
        except ConnectorAuthFailed:
            raise
        except ConnectorError as error:
            return Problem(ProblemClass.RECORD, f"{error.code}: {error}", external_id=message.external_id)
        return message

    async def _fetched(self, file: FileData, triple: tuple[str, int | None, str]) -> KeptFile:
        size, digest = 0, hashlib.sha256()
        async with self._connector.download(file) as answer:
            if answer.status != 200:  # noqa: PLR2004 - HTTP's "OK"
                detail = f"the file came with status {answer.status}"
                raise ConnectorRecordRefused(detail)
            async for piece in answer.chunks:
                size += len(piece)
                digest.update(piece)
                if size > LARGEST_FILE:
                    detail = f"the file has more than {LARGEST_FILE} bytes"
                    raise ConnectorRecordRefused(detail)
        return KeptFile(triple, digest.hexdigest(), size)
