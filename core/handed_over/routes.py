"""Addresses of decisions about copies that stayed after a transfer."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.cases.asking import asking
from core.disposal.execution.errors import ExecutionNotAnnounced
from core.disposal.execution.schemas import ObjectOut
from core.disposal.execution.services import ExecutionServices
from core.exits.errors import ImpossibleExitDate
from core.exits.models import TransferLine
from core.handed_over.deciding import approve_copies, cancel_copies, propose_copies
from core.handed_over.errors import CopiesNotDecidable, CopyDecisionNumberTaken, CopyDecisionOpen, CopyStepRefused
from core.handed_over.lives import find_decision
from core.handed_over.models import CopyAttempt, CopyDecision, CopyLine, CopyObject
from core.handed_over.requests import CopyApprovalIn, CopyDecisionIn, CopyReasonIn
from core.handed_over.schemas import CopyDecisionDetailOut, CopyDecisionOut, CopyLineOut
from core.handed_over.starting import announce_copies, confirm_copies
from core.kernel.clock import today as today_in
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["exits"])

Reader = Annotated[Caller, Depends(allow(Permission.DISPOSAL_READ))]
Officer = Annotated[Caller, Depends(allow(Permission.DISPOSAL_PREPARE))]
Head = Annotated[Caller, Depends(allow(Permission.DISPOSAL_APPROVE))]
Canceller = Annotated[Caller, Depends(allow(Permission.DISPOSAL_CANCEL))]
Executor = Annotated[Caller, Depends(allow(Permission.DISPOSAL_EXECUTE))]

_ONE: Final = "/copy-decisions/{copy_decision_id}"
_STEP: Final = (NotFound, StaleState, PreconditionFailed, PreconditionRequired, CopyStepRefused)
_COUNTS: Final = """
SELECT count(o.id) AS objects, count(o.absent_at) AS absent
  FROM copy_lines l LEFT JOIN copy_objects o ON o.institution_id = l.institution_id AND o.line_id = l.id
 WHERE l.institution_id = $1 AND l.decision_id = $2
