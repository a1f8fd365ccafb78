"""Addresses of snapshots: asked for, watched, completed."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Response

from core.kernel.errors import DelotekaError, NotFound
from core.kernel.keyset import Listing
from core.period_exports.errors import (
    ExportClassMissing,
    ExportClassUnfit,
    ExportNotResumable,
    ExportOpen,
    PeriodNotReadCompletely,
)
from core.period_exports.models import ExportState, PeriodExport
from core.period_exports.requesting import complete_export, find_export, request_export, settle_abandoned
from core.period_exports.routes.dependencies import Maker, Reader, Services
from core.period_exports.schemas import PeriodExportIn, PeriodExportOut
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["period exports"])

_ASKING: Final[tuple[type[DelotekaError], ...]] = (
    NotFound,
    ExportOpen,
    ExportClassMissing,
    ExportClassUnfit,
    PeriodNotReadCompletely,
)


@router.get("/period-exports", responses=problem_responses(BadCursor), summary="List snapshots of study periods")
async def list_period_exports(
    caller: Reader,
    services: Services,
    page: Paging,
    connection_id: Annotated[UUID | None, Query(description="Only those of this connection.")] = None,
    period_id: Annotated[UUID | None, Query(description="Only those of this study period.")] = None,
    state: Annotated[ExportState | None, Query(description="Only those in this state.")] = None,
) -> Page[PeriodExportOut]:
    """The newest first."""
    given: dict[str, Any] = {"connection_id": connection_id, "period_id": period_id, "state": state}
    filters = {name: value for name, value in given.items() if value is not None}
    async with services.database.work(caller.scope) as work:
        await settle_abandoned(work)
        return await paged(Listing(PeriodExport.filter(**filters), ("-id",)), page, PeriodExportOut.of)


@router.post(
    "/period-exports", status_code=201, responses=problem_responses(*_ASKING), summary="Request a snapshot of a period"
)
async def create_period_export(
    response: Response, wanted: PeriodExportIn, caller: Maker, services: Services
) -> PeriodExportOut:
    """Have it made and filed by a background job; one that says the same as the one before is not filed."""
    async with services.database.work(caller.scope) as work:
        export = await request_export(work, wanted.connection_id, wanted.period_id, insisted=wanted.insisted)
    response.headers["Location"] = f"/api/v1/period-exports/{export.id}"
    return PeriodExportOut.of(export)


@router.get("/period-exports/{export_id}", responses=problem_responses(NotFound), summary="Read how a snapshot stands")
async def read_period_export(export_id: UUID, caller: Reader, services: Services) -> PeriodExportOut:
    """How far it is, what it rests on, where it is filed."""
    async with services.database.work(caller.scope) as work:
        await settle_abandoned(work)
        return PeriodExportOut.of(await find_export(export_id))


@router.post(
    "/period-exports/{export_id}/completion",
    status_code=202,
    responses=problem_responses(NotFound, ExportNotResumable, ExportOpen),
    summary="Complete a snapshot",
)
async def complete_period_export(export_id: UUID, caller: Maker, services: Services) -> PeriodExportOut:
    """Go on with one that failed, or have print-out and differences made that a filed one lacks."""
    async with services.database.work(caller.scope) as work:
        return PeriodExportOut.of(await complete_export(work, await find_export(export_id)))
