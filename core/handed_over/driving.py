"""The job that destroys copies, batch by batch; killed anywhere, it goes on from what is committed."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog

from core.disposal.execution.ending import give_space_back
from core.disposal.execution.listing import list_objects
from core.disposal.execution.removing import remove_lines
from core.disposal.execution.services import ExecutionServices
from core.exits.models import TransferLine, TransferPackage
from core.exits.packing import drop_package
from core.handed_over.beginning import COPIES, begin_copies, objections_to_copies
from core.handed_over.lives import find_decision, lock_decision, move_decision
from core.handed_over.models import CopyAttempt, CopyDecision, CopyLine, CopyLineState, CopyState
from core.handed_over.proving import fail_copies, finish_copies
from core.handed_over.starting import defer_destruction
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.errors import StorageUnavailable
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from core.kernel.scope import Scope, installation_scope
from storage.errors import StorageError

log = structlog.get_logger(__name__)

_SOURCE: Final = "handed_over"
_SIZES: Final = """
SELECT l.id, jsonb_array_length(t.content) AS files FROM copy_lines l
  JOIN transfer_lines t ON t.institution_id = l.institution_id AND t.id = l.transfer_line_id
 WHERE l.institution_id = $1 AND l.decision_id = $2 AND l.state = $3 ORDER BY l.id LIMIT $4
"""
_COUNT: Final = """
SELECT count(*) FILTER (WHERE state NOT IN ('listed', 'destroying')) AS ended, count(*) AS total
  FROM copy_lines WHERE institution_id = $1 AND decision_id = $2
"""


def copies_job(services: ExecutionServices) -> JobHandler:
    """Return the handler of `COPIES_JOB`; it may run again, and touches no line that has ended."""

    async def handle(context: JobContext, *, decision: str) -> None:
        await _Driver(services, context, UUID(decision)).drive()

    return handle


class _Driver:
    """One run of the job of one decision."""

    def __init__(self, services: ExecutionServices, context: JobContext, decision_id: UUID) -> None:
        self._services = services
        self._context = context
        self._decision_id = decision_id
        self._institution = context.scope.institution_id

    async def drive(self) -> None:
        """Finish what was begun, take the next lines, and end the decision when none is left.

        Raises `StorageUnavailable` or `DatabaseUnavailable` when nothing can be done now; what is committed stays.
        """
        async with self._context.work():
            decision = await find_decision(self._decision_id)
            running = await CopyAttempt.get_or_none(decision_id=decision.id, confirmed_by__isnull=False, ended_at=None)
        if decision.state is not CopyState.EXECUTING or running is None:
            return
        while lines := await self._next(CopyLineState.DESTROYING):
            await self._finish(decision, running.id, lines)
        while lines := await self._next(CopyLineState.LISTED):
            await self._begin(decision, lines)
            while begun := await self._next(CopyLineState.DESTROYING):
                await self._finish(decision, running.id, begun)
        packages_gone = await self._drop_packages(decision)
        await self._end(running, packages_gone=packages_gone)

    async def _next(self, state: CopyLineState) -> list[CopyLine]:
        """Return the next lines in a state, as many as go together; none: there are no more."""
        async with self._context.work() as work:
            values = [self._institution, self._decision_id, state.value, self._services.lines_at_once]
            ids = self._services.together(await work.rows(_SIZES, values))
            return await CopyLine.filter(id__in=ids).order_by("id") if ids else []

    async def _begin(self, decision: CopyDecision, lines: Sequence[CopyLine]) -> None:
        async with self._context.work() as work:
            documents = await COPIES.going(work, [line.id for line in lines])
            named = await TransferLine.filter(id__in=[line.transfer_line_id for line in lines])
        try:
            found = await list_objects(self._services.vault, self._institution, documents)
        except StorageError as error:
            raise StorageUnavailable from error
        said = {each.id: each for each in named}
        objections = await objections_to_copies(self._services.plugins, decision, lines, said)
        async with self._context.work() as work:
            await begin_copies(work, decision, lines, objections, found)

    async def _finish(self, decision: CopyDecision, attempt_id: UUID, lines: Sequence[CopyLine]) -> None:
        outcome = await remove_lines(self._services, self._context, COPIES, [line.id for line in lines])
        gone = [line.id for line in lines if line.id not in outcome.failed]
        async with self._context.work() as work:
            await finish_copies(work, decision, attempt_id, gone, outcome.proofs)
            await fail_copies(work, decision, outcome.failed)
            [row] = await work.rows(_COUNT, [self._institution, self._decision_id])
        await self._context.progress(row["ended"], row["total"])

    async def _drop_packages(self, decision: CopyDecision) -> bool:
        """Remove the packages of the transfer, which hold copies too; return whether storage confirmed that."""
        async with self._context.work():
            packages = await TransferPackage.filter(
                transfer_id=decision.transfer_id, state="superseded", bytes_gone_at=None
            ).order_by("id")
        try:
            for package in packages:
                await drop_package(self._services.vault, self._context, package)
        except StorageError as error:
            log.warning("package_stays", reason=type(error).__name__)
            return False
        return True

    async def _end(self, attempt: CopyAttempt, *, packages_gone: bool) -> None:
        """Have space given back unless something is left, and let the decision end as executed or partial."""
        async with self._context.work():
            failed = await CopyLine.exists(decision_id=self._decision_id, state=CopyLineState.FAILED)
        failed = failed or not packages_gone
        space = None if failed else (await give_space_back(self._services))[0]
        async with self._context.work() as work:
            decision = await lock_decision(await find_decision(self._decision_id))
            to_state = CopyState.PARTIAL if failed else CopyState.EXECUTED
            await CopyAttempt.filter(id=attempt.id, ended_at=None).update(outcome=to_state.value, ended_at=work.now)
            lines = await _counts(work, decision.id)
            said = {"lines": lines, "packages_gone": packages_gone, "space": space}
            await move_decision(work, decision, to_state, "copy_decision.execution_ended", said, space=space)


async def _counts(work: Work, decision_id: UUID) -> dict[str, int]:
    rows = await work.rows(
        "SELECT state, count(*) AS n FROM copy_lines WHERE institution_id = $1 AND decision_id = $2 GROUP BY state",
        [work.scope.institution_id, decision_id],
    )
    return {row["state"]: row["n"] for row in rows}


async def resume_copies(database: Database) -> int:
    """Start the job of every decision again that is being executed while nobody drives it; return how many."""
    async with database.work(installation_scope(source=_SOURCE)) as work:
        rows = await work.rows("SELECT institution_id, decision_id FROM copy_decisions_without_driver()")
    for row in rows:
        async with database.work(Scope(institution_id=row["institution_id"], source=_SOURCE)) as work:
            defer_destruction(work, row["decision_id"])
    return len(rows)
