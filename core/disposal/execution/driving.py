"""The job that drives the lines of an act, batch by batch; killed anywhere, it goes on from what is committed."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from core.disposal.execution.beginning import SEE_DOOMED, begin_lines, write_found
from core.disposal.execution.ending import end_execution
from core.disposal.execution.listing import GoingDocument, going_documents, list_objects
from core.disposal.execution.models import ActAttempt
from core.disposal.execution.proving import fail_lines, finish_lines
from core.disposal.execution.removing import (
    DoomedKey,
    Outcome,
    abort_uploads,
    drop_spooled,
    leftovers,
    remove_keys,
    require_storage,
)
from core.disposal.execution.reviewing import objections_to
from core.disposal.execution.services import ExecutionServices
from core.disposal.execution.starting import defer_execution
from core.disposal.lives import find_act
from core.disposal.models import DisposalAct, DisposalActLine
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.errors import StorageUnavailable
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from core.kernel.scope import Scope, installation_scope
from retention.act_lines import LineState
from retention.disposal_facts import ActState
from storage.errors import StorageError

_SOURCE: Final = "disposal"
_ROUNDS: Final = 3
_SIZES: Final = """
SELECT id, jsonb_array_length(content) AS files FROM disposal_act_lines
 WHERE institution_id = $1 AND act_id = $2 AND state = $3 AND NOT id = ANY ($4::uuid[]) ORDER BY id LIMIT $5
"""
_DOOMED: Final = """
SELECT line_id, document_id, key, array_agg(version_id) AS versions FROM disposal_objects
 WHERE institution_id = $1 AND line_id = ANY ($2::uuid[]) AND absent_at IS NULL
 GROUP BY line_id, document_id, key ORDER BY key
"""
_VERSIONS: Final = """
SELECT v.id, v.document_id FROM documents_of_lines($1, $2) AS g
  JOIN document_versions v ON v.institution_id = $1 AND v.document_id = g.document_id
"""
# No hold covered a line when it passed the point of no return, so one that covers it now came later; and what storage
# was told of earlier holds and verdicts may still stand there. A legal hold that is neither was set by somebody else.
_EXPLAINED: Final = """
SELECT l.id FROM disposal_act_lines l WHERE l.institution_id = $1 AND l.id = ANY ($2::uuid[])
   AND (EXISTS (SELECT FROM holds_over_case($1, l.case_id))
        OR EXISTS (SELECT FROM documents_of_lines($1, ARRAY[l.id]) AS g
                     JOIN document_versions v ON v.institution_id = $1 AND v.document_id = g.document_id
                     JOIN storage_locks s ON s.institution_id = $1 AND s.version_id = v.id
                    WHERE s.legal_hold OR NOT s.settled))
"""
_COUNT: Final = """
SELECT count(*) FILTER (WHERE state NOT IN ('listed', 'destroying')) AS ended, count(*) AS total
  FROM disposal_act_lines WHERE institution_id = $1 AND act_id = $2
