"""Reading one stream: which parts of it are due, and what a problem of one part means for the others."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from core.imports.bookmarks import Mark, Place, asked_cursor, is_over, read_mark
from core.imports.chunks import Ending
from core.imports.hand import RunInHand, StreamInHand
from core.imports.leaving import complete_parts, mark_what_left
from core.imports.models import Mode
from core.imports.patience import asked_time
from core.imports.plans import Setting
from core.imports.reading import PartReader
from core.imports.records import Reader, needed_references, references_of
from core.kernel.errors import Unavailable
from core.origins.writing import Writer
from core.sdk.connectors import Partition, Stream, SyncMode
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorTransient,
)

_PATIENT_WITH: Final = 3
"""Parts in a row that may fail for a passing reason before the rest of the stream is left for another time."""

_DONE: Final = """
SELECT partition, state, reason, message, retry_at FROM import_run_partitions
 WHERE institution_id = $1 AND run_id = $2 AND stream = $3 AND state IN ('complete', 'incomplete')
"""


def with_parents(streams: Sequence[Stream], names: Iterable[str]) -> list[Stream]:
    """Return the named streams and those they refer to, each behind those, else in the order of the connector."""
    by_name = {stream.name: stream for stream in streams}
    ordered: dict[str, Stream] = {}

    def add(name: str, above: frozenset[str]) -> None:
        if name in ordered or name in above or name not in by_name:
            return
        for parent in by_name[name].parents:
            add(parent, above | {name})
        ordered[name] = by_name[name]

    wanted = set(names)
    for stream in streams:
        if stream.name in wanted:
            add(stream.name, frozenset())
    return list(ordered.values())


def chosen_streams(offered: Sequence[Stream], hand: RunInHand, wanted: Collection[str] | None) -> list[Stream]:
    """Return the streams of a run, parents before those that refer to them."""
    names = wanted or hand.run.streams or hand.opened.streams
    return with_parents(offered, _names(offered, names))


def missing_streams(offered: Sequence[Stream], hand: RunInHand, wanted: Collection[str] | None) -> list[str]:
    """Return the streams that somebody named for this run and that the connector does not offer."""
    names = wanted or hand.run.streams or hand.opened.streams or ()
    return sorted(set(names) - {stream.name for stream in offered})


def brought_kinds(offered: Sequence[Stream], hand: RunInHand) -> frozenset[str]:
    """Return the kinds that the connection as a whole brings, whatever this run reads of them."""
    chosen = with_parents(offered, _names(offered, hand.opened.streams))
    return frozenset(stream.kind.value for stream in chosen if stream.kind in hand.services.writers)


def _names(offered: Sequence[Stream], names: Collection[str] | None) -> list[str]:
    return [stream.name for stream in offered if (not stream.optional if names is None else stream.name in names)]


def plan_of(streams: Sequence[Stream], hand: RunInHand) -> list[Stream]:
    """Return what is left to be read: streams that have not ended, and those whose objects the connector needs again.

    A connector may remember what it has read; whoever takes a run over begins with a new one.
    """
    left = [stream.name for stream in streams if not hand.streams[stream.name].ended]
    return with_parents(streams, left)


class StreamReader:
    """Reads the streams of a run one after the other."""

    def __init__(self, hand: RunInHand, offered: Sequence[Stream]) -> None:
        self._hand = hand
        self._kinds = brought_kinds(offered, hand) | {stream.kind.value for stream in offered}
        self._unread: set[str] = set()
        """Streams of which nothing could be read: those that refer to them must wait."""

    async def read(self, stream: Stream, *, only: Collection[str] | None = None) -> Ending | None:
        """Read a stream, or some parts of it; return the problem that ended it, if one did."""
        state = self._hand.streams[stream.name]
        again = state.ended
        problem = await self._read(stream, state, again=again, only=only)
        if problem is not None and problem.state != "complete" and again:
            self._unread.add(stream.name)
        if not again:
            async with self._hand.chunk() as work:
                await self._hand.tell(work, state)
        return problem

    async def _read(
        self, stream: Stream, state: StreamInHand, *, again: bool, only: Collection[str] | None
    ) -> Ending | None:
        writer = self._hand.services.writers.get(stream.kind)
        blocked = next((parent for parent in stream.parents if parent in self._unread), None)
        if writer is None or blocked is not None:
            what = f"{blocked} could not be read" if blocked else f"the registry takes no {stream.kind.value}"
            self._unread.add(stream.name)
            _end(state, again, "incomplete" if blocked else "failed", "parent" if blocked else "config", what)
            return None
        try:
            parts = await self._parts(stream)
        except ConnectorError as error:
            return self._stop(stream, state, _ending_of(error, self._hand), again=again)
        if not again:
            state.state, state.partitions = "running", len(parts)
            async with self._hand.chunk() as work:
                await self._hand.tell(work, state)
        return await self._read_parts(stream, state, writer, parts, again=again, only=only)

    async def _parts(self, stream: Stream) -> Sequence[Partition]:
        try:
            parts = await self._hand.opened.connector.partitions(stream.name)
        except (ConnectorError, Unavailable):
            raise
        except Exception as error:
            detail = f"the connector failed with {type(error).__name__}"
            raise ConnectorBug(detail) from error
        if len({part.key for part in parts}) != len(parts):
            detail = f"{stream.name} has two parts of one key"
            raise ConnectorBug(detail)
        return parts

    async def _read_parts(
        self,
        stream: Stream,
        state: StreamInHand,
        writer: Writer,
        parts: Sequence[Partition],
        *,
        again: bool,
        only: Collection[str] | None,
    ) -> Ending | None:
        omitted = self._omitted(stream)
        fingerprint = "/".join([self._hand.opened.fingerprint, *sorted(omitted)])
        setting = await self._setting(stream, writer, omitted)
        done, worst = await self._done(stream)
        worst = worst or _lost(parts, only)
        ended, failures, stop = len(done), 0, None
        for part in parts:
            if (part.key in done and not again) or (only is not None and part.key not in only):
                continue
            reading = await self._due(stream, part, fingerprint, again=again)
            if reading is None:
                ended += 1
                continue
            mark, cursor = reading
            place = Place(connection_id=setting.connection_id, stream=stream, partition=part)
            here = replace(setting, partition=part.key)
            reader = PartReader(self._hand, state, place, here, fingerprint=fingerprint, mark=mark, counts=not again)
            ending = await reader.read(cursor)
            if ending.state == "complete":
                ended, failures = ended + 1, 0
                continue
            worst, failures = worst or ending, failures + 1
            if ending.reason in {"auth", "config", "bug"} or ending.quota or failures >= _PATIENT_WITH:
                stop = ending
                break
        await self._note_words(setting)
        if stop is not None:
            return self._stop(stream, state, stop, again=again, some=ended > 0)
        return await self._conclude(stream, setting, state, worst, again=again, some=ended > 0)

    async def _note_words(self, setting: Setting) -> None:
        """Show the operator words that were met and that nobody has mapped."""
        if setting.reader.unmapped:
            async with self._hand.chunk() as work:
                await self._hand.services.connections.met(
                    work, setting.connection_id, setting.kind, setting.reader.unmapped
                )

    async def _conclude(
        self, stream: Stream, setting: Setting, state: StreamInHand, worst: Ending | None, *, again: bool, some: bool
    ) -> Ending | None:
        if stream.sync is SyncMode.FULL and not again and self._hand.run.since is None:
            await mark_what_left(self._hand, setting, await complete_parts(self._hand, stream.name))
        if worst is not None:
            # Other streams go on: this one has said what it could.
            self._stop(stream, state, worst, again=again, some=some)
            return None
        _end(state, again, "complete", "", "")
        return None

    def _stop(self, stream: Stream, state: StreamInHand, ending: Ending, *, again: bool, some: bool = False) -> Ending:
        """Note why a stream is not complete; without any part that is, those that refer to it must wait."""
        failed = ending.reason in {"auth", "config", "bug"}
        if failed or not some:
            self._unread.add(stream.name)
        _end(state, again, "failed" if failed else "incomplete", ending.reason, ending.message)
        if not again:
            state.retry_at = ending.retry_at
        return ending

    async def _done(self, stream: Stream) -> tuple[set[str], Ending | None]:
        """Return the parts that this run has read, and the first problem it met with them."""
        async with self._hand.chunk() as work:
            rows = await work.rows(_DONE, [work.scope.institution_id, self._hand.run.id, stream.name])
        bad = next((row for row in rows if row["state"] == "incomplete"), None)
        said = {} if bad is None else {name: bad[name] for name in ("reason", "message", "retry_at")}
        worst = None if bad is None else Ending(state="incomplete", **said)
        return {row["partition"] for row in rows}, worst

    async def _due(
        self, stream: Stream, part: Partition, fingerprint: str, *, again: bool
    ) -> tuple[Mark, str | None] | None:
        """Return how far a part was read and from where to read it now; `None` if it need not be read."""
        run, today = self._hand.run, self._hand.opened.today
        place = Place(connection_id=run.connection_id, stream=stream, partition=part)
        async with self._hand.chunk() as work:
            mark = await read_mark(work, place, fingerprint)
        if run.mode in {Mode.BACKFILL, Mode.DRY_RUN} and run.since is not None:
            over = part.ends_on is not None and part.ends_on < run.since
            return None if over else (mark, None)
        if again or stream.sync is SyncMode.FULL or run.mode == Mode.BACKFILL:
            over = run.mode in {Mode.SYNC, Mode.DRY_RUN} and not again and is_over(stream, part, mark, today)
            return None if over else (mark, None)
        if is_over(stream, part, mark, today):
            return None
        return mark, asked_cursor(stream, mark)

    def _omitted(self, stream: Stream) -> frozenset[str]:
        needed = needed_references(stream.kind)
        return frozenset(
            name
            for name, kind in references_of(stream.kind).items()
            if name not in needed and kind.value not in self._kinds
        )

    async def _setting(self, stream: Stream, writer: Writer, omitted: frozenset[str]) -> Setting:
        async with self._hand.chunk() as work:
            words = await self._hand.services.connections.words(work, self._hand.run.connection_id, stream.kind)
        return Setting(
            connection_id=self._hand.run.connection_id,
            run_id=self._hand.run.id,
            stream=stream.name,
            partition="",
            kind=stream.kind,
            writer=writer,
            reader=Reader(stream.kind, self._hand.opened.redact, omitted, words),
            connections=self._hand.services.connections,
            would_be=self._hand.would_be,
        )


def _end(state: StreamInHand, again: bool, word: str, reason: str, message: str) -> None:  # noqa: FBT001
    """Write how a stream has ended; the repetition of one that has ended already changes nothing of that."""
    if not again:
        state.state, state.reason, state.message = word, reason, message


def _lost(parts: Sequence[Partition], only: Collection[str] | None) -> Ending | None:
    """Return what is wrong when letters are to be read again whose parts the source has no more."""
    lost = sorted(set(only or ()) - {part.key for part in parts})
    if not lost:
        return None
    named = ", ".join(lost[:5])
    return Ending("incomplete", "config", f"the source has no such part any more ({named}): dismiss its letters")


def _ending_of(error: ConnectorError, hand: RunInHand) -> Ending:
    ending = Ending()
    detail = hand.opened.redact(error.detail)
    match error:
        case ConnectorAuthFailed():
            ending.worsen("auth", detail)
        case ConnectorMisconfigured():
            ending.worsen("config", detail)
        case ConnectorTransient():
            ending.worsen("transient", detail, asked_time(hand.services.clock(), error.retry_after))
            ending.quota = error.retry_after is not None
        case _:
            ending.worsen("bug", detail)
    return ending
