"""Addresses of the steps of an act."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final
from uuid import UUID

from fastapi import Response

from core.access.dependencies import Services
from core.access.gate import Caller
from core.access.services import AccessServices
from core.cases.asking import asking
from core.disposal import steps
from core.disposal.errors import ActNumberTaken, ImpossibleDecisionDate
from core.disposal.lives import find_act
from core.disposal.models import DisposalAct
from core.disposal.requests import ActApprovalIn, ActMinutesIn, ActReturnIn, AgreementIn, StopIn, SubmissionIn
from core.disposal.routes.dependencies import STEP, Aborter, Canceller, Head, Member, Officer
from core.disposal.schemas import ActOut
from core.kernel.clock import today as today_in
from core.kernel.database.work import Work
from core.web.conditional import ExpectedRevision, IfMatch, etag
from core.web.problems import problem_responses
from core.web.routing import Router
from retention.transitions import Asking

router = Router()
_ACT: Final = "/disposal-acts/{act_id}"
_Step = Callable[[Work, DisposalAct, Asking, date], Awaitable[DisposalAct]]


async def _taken(
    response: Response, act_id: UUID, step: _Step, expected: ExpectedRevision, asked: tuple[Caller, AccessServices]
) -> ActOut:
    caller, services = asked
    async with services.database.work(caller.scope) as work:
        found = await find_act(act_id)
        expected.require(found.revision)
        today = today_in(services.clock, caller.time_zone)
        act = await step(work, found, asking(work, caller.roles), today)
    response.headers["ETag"] = etag(act.revision)
    return ActOut.of(act)


@router.post(f"{_ACT}/submission", responses=problem_responses(*STEP), summary="Submit a disposal act")
async def submit_disposal_act(
    response: Response, act_id: UUID, wanted: SubmissionIn, expected: IfMatch, caller: Officer, services: Services
) -> ActOut:
    """Hand the list to the commission, or hand it in again after changes: lines and files are frozen."""

    async def step(work: Work, act: DisposalAct, who: Asking, today: date) -> DisposalAct:
        return await steps.submit(work, act, who, wanted.by_line(), today=today)

    return await _taken(response, act_id, step, expected, (caller, services))


@router.post(f"{_ACT}/return", responses=problem_responses(*STEP), summary="Request changes of a disposal act")
async def return_disposal_act(
    response: Response, act_id: UUID, wanted: ActReturnIn, expected: IfMatch, caller: Member, services: Services
) -> ActOut:
    """Send the act back to its author; not by the author."""

    async def step(work: Work, act: DisposalAct, who: Asking, _today: date) -> DisposalAct:
        return await steps.request_changes(work, act, who, wanted.comment, wanted.by_line())

    return await _taken(response, act_id, step, expected, (caller, services))


@router.post(
    f"{_ACT}/agreement",
    responses=problem_responses(*STEP, ImpossibleDecisionDate),
    summary="Agree to a disposal act",
)
async def agree_to_disposal_act(
    response: Response, act_id: UUID, wanted: ActMinutesIn, expected: IfMatch, caller: Member, services: Services
) -> ActOut:
    """Record the minutes by which the commission agrees; not by the author."""

    async def step(work: Work, act: DisposalAct, who: Asking, today: date) -> DisposalAct:
        return await steps.agree(work, act, who, wanted.to_decision(), today=today)

    return await _taken(response, act_id, step, expected, (caller, services))


@router.post(
    f"{_ACT}/archive-agreement",
    responses=problem_responses(*STEP, ImpossibleDecisionDate),
    summary="Record that the archive agrees",
)
async def record_archive_agreement(
    response: Response, act_id: UUID, wanted: AgreementIn, expected: IfMatch, caller: Officer, services: Services
) -> ActOut:
    """Only where the institution supplies an archive; the inventories of the years need the archive's decision too."""

    async def step(work: Work, act: DisposalAct, who: Asking, today: date) -> DisposalAct:
        return await steps.record_archive_agreement(work, act, who, wanted.to_decision(), today=today)

    return await _taken(response, act_id, step, expected, (caller, services))


@router.post(
    f"{_ACT}/approval",
    responses=problem_responses(*STEP, ImpossibleDecisionDate, ActNumberTaken),
    summary="Approve a disposal act",
)
async def approve_disposal_act(
    response: Response, act_id: UUID, wanted: ActApprovalIn, expected: IfMatch, caller: Head, services: Services
) -> ActOut:
    """Approve under a number, neither as author nor as reviewer; the waiting time starts at once."""

    async def step(work: Work, act: DisposalAct, who: Asking, today: date) -> DisposalAct:
        return await steps.approve(work, act, who, wanted.to_decision(today), today=today)

    return await _taken(response, act_id, step, expected, (caller, services))


@router.post(f"{_ACT}/abort", responses=problem_responses(*STEP), summary="Abort a disposal act")
async def abort_disposal_act(
    response: Response, act_id: UUID, wanted: StopIn, expected: IfMatch, caller: Aborter, services: Services
) -> ActOut:
    """Make a submitted act a draft again, until its execution begins; minutes and approval are void."""

    async def step(work: Work, act: DisposalAct, who: Asking, _today: date) -> DisposalAct:
        return await steps.abort(work, act, who, wanted.reason)

    return await _taken(response, act_id, step, expected, (caller, services))


@router.post(f"{_ACT}/cancellation", responses=problem_responses(*STEP), summary="Cancel a disposal act")
async def cancel_disposal_act(
    response: Response, act_id: UUID, wanted: StopIn, expected: IfMatch, caller: Canceller, services: Services
) -> ActOut:
    """Give the act up for good; its cases return to the selection."""

    async def step(work: Work, act: DisposalAct, who: Asking, today: date) -> DisposalAct:
        return await steps.cancel(work, act, who, wanted.reason, today=today)

    return await _taken(response, act_id, step, expected, (caller, services))
