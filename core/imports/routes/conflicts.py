"""Addresses of conflicts between a source and a hand."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query

from core.imports.conflicts import settle_conflict
from core.imports.routes.dependencies import Keeper, Services
from core.imports.sight import sees_every_record, sees_private
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.origins.conflicts import find_conflict
from core.origins.errors import ConflictSettled
from core.origins.models import OriginConflict
from core.origins.schemas import ConflictOut, SettlementIn, without_private
from core.sdk.connectors import EntityKind
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/import-conflicts", tags=["imports"])


@router.get("", responses=problem_responses(BadCursor), summary="List conflicts of imports")
async def list_conflicts(
    caller: Keeper,
    services: Services,
    page: Paging,
    entity_id: Annotated[UUID | None, Query(description="Only those about this entity.")] = None,
    state: Annotated[Literal["open", "kept", "taken", "moot"], Query(description="Only those in this state.")] = "open",
) -> Page[ConflictOut]:
    """Fields of which a source says other than somebody entered, the newest first."""
    filters: dict[str, Any] = {"state": state}
    if entity_id is not None:
        filters["entity_id"] = entity_id
    private = sees_private(caller)
    async with services.database.work(caller.scope) as work:
        rows = OriginConflict.filter(**filters)
        if not private:
            rows = rows.exclude(kind=EntityKind.GUARDIANS.value)
        shown = await paged(
            Listing(rows, ("-id",)),
            page,
            lambda row: ConflictOut.of(row, seen=sees_every_record(caller, row.kind), private=private),
        )
        work.record("import_conflict.listed", "import_conflict", "", {"shown": len(shown.items)})
    return shown


@router.post(
    "/{conflict_id}/settlement",
    responses=problem_responses(NotFound, ConflictSettled),
    summary="Settle a conflict of imports",
)
async def settle(conflict_id: UUID, wanted: SettlementIn, caller: Keeper, services: Services) -> ConflictOut:
    """Keep what stands in the registry, or take what the source says."""
    private = sees_private(caller)
    async with services.database.work(caller.scope) as work:
        conflict = await find_conflict(conflict_id)
        seen = sees_every_record(caller, conflict.kind)
        if not seen or not without_private(conflict.kind, {conflict.field: 1}, private=private):
            raise NotFound
        settled = await settle_conflict(work, services, conflict, take=wanted.take)
        return ConflictOut.of(settled, seen=seen, private=private)
