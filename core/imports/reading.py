"""Reading one part of a stream: messages into chunks, each chunk committed with the bookmark that covers it."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.imports.bookmarks import Mark, Place, advanced, completed, move_mark
from core.imports.chunks import Chunk, Ending, messages_of, problem_row, taken, why_refused
from core.imports.differences import keep_differences
from core.imports.hand import RunInHand, StreamInHand, own
from core.imports.looking_up import ORIGINS_OF_STREAM
from core.imports.patience import asked_time
from core.imports.planning import plan
from core.imports.plans import Letter, Setting, last_of_each
from core.imports.records import Item
from core.imports.sifting import REFUSALS, TRY_AGAIN, store_sifted
from core.imports.storing import counts_of, keep_letters, put_letters, store
from core.kernel.database.work import Work
from core.kernel.errors import Unavailable
from core.sdk.connectors import Problem, ProblemClass, Progress, ReadRequest, Record, State, SyncMode
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)

PATIENCE: Final = 900.0
"""Seconds that a connector may take from one message to the next; its own requests end long before."""
_COMMIT_EVERY: Final = 5.0
"""Seconds after which what was read is committed although the chunk is not full: a slow source is not asked twice."""

_BEGIN: Final = """
INSERT INTO import_run_partitions (institution_id, run_id, stream, partition, title) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (run_id, stream, partition) DO UPDATE SET state = 'running',
  same = CASE WHEN import_run_partitions.cursor IS NULL THEN 0 ELSE import_run_partitions.same END
RETURNING cursor, same
"""
_GO_ON: Final = """
UPDATE import_run_partitions SET state = $5, cursor = $6, reason = $7, message = $8, retry_at = $9, done = $10,
       total = $11, same = same + $12, keyless = keyless OR $13
 WHERE institution_id = $1 AND run_id = $2 AND stream = $3 AND partition = $4
"""
_SEEN: Final = (
    "INSERT INTO import_seen (institution_id, run_id, stream, partition, origins) VALUES ($1, $2, $3, $4, $5)"
)
_OWN: Final = f"SELECT o.id {ORIGINS_OF_STREAM}"
_NO_LONGER_BAD: Final = """
UPDATE import_letters SET state = 'closed', ended_at = $6, note = 'the source has it no longer'
 WHERE institution_id = $1 AND connection_id = $2 AND stream = $3 AND partition = $4 AND run_id <> $5
   AND class = 'record' AND mapped IS NULL AND state = 'open'
