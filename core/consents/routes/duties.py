"""Addresses of duties."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from core.access.dependencies import Services
from core.access.gate import Caller
from core.consents import duties
from core.consents.duties import Settlement
from core.consents.errors import DutySettled, ImpossibleSuccessor
from core.consents.models import Duty
from core.consents.routes.dependencies import Decider, Reader
from core.consents.schemas import CompletionIn, DutyOut, DutyState, SupersessionIn
from core.kernel.clock import today
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.web.errors import BadCursor
from core.web.fields import Day
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["duties"])


@router.get("/duties", responses=problem_responses(BadCursor), summary="List duties")
async def list_duties(
    caller: Reader,
    services: Services,
    page: Paging,
    state: Annotated[DutyState | None, Query(description="Only this state.")] = None,
    due_before: Annotated[Day | None, Query(description="Only those whose last day lies before this day.")] = None,
    person_id: Annotated[UUID | None, Query(description="Only those about this person.")] = None,
) -> Page[DutyOut]:
    """In the order of their days, the most urgent first."""
    wanted: dict[str, Any] = {"state": state, "due_on__lt": due_before, "person_id": person_id}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    day = today(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(Duty.filter(**wanted), ("due_on", "id")), page, lambda row: DutyOut.of(row, day))
        filters = {name: str(value) for name, value in wanted.items()}
        work.record("duty.listed", "duty", "", {"filters": filters, "shown": len(shown.items)})
    return shown


@router.get("/duties/{duty_id}", responses=problem_responses(NotFound), summary="Read a duty")
async def read_duty(duty_id: UUID, caller: Reader, services: Services) -> DutyOut:
    """What has to be done, by which day and why, and how it ended."""
    async with services.database.work(caller.scope) as work:
        found = await duties.find_duty(duty_id)
        work.record("duty.read", "duty", duty_id)
    return DutyOut.of(found, today(services.clock, caller.time_zone))


async def _settled(duty_id: UUID, settlement: Settlement, caller: Caller, services: Services) -> DutyOut:
    async with services.database.work(caller.scope) as work:
        found = await duties.settle(work, await duties.find_duty(duty_id), settlement)
    return DutyOut.of(found, today(services.clock, caller.time_zone))


@router.post(
    "/duties/{duty_id}/completion", responses=problem_responses(NotFound, DutySettled), summary="Say a duty is done"
)
async def complete_duty(duty_id: UUID, wanted: CompletionIn, caller: Decider, services: Services) -> DutyOut:
    """Write down, for good, that an open duty was done, with the document that proves it."""
    settlement = Settlement(state="done", **wanted.model_dump())
    return await _settled(duty_id, settlement, caller, services)


@router.post(
    "/duties/{duty_id}/supersession",
    responses=problem_responses(NotFound, DutySettled, ImpossibleSuccessor),
    summary="Say a duty is superseded",
)
async def supersede_duty(duty_id: UUID, wanted: SupersessionIn, caller: Decider, services: Services) -> DutyOut:
    """Write down, for good, that an open duty need not be done, and which duty took its place, if one did."""
    settlement = Settlement(state="superseded", **wanted.model_dump())
    return await _settled(duty_id, settlement, caller, services)
