"""Addresses of inventories, and of how an institution disposes."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Query, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.inventories import making
from core.inventories.errors import (
    InventoryEmpty,
    InventoryIncomplete,
    InventorySpanInvalid,
    InventoryStepRefused,
    NotForThisInventory,
)
from core.inventories.models import Inventory, InventoryLine
from core.inventories.policy import decide_disposal_policy, latest_disposal_policy, single_person_mode
from core.inventories.schemas import (
    AbandonmentIn,
    ArchiveDecisionIn,
    Category,
    DisposalPolicyIn,
    DisposalPolicyOut,
    EntriesIn,
    InventoryApprovalIn,
    InventoryIn,
    InventoryLineOut,
    InventoryOut,
)
from core.kernel.clock import today as today_in
from core.kernel.errors import DelotekaError, NotFound, StaleState
from core.kernel.keyset import Listing
from core.nomenclature.errors import ImpossibleMinutesDate, SamePerson
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["inventories"])

Reader = Annotated[Caller, Depends(allow(Permission.DISPOSAL_READ))]
Writer = Annotated[Caller, Depends(allow(Permission.DISPOSAL_PREPARE))]
Head = Annotated[Caller, Depends(allow(Permission.DISPOSAL_APPROVE))]
_STEP: Final[tuple[type[DelotekaError], ...]] = (
    NotFound,
    StaleState,
    PreconditionFailed,
    PreconditionRequired,
    InventoryStepRefused,
)
_PATH: Final = "/inventories/{inventory_id}"


def _said(response: Response, row: Inventory) -> InventoryOut:
    response.headers["ETag"] = etag(row.revision)
    return InventoryOut.of(row)


@router.get("/inventories", responses=problem_responses(BadCursor), summary="List inventories")
async def list_inventories(
    caller: Reader,
    services: Services,
    page: Paging,
    category: Annotated[Category | None, Query(description="Only those of this category.")] = None,
    state: Annotated[
        Literal["draft", "approved", "abandoned"] | None, Query(description="Only those in this state.")
    ] = None,
) -> Page[InventoryOut]:
    """The newest first."""
    wanted: dict[str, Any] = {
        name: value for name, value in (("category", category), ("state", state)) if value is not None
    }
    async with services.database.work(caller.scope):
        return await paged(Listing(Inventory.filter(**wanted), ("-id",)), page, InventoryOut.of)


@router.post(
    "/inventories", status_code=201, responses=problem_responses(InventorySpanInvalid), summary="Begin an inventory"
)
async def create_inventory(response: Response, wanted: InventoryIn, caller: Writer, services: Services) -> InventoryOut:
    """Begin an inventory of a category for a span of years, or the statement that there are no such cases."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        made = await making.begin_inventory(work, wanted.to_new(), today=today)
    response.headers["Location"] = f"/api/v1/inventories/{made.id}"
    return _said(response, made)


@router.get(_PATH, responses=problem_responses(NotFound), summary="Read an inventory")
async def read_inventory(response: Response, inventory_id: UUID, caller: Reader, services: Services) -> InventoryOut:
    """What it covers, and who approved it."""
    async with services.database.work(caller.scope):
        return _said(response, await making.find_inventory(inventory_id))


@router.get(
    f"{_PATH}/lines", responses=problem_responses(NotFound, BadCursor), summary="List the lines of an inventory"
)
async def list_inventory_lines(
    inventory_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[InventoryLineOut]:
    """In their order."""
    async with services.database.work(caller.scope):
        await making.find_inventory(inventory_id)
        lines = InventoryLine.filter(inventory_id=inventory_id)
        return await paged(Listing(lines, ("position", "id")), page, InventoryLineOut.of)


@router.post(f"{_PATH}/entry", responses=problem_responses(*_STEP, NotForThisInventory), summary="Enter cases")
async def enter_inventory_cases(
    response: Response, inventory_id: UUID, wanted: EntriesIn, expected: IfMatch, caller: Writer, services: Services
) -> InventoryOut:
    """Enter closed cases into a draft: those named, or every one that belongs there."""
    async with services.database.work(caller.scope) as work:
        found = await making.find_inventory(inventory_id)
        expected.require(found.revision)
        return _said(response, await making.enter_cases(work, found, wanted.case_ids))


@router.post(
    f"{_PATH}/approval",
    responses=problem_responses(*_STEP, SamePerson, ImpossibleMinutesDate, InventoryEmpty, InventoryIncomplete),
    summary="Approve an inventory",
)
async def approve_inventory(
    response: Response,
    inventory_id: UUID,
    wanted: InventoryApprovalIn,
    expected: IfMatch,
    caller: Head,
    services: Services,
) -> InventoryOut:
    """Approve what somebody else made; its cases keep the rule they have from now on."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        found = await making.find_inventory(inventory_id)
        expected.require(found.revision)
        single = await single_person_mode() is not None
        approved = await making.approve_inventory(
            work, found, wanted.to_approval(today), today=today, single_person=single
        )
        return _said(response, approved)


@router.post(
    f"{_PATH}/archive-decision",
    responses=problem_responses(*_STEP, ImpossibleMinutesDate),
    summary="Record what the archive decided of an inventory",
)
async def record_inventory_archive_decision(
    response: Response,
    inventory_id: UUID,
    wanted: ArchiveDecisionIn,
    expected: IfMatch,
    caller: Writer,
    services: Services,
) -> InventoryOut:
    """Write down minutes of the archive's commission, which approve or agree to an approved inventory; once."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        found = await making.find_inventory(inventory_id)
        expected.require(found.revision)
        decided = await making.record_archive_decision(
            work, found, decided_on=wanted.decided_on, number=wanted.number, today=today
        )
        return _said(response, decided)


@router.post(f"{_PATH}/abandonment", responses=problem_responses(*_STEP), summary="Abandon an inventory")
async def abandon_inventory(
    response: Response,
    inventory_id: UUID,
    wanted: AbandonmentIn,
    expected: IfMatch,
    caller: Writer,
    services: Services,
) -> InventoryOut:
    """End a draft that nobody needs."""
    async with services.database.work(caller.scope) as work:
        found = await making.find_inventory(inventory_id)
        expected.require(found.revision)
        return _said(response, await making.abandon_inventory(work, found, wanted.reason))


@router.get("/disposal-policy", summary="Read how the institution disposes")
async def read_disposal_policy(caller: Reader, services: Services) -> DisposalPolicyOut:
    """How long an approved act waits, and whether the single-person mode is declared."""
    async with services.database.work(caller.scope):
        return DisposalPolicyOut.of(await latest_disposal_policy())


@router.post("/disposal-policies", status_code=201, summary="Decide how the institution disposes")
async def create_disposal_policy(
    response: Response,
    wanted: DisposalPolicyIn,
    caller: Annotated[Caller, Depends(allow(Permission.DISPOSAL_CONFIGURE))],
    services: Services,
) -> DisposalPolicyOut:
    """Decide anew; acts that are submitted already keep what held then."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        made = await decide_disposal_policy(work, wanted.to_new(), today=today)
    response.headers["Location"] = "/api/v1/disposal-policy"
    return DisposalPolicyOut.of(made)