"""
_STATES: Final = """
SELECT state, count(*)::integer AS lines FROM copy_lines WHERE institution_id = $1 AND decision_id = $2 GROUP BY state
"""


async def execution_services(request: Request) -> ExecutionServices:
    """Return what the composition root put at `app.state.execution`."""
    services: ExecutionServices = request.app.state.execution
    return services


Executing = Annotated[ExecutionServices, Depends(execution_services)]


def _said(response: Response, row: CopyDecision) -> CopyDecisionOut:
    response.headers["ETag"] = etag(row.revision)
    return CopyDecisionOut.of(row)


@router.post(
    "/transfers/{transfer_id}/copy-decisions",
    status_code=201,
    responses=problem_responses(NotFound, CopiesNotDecidable, CopyDecisionOpen),
    summary="Propose what becomes of the copies of a transfer",
)
async def create_copy_decision(
    response: Response, transfer_id: UUID, wanted: CopyDecisionIn, caller: Officer, services: Services
) -> CopyDecisionOut:
    """Propose to keep or to destroy the files that stayed after the archive accepted; nothing of it goes by itself."""
    async with services.database.work(caller.scope) as work:
        made = await propose_copies(work, transfer_id, wanted.to_new())
    response.headers["Location"] = f"/api/v1/copy-decisions/{made.id}"
    return _said(response, made)


@router.get("/copy-decisions", responses=problem_responses(BadCursor), summary="List decisions about copies")
async def list_copy_decisions(
    caller: Reader,
    services: Services,
    page: Paging,
    transfer_id: Annotated[UUID | None, Query(description="Only those about this transfer.")] = None,
) -> Page[CopyDecisionOut]:
    """The newest first."""
    wanted: dict[str, Any] = {} if transfer_id is None else {"transfer_id": transfer_id}
    async with services.database.work(caller.scope):
        return await paged(Listing(CopyDecision.filter(**wanted), ("-id",)), page, CopyDecisionOut.of)


@router.get(_ONE, responses=problem_responses(NotFound), summary="Read a decision about copies")
async def read_copy_decision(
    response: Response, copy_decision_id: UUID, caller: Reader, services: Services
) -> CopyDecisionDetailOut:
    """Where it stands, who executed it, and how much is proved absent."""
    async with services.database.work(caller.scope) as work:
        found = await find_decision(copy_decision_id)
        shown = CopyDecisionDetailOut.of_all(
            found,
            await _counted(work, found),
            await CopyAttempt.filter(decision_id=found.id).order_by("number"),
        )
        work.record("copy_decision.read", "copy_decision", copy_decision_id)
    response.headers["ETag"] = etag(found.revision)
    return shown


async def _counted(work: Work, decision: CopyDecision) -> dict[str, Any]:
    key = [work.scope.institution_id, decision.id]
    [counts] = await work.rows(_COUNTS, key)
    states = {row["state"]: row["lines"] for row in await work.rows(_STATES, key)}
    return {**counts, "lines_by_state": states}


@router.get(
    f"{_ONE}/lines",
    responses=problem_responses(NotFound, BadCursor),
    summary="List the cases of a decision about copies",
)
async def list_copy_lines(
    copy_decision_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[CopyLineOut]:
    """What became of the copies of each case, and why."""
    async with services.database.work(caller.scope) as work:
        found = await find_decision(copy_decision_id)
        said = {each.id: each for each in await TransferLine.filter(transfer_id=found.transfer_id)}
        work.record("copy_decision.lines_listed", "copy_decision", copy_decision_id)
        listing = Listing(CopyLine.filter(decision_id=copy_decision_id), ("id",))
        return await paged(listing, page, lambda row: CopyLineOut.of(row, said[row.transfer_line_id]))


@router.get(
    "/copy-lines/{copy_line_id}/objects",
    responses=problem_responses(NotFound, BadCursor),
    summary="List what went with the copies of a case, with its proof",
)
async def list_copy_line_objects(
    copy_line_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[ObjectOut]:
    """Every version of every object, by key; written down before anything was deleted."""
    async with services.database.work(caller.scope) as work:
        line = await CopyLine.get_or_none(id=copy_line_id)
        if line is None:
            raise NotFound
        work.record("copy_decision.line_read", "case", line.case_id, {"decision": str(line.decision_id)})
        listing = Listing(CopyObject.filter(line_id=copy_line_id), ("key", "version_id"))
        return await paged(listing, page, ObjectOut.of)


@router.post(
    f"{_ONE}/approval",
    responses=problem_responses(*_STEP, ImpossibleExitDate, CopyDecisionNumberTaken),
    summary="Approve a decision about copies",
)
async def approve_copy_decision(
    response: Response,
    copy_decision_id: UUID,
    wanted: CopyApprovalIn,
    expected: IfMatch,
    caller: Head,
    services: Services,
) -> CopyDecisionOut:
    """Approve under a number what somebody else proposed; copies that are to go wait for two executors."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        found = await find_decision(copy_decision_id)
        expected.require(found.revision)
        who = asking(work, caller.roles)
        day = wanted.approved_on or today
        return _said(response, await approve_copies(work, found, who, wanted.number, day, today=today))


@router.post(f"{_ONE}/cancellation", responses=problem_responses(*_STEP), summary="Cancel a decision about copies")
async def cancel_copy_decision(
    response: Response,
    copy_decision_id: UUID,
    wanted: CopyReasonIn,
    expected: IfMatch,
    caller: Canceller,
    services: Services,
) -> CopyDecisionOut:
    """Give it up before anything began; the copies stay."""
    async with services.database.work(caller.scope) as work:
        found = await find_decision(copy_decision_id)
        expected.require(found.revision)
        return _said(response, await cancel_copies(work, found, asking(work, caller.roles), wanted.reason))


@router.post(f"{_ONE}/execution", responses=problem_responses(*_STEP), summary="Announce the destruction of copies")
async def announce_copy_execution(
    response: Response, copy_decision_id: UUID, expected: IfMatch, caller: Executor, services: Services
) -> CopyDecisionOut:
    """Say as the first of two executors that approved copies shall go; nothing happens before another one confirms."""
    async with services.database.work(caller.scope) as work:
        found = await find_decision(copy_decision_id)
        expected.require(found.revision)
        return _said(response, await announce_copies(work, found, asking(work, caller.roles)))


@router.post(
    f"{_ONE}/execution/confirmation",
    responses=problem_responses(*_STEP, ExecutionNotAnnounced),
    summary="Confirm the destruction of copies",
)
async def confirm_copy_execution(
    response: Response,
    copy_decision_id: UUID,
    expected: IfMatch,
    caller: Executor,
    services: Services,
    executing: Executing,
) -> CopyDecisionOut:
    """Start it as the second executor; from here on only holds save what has not begun."""
    async with services.database.work(caller.scope):
        found = await find_decision(copy_decision_id)
    expected.require(found.revision)
    return _said(response, await confirm_copies(executing, caller.scope, caller.roles, found))