"""


class PartReader:
    """Reads one part of one stream for a run."""

    def __init__(
        self,
        hand: RunInHand,
        stream: StreamInHand,
        place: Place,
        setting: Setting,
        *,
        fingerprint: str,
        mark: Mark,
        counts: bool,
    ) -> None:
        self._hand = hand
        self._stream = stream
        self._place = place
        self._setting = setting
        self._fingerprint = fingerprint
        self._mark = mark
        self._counts = counts
        """Whether this reading is the run's own, not the repetition of one whose objects the connector needs again."""
        self._whole = place.stream.sync is SyncMode.FULL
        self._ending = Ending()
        self._cursor: str | None = None
        self._committing: asyncio.Task[None] | None = None
        self._written: Counter[str] = Counter()

    async def read(self, cursor: str | None) -> Ending:
        """Read to the end; `cursor` is where to begin, unless an interruption of this run left its own.

        Raises `ConnectorAuthFailed`, `RunCancelled`, and what the database raises; what was stated before is kept.
        """
        cursor = await self._begin(cursor)
        request = ReadRequest(
            stream=self._place.stream.name,
            partition=self._place.partition,
            cursor=cursor,
            started_at=self._hand.started_at,
            since=self._hand.run.since,
        )
        chunk = Chunk()
        try:
            try:
                chunk = await self._follow(request, chunk)
            except ConnectorError as error:
                self._judge(error, chunk)
            chunk.ending = self._ending
            await self._commit_behind(chunk)
            await self._committed()
        except BaseException:
            await self._stop()
            raise
        return self._ending

    async def write(self, items: Sequence[Item]) -> Counter[str]:
        """Write records that were kept, without reading; return what became of them."""
        await self._commit(Chunk(items=list(items)))
        return self._written

    async def _begin(self, cursor: str | None) -> str | None:
        if not self._counts:
            return cursor
        async with self._hand.chunk() as work:
            rows = await work.rows(_BEGIN, [*self._key(work), self._place.partition.title])
        self._cursor = rows[0]["cursor"] if self._whole else None
        return self._cursor if self._whole else cursor

    def _key(self, work: Work) -> list[Any]:
        return [work.scope.institution_id, self._hand.run.id, self._place.stream.name, self._place.partition.key]

    async def _follow(self, request: ReadRequest, chunk: Chunk) -> Chunk:
        """Go through the messages; return the chunk that is left when they end.

        A `ConnectorError` finds what was read before it in the chunk that was given, because each new one replaces the
        contents of the same object.
        """
        at_once, last_commit = self._hand.services.at_once, time.monotonic()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE) as limit, messages_of(self._hand, request) as messages:
                async for message in messages:
                    self._hear(message, chunk)
                    now = time.monotonic()
                    # A little patience for the state that covers what has been read.
                    full = at_once if isinstance(message, State) else at_once + at_once // 4
                    if len(chunk.items) + len(chunk.problems) >= full or now - last_commit > _COMMIT_EVERY:
                        last_commit = now
                        if not chunk.empty:
                            await self._commit_behind(taken(chunk))
                        await self._hand.alive()
                        limit.reschedule(loop.time() + PATIENCE)
                    if self._ending.reason in {"config", "bug"}:
                        break
        except TimeoutError as error:
            detail = f"nothing came for {PATIENCE:g} seconds"
            raise ConnectorTransient(detail) from error
        return chunk

    def _hear(self, message: object, chunk: Chunk) -> None:
        # A plugin's word for it is not enough.
        if not isinstance(message, Record | State | Progress | Problem):
            detail = f"a message that is none: {type(message).__name__}"
            raise ConnectorBug(detail)
        match message:
            case Record():
                try:
                    chunk.items.append(self._setting.reader.item(message))
                except TypeError as error:
                    raise ConnectorBug(str(error)) from error
            case State():
                chunk.cursor = message.cursor
            case Progress():
                chunk.done, chunk.total = message.done, message.total
            case Problem():
                self._hear_problem(message, chunk)

    def _hear_problem(self, problem: Problem, chunk: Chunk) -> None:
        if problem.problem is ProblemClass.RECORD:
            chunk.problems.append(problem)
            self._ending.keyless |= problem.external_id is None
            return
        retry_at = self._retry_at(problem.retry_after) if problem.problem is ProblemClass.TRANSIENT else None
        self._ending.worsen(problem.problem.value, problem.message, retry_at)
        self._ending.quota |= problem.retry_after is not None

    def _judge(self, error: ConnectorError, chunk: Chunk) -> None:
        detail = self._setting.reader.redact(error.detail)
        match error:
            case ConnectorAuthFailed():
                self._ending.worsen("auth", detail)
            case ConnectorMisconfigured():
                self._ending.worsen("config", detail)
            case ConnectorTransient():
                self._ending.worsen("transient", detail, self._retry_at(error.retry_after))
                self._ending.quota |= error.retry_after is not None
            case ConnectorRecordRefused():
                chunk.problems.append(Problem(ProblemClass.RECORD, detail, external_id=error.external_id))
                self._ending.worsen("record", detail)
            case _:
                self._ending.worsen("bug", detail)

    def _retry_at(self, seconds: int | None) -> datetime | None:
        return asked_time(self._hand.services.clock(), seconds)

    async def _commit_behind(self, chunk: Chunk) -> None:
        """Commit while the next messages are read; one chunk at a time."""
        await self._committed()
        chunk.items = last_of_each(chunk.items)
        self._committing = asyncio.create_task(self._commit(chunk))

    async def _committed(self) -> None:
        if self._committing is not None:
            task, self._committing = self._committing, None
            await task

    async def _stop(self) -> None:
        """Let the chunk that is being committed end, whichever way: a half of it is never kept."""
        if self._committing is not None:
            with contextlib.suppress(Exception):
                await self._committing
            self._committing = None

    async def _commit(self, chunk: Chunk) -> None:
        """Commit a chunk; records that the registry refuses become dead letters, and the others are kept."""
        try:
            counts = await self._write(chunk)
        except TRY_AGAIN as error:
            raise Unavailable from error
        except REFUSALS:
            if not chunk.items:
                raise
            await self._sift(chunk)
            return
        self._count(counts)

    def _count(self, counts: Counter[str]) -> None:
        self._written += counts
        if self._counts:
            self._stream.counts += own(counts)

    async def _sift(self, chunk: Chunk) -> None:
        """Commit a chunk of which something is refused; by halves if that shows at the commit only."""
        try:
            counts = await self._write(chunk, sifted=True)
        except TRY_AGAIN as error:
            raise Unavailable from error
        except REFUSALS as error:
            await self._commit_by_halves(chunk, error)
            return
        self._count(counts)

    async def _commit_by_halves(self, chunk: Chunk, error: Exception) -> None:
        rest = replace(chunk, items=[])
        if len(chunk.items) == 1:
            letter = Letter(chunk.items[0], why_refused(error), "refused")
            self._count(await self._write(rest, refused=[letter]))
            return
        middle = len(chunk.items) // 2
        await self._commit(Chunk(items=chunk.items[:middle]))
        await self._commit(replace(rest, items=chunk.items[middle:]))

    async def _write(self, chunk: Chunk, *, sifted: bool = False, refused: Sequence[Letter] = ()) -> Counter[str]:
        mark = self._mark
        async with self._hand.chunk() as work:
            counts, seen = await self._write_items(work, chunk, refused, sifted=sifted)
            seen += await self._write_problems(work, chunk.problems)
            if self._counts:
                await self._write_place(work, chunk, counts, seen)
            if not self._hand.dry:
                mark = await self._move(work, chunk)
            counts["dead"] += len(chunk.problems)
            if self._counts:
                await self._hand.count(work, self._stream, counts)
        self._mark = mark
        return +counts

    async def _write_items(
        self, work: Work, chunk: Chunk, refused: Sequence[Letter], *, sifted: bool
    ) -> tuple[Counter[str], list[UUID]]:
        if not chunk.items:
            if refused:
                await keep_letters(work, self._setting, refused)
            return Counter(dead=len(refused)), await self._origins(work, [each.item.external_id for each in refused])
        made = await plan(work, self._setting, chunk.items)
        if self._hand.dry:
            counts = counts_of(made)
            if self._counts:
                await keep_differences(work, self._setting, made)
        else:
            counts = await (store_sifted if sifted else store)(work, self._setting, made)
        # What was refused or waits was met too, if it had been read before.
        return counts, list(made.met) + await self._origins(work, [each.item.external_id for each in made.letters])

    async def _origins(self, work: Work, external_ids: Sequence[str]) -> list[UUID]:
        if not external_ids or not self._whole:
            return []
        values = [self._setting.connection_id, self._setting.stream, list(external_ids)]
        return [row["id"] for row in await work.rows(_OWN, [work.scope.institution_id, *values])]

    async def _write_problems(self, work: Work, problems: Sequence[Problem]) -> list[UUID]:
        if not problems:
            return []
        if not self._hand.dry:
            rows = [problem_row(problem, self._setting) for problem in problems]
            await put_letters(work, self._setting, list({row["external_id"]: row for row in rows}.values()))
        return await self._origins(work, [each.external_id for each in problems if each.external_id])

    async def _write_place(self, work: Work, chunk: Chunk, counts: Counter[str], seen: Sequence[UUID]) -> None:
        if seen and self._whole:
            await work.run(_SEEN, [*self._key(work), list(seen)])
        if self._whole and chunk.cursor is not None:
            self._cursor = chunk.cursor
        end = chunk.ending
        said: list[Any] = (
            [end.state, None if end.state == "complete" else self._cursor] if end else ["running", self._cursor]
        )
        said += [end.reason, end.message[:1_000], end.retry_at] if end else ["", "", None]
        said += [chunk.done, chunk.total, counts["same"], self._ending.keyless]
        await work.run(_GO_ON, [*self._key(work), *said])
        if end and end.state == "complete" and self._whole and self._hand.run.since is None and not self._hand.dry:
            place = [self._setting.connection_id, self._setting.stream, self._setting.partition, self._hand.run.id]
            await work.run(_NO_LONGER_BAD, [work.scope.institution_id, *place, work.now])

    async def _move(self, work: Work, chunk: Chunk) -> Mark:
        """Move the bookmark over what this transaction holds, and mark the end of a complete read."""
        mark = self._mark
        if chunk.cursor is not None and not self._whole:
            mark = advanced(mark, chunk.cursor, self._hand.started_at)
        if chunk.ending and chunk.ending.state == "complete" and self._hand.run.since is None:
            mark = completed(mark, self._place.stream, self._place.partition, self._hand.opened.today)
        if mark != self._mark or chunk.ending:
            await move_mark(work, self._place, self._fingerprint, mark)
        return mark