"""


@dataclass(frozen=True, slots=True)
class _Removed:
    """Lines whose bytes are gone, and what storage said of them."""

    lines: Sequence[UUID]
    outcome: Outcome


_NOTHING_REMOVED: Final = _Removed((), Outcome())

T = TypeVar("T")
U = TypeVar("U")


def execution_job(services: ExecutionServices) -> JobHandler:
    """Return the handler of `EXECUTION_JOB`; it may run again, and touches no line that has ended."""

    async def handle(context: JobContext, *, act: str) -> None:
        await Driver(services, context, UUID(act)).drive()

    return handle


class Driver:
    """One run of the job of one act."""

    def __init__(self, services: ExecutionServices, context: JobContext, act_id: UUID) -> None:
        self._services = services
        self._context = context
        self._act_id = act_id
        self._institution = context.scope.institution_id

    async def drive(self) -> None:
        """Finish what was begun, take the next lines, and end the act when none is left.

        Raises `StorageUnavailable` or `DatabaseUnavailable` when nothing can be done now; what is committed stays.
        """
        async with self._context.work():
            act = await find_act(self._act_id)
            running = await ActAttempt.get_or_none(act_id=act.id, confirmed_by__isnull=False, ended_at=None)
        if act.state is not ActState.EXECUTING or running is None:
            return
        removed = _NOTHING_REMOVED
        while True:
            # Three batches at a time: the next lines pass their point of no return and the proofs of those before are
            # written while bytes go. What an earlier attempt began comes first.
            begun, removing = await _together(
                self._begin_some(act), self._remove_some(removed), self._prove(act, running.id, removed)
            )
            if not (begun or removing.lines):
                break
            removed = removing
        await end_execution(self._services, self._context, act, running.id)

    async def _next(self, state: LineState, *, but: Sequence[UUID] = ()) -> list[DisposalActLine]:
        """Return the next lines in a state, as many as go together, `but` for some; none: there are no more."""
        async with self._context.work() as work:
            limit = self._services.lines_at_once
            rows = await work.rows(_SIZES, [self._institution, self._act_id, state.value, list(but), limit])
            ids: list[UUID] = []
            files = 0
            for row in rows:
                files += row["files"]
                if ids and files > self._services.documents_at_once:
                    break
                ids.append(row["id"])
            return await DisposalActLine.filter(id__in=ids).order_by("id") if ids else []

    async def _begin_some(self, act: DisposalAct) -> bool:
        lines = await self._next(LineState.LISTED)
        if lines:
            await self._begin(act, lines)
        return bool(lines)

    async def _remove_some(self, removed: _Removed) -> _Removed:
        """Delete the bytes of the next lines, but for those whose proofs are being written."""
        lines = await self._next(LineState.DESTROYING, but=removed.lines)
        return _Removed([line.id for line in lines], await self._remove(lines)) if lines else _NOTHING_REMOVED

    async def _begin(self, act: DisposalAct, lines: Sequence[DisposalActLine]) -> None:
        async with self._context.work() as work:
            documents = await going_documents(work, lines)
        try:
            found = await list_objects(self._services.vault, self._institution, documents)
        except StorageError as error:
            raise StorageUnavailable from error
        objections = await objections_to(self._services.plugins, act, lines)
        async with self._context.work() as work:
            await begin_lines(work, act, lines, objections, found)

    async def _prove(self, act: DisposalAct, attempt_id: UUID, removed: _Removed) -> None:
        if not removed.lines:
            return
        outcome = removed.outcome
        gone = [line for line in removed.lines if line not in outcome.failed]
        async with self._context.work() as work:
            await finish_lines(work, act, attempt_id, gone, outcome.proofs)
            await fail_lines(work, act, outcome.failed)
        await self._progress()

    async def _remove(self, lines: Sequence[DisposalActLine]) -> Outcome:
        """Delete until nothing is listed any more; what comes to light meanwhile is written down first."""
        ids = [line.id for line in lines]
        async with self._context.work() as work:
            await work.rows(SEE_DOOMED)
            documents = await going_documents(work, lines)
            versions = await work.rows(_VERSIONS, [self._institution, ids])
            explained = frozenset(row["id"] for row in await work.rows(_EXPLAINED, [self._institution, ids]))
            doomed = await self._doomed(work, ids)
        await drop_spooled(self._services, self._institution, {row["id"]: row["document_id"] for row in versions})
        await abort_uploads(self._services, self._institution, documents)
        outcome = Outcome()
        for _ in range(_ROUNDS):
            done = await remove_keys(self._services, doomed, explained)
            outcome.proofs |= done.proofs
            outcome.failed |= done.failed
            doomed = await self._left(documents, outcome)
            if not doomed:
                return outcome
        await require_storage(self._services)
        outcome.failed |= {each.line_id: "absence_not_confirmed" for each in doomed}
        return outcome

    async def _left(self, documents: Sequence[GoingDocument], outcome: Outcome) -> list[DoomedKey]:
        going = [each for each in documents if each.line_id not in outcome.failed]
        found = await leftovers(self._services, self._institution, going)
        if not found:
            return []
        async with self._context.work() as work:
            await write_found(work, found)
        seen: dict[str, list[str]] = {}
        for each in found:
            seen.setdefault(each.entry.key, []).append(each.entry.version_id)
        owners = {each.entry.key: each for each in found}
        return [DoomedKey(owners[key].line_id, owners[key].document_id, key, tuple(seen[key])) for key in sorted(seen)]

    async def _doomed(self, work: Work, ids: Sequence[UUID]) -> list[DoomedKey]:
        rows = await work.rows(_DOOMED, [self._institution, list(ids)])
        return [DoomedKey(row["line_id"], row["document_id"], row["key"], tuple(row["versions"])) for row in rows]

    async def _progress(self) -> None:
        async with self._context.work() as work:
            [row] = await work.rows(_COUNT, [self._institution, self._act_id])
        await self._context.progress(row["ended"], row["total"])


async def _together(beginning: Awaitable[T], removing: Awaitable[U], proving: Awaitable[None]) -> tuple[T, U]:
    """Take the steps at the same time; raise the first error when all have ended."""
    begun, removed, proved = await asyncio.gather(beginning, removing, proving, return_exceptions=True)
    if isinstance(begun, BaseException):
        raise begun
    if isinstance(removed, BaseException):
        raise removed
    if isinstance(proved, BaseException):
        raise proved
    return begun, removed


async def resume_executions(database: Database) -> int:
    """Start the job of every act again that is being executed while nobody drives it; return how many. For a loop."""
    async with database.work(installation_scope(source=_SOURCE)) as work:
        rows = await work.rows("SELECT institution_id, act_id FROM acts_without_driver()")
    for row in rows:
        async with database.work(Scope(institution_id=row["institution_id"], source=_SOURCE)) as work:
            defer_execution(work, row["act_id"])
    return len(rows)
