"""The job that drives the lines of an act, batch by batch; killed anywhere, it goes on from what is committed."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from core.disposal.execution.beginning import begin_lines
from core.disposal.execution.ending import end_execution
from core.disposal.execution.listing import list_objects
from core.disposal.execution.models import ActAttempt
from core.disposal.execution.proving import fail_lines, finish_lines
from core.disposal.execution.registers import ACTS
from core.disposal.execution.removing import Outcome, remove_lines
from core.disposal.execution.reviewing import objections_to
from core.disposal.execution.services import ExecutionServices
from core.disposal.execution.starting import defer_execution
from core.disposal.lives import find_act
from core.disposal.models import DisposalAct, DisposalActLine
from core.kernel.database.connection import Database
from core.kernel.errors import StorageUnavailable
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from core.kernel.scope import Scope, installation_scope
from retention.act_lines import LineState
from retention.disposal_facts import ActState
from storage.errors import StorageError

_SOURCE: Final = "disposal"
_SIZES: Final = """
SELECT id, jsonb_array_length(content) AS files FROM disposal_act_lines
 WHERE institution_id = $1 AND act_id = $2 AND state = $3 AND NOT id = ANY ($4::uuid[]) ORDER BY id LIMIT $5
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
            values = [self._institution, self._act_id, state.value, list(but), self._services.lines_at_once]
            ids = self._services.together(await work.rows(_SIZES, values))
            return await DisposalActLine.filter(id__in=ids).order_by("id") if ids else []

    async def _begin_some(self, act: DisposalAct) -> bool:
        lines = await self._next(LineState.LISTED)
        if lines:
            await self._begin(act, lines)
        return bool(lines)

    async def _remove_some(self, removed: _Removed) -> _Removed:
        """Delete the bytes of the next lines, but for those whose proofs are being written."""
        lines = await self._next(LineState.DESTROYING, but=removed.lines)
        if not lines:
            return _NOTHING_REMOVED
        ids = [line.id for line in lines]
        return _Removed(ids, await remove_lines(self._services, self._context, ACTS, ids))

    async def _begin(self, act: DisposalAct, lines: Sequence[DisposalActLine]) -> None:
        async with self._context.work() as work:
            documents = await ACTS.going(work, [line.id for line in lines])
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
