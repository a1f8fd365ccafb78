"""Addresses where acts are proposed, made, listed and told of."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from core.access.dependencies import Services
from core.access.gate import Caller
from core.access.services import AccessServices
from core.disposal.errors import (
    CaseOnAnotherAct,
    DisposalLinesRefused,
    NothingDue,
    TooManyLines,
)
from core.disposal.listing import Wanted, add_lines, create_act
from core.disposal.lives import find_act
from core.disposal.models import ActOpinion, DisposalAct, DisposalProposal
from core.disposal.requests import ActIn, LinesIn
from core.disposal.routes.dependencies import STEP, Asked, Officer, Reader, ReaderLanguage
from core.disposal.schemas import ActOut, DisposalProposalOut, ListedOut, OpinionOut, SelectionOut, SummaryOut
from core.disposal.selection import select_cases
from core.disposal.summary import summarise
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router
from retention.disposal_facts import ActState

router = Router()

_LISTING = (NotFound, DisposalLinesRefused, NothingDue, TooManyLines, CaseOnAnotherAct)


@router.get("/disposal-selection", responses=problem_responses(TooManyLines), summary="What an act would take")
async def read_disposal_selection(caller: Reader, services: Services, language: ReaderLanguage) -> SelectionOut:
    """The yearly selection as a dry run: what is due and may enter an act, grouped, and what may not and why."""
    async with services.database.work(caller.scope) as work:
        found = await select_cases(work, None, today=today_in(services.clock, caller.time_zone))
        return SelectionOut.of_selection(found, language)


@router.get("/disposal-proposals", responses=problem_responses(BadCursor), summary="List what was proposed")
async def list_disposal_proposals(caller: Reader, services: Services, page: Paging) -> Page[DisposalProposalOut]:
    """What the service proposed in the first quarter of each year, the latest year first."""
    async with services.database.work(caller.scope):
        return await paged(Listing(DisposalProposal.all(), ("-year", "-id")), page, DisposalProposalOut.of)


@router.get("/disposal-acts", responses=problem_responses(BadCursor), summary="List disposal acts")
async def list_disposal_acts(
    caller: Reader,
    services: Services,
    page: Paging,
    state: Annotated[ActState | None, Query(description="Only those in this state.")] = None,
) -> Page[ActOut]:
    """The newest first."""
    wanted = {} if state is None else {"state": state}
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(DisposalAct.filter(**wanted), ("-id",)), page, ActOut.of)
        filters = {name: value.value for name, value in wanted.items()}
        work.record("disposal_act.listed", "disposal_act", "", {"filters": filters, "shown": len(shown.items)})
    return shown


@router.post("/disposal-acts", status_code=201, responses=problem_responses(*_LISTING), summary="Make a disposal act")
async def create_disposal_act(
    response: Response, wanted: ActIn, caller: Officer, services: Services, asked: Asked
) -> ListedOut:
    """Make the draft of one act of every case that is due, or of those named; plugins may object to cases."""
    taking = _wanted(caller, services, wanted.case_ids)
    made = await create_act(services.database, asked.plugins, taking, basis=wanted.basis)
    response.headers["Location"] = f"/api/v1/disposal-acts/{made.act.id}"
    response.headers["ETag"] = etag(made.act.revision)
    return ListedOut.of_all(made, asked.language)


@router.post("/disposal-acts/{act_id}/listing", responses=problem_responses(*STEP, *_LISTING), summary="Add cases")
async def add_disposal_act_lines(
    response: Response,
    act_id: UUID,
    wanted: LinesIn,
    expected: IfMatch,
    caller: Officer,
    services: Services,
    asked: Asked,
) -> ListedOut:
    """Put further cases on an act whose list is open; only its author may."""
    async with services.database.work(caller.scope):
        act = await find_act(act_id)
    expected.require(act.revision)
    made = await add_lines(services.database, asked.plugins, _wanted(caller, services, wanted.case_ids), act)
    response.headers["ETag"] = etag(made.act.revision)
    return ListedOut.of_all(made, asked.language)


def _wanted(caller: Caller, services: AccessServices, case_ids: list[UUID] | None) -> Wanted:
    today = today_in(services.clock, caller.time_zone)
    return Wanted(scope=caller.scope, roles=caller.roles, case_ids=case_ids, today=today)


@router.get("/disposal-acts/{act_id}", responses=problem_responses(NotFound), summary="Read a disposal act")
async def read_disposal_act(response: Response, act_id: UUID, caller: Reader, services: Services) -> ActOut:
    """Where it stands, and who made and approved it."""
    async with services.database.work(caller.scope) as work:
        found = await find_act(act_id)
        work.record("disposal_act.read", "disposal_act", act_id)
    response.headers["ETag"] = etag(found.revision)
    return ActOut.of(found)


@router.get(
    "/disposal-acts/{act_id}/summary", responses=problem_responses(NotFound), summary="What a disposal act will do"
)
async def read_disposal_act_summary(act_id: UUID, caller: Reader, services: Services) -> SummaryOut:
    """What will be destroyed, which gates are closed, and what has changed since it was submitted; computed now."""
    async with services.database.work(caller.scope) as work:
        found = await find_act(act_id)
        return SummaryOut.of(found, await summarise(work, found, today=today_in(services.clock, caller.time_zone)))


@router.get(
    "/disposal-acts/{act_id}/opinions",
    responses=problem_responses(NotFound, BadCursor),
    summary="List what was said of a disposal act",
)
async def list_disposal_act_opinions(
    act_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[OpinionOut]:
    """Submissions, minutes, agreements, approvals and reasons, in order; those of earlier rounds are void."""
    async with services.database.work(caller.scope):
        await find_act(act_id)
        return await paged(Listing(ActOpinion.filter(act_id=act_id), ("id",)), page, OpinionOut.of)
