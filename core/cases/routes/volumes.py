"""Addresses of volumes."""

from uuid import UUID

from fastapi import Request, Response

from core.access.dependencies import Services
from core.cases.errors import CaseNotOpen, ImpossibleCaseDate, VolumeNumberTaken
from core.cases.requests import VolumeIn, VolumePatch
from core.cases.routes.dependencies import CHANGING, Reader, Writer
from core.cases.schemas import VolumeOut
from core.cases.volumes import add_volume, edit_volume, find_volume
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["cases"])


@router.post(
    "/cases/{case_id}/volumes",
    status_code=201,
    responses=problem_responses(NotFound, CaseNotOpen, VolumeNumberTaken, ImpossibleCaseDate),
    summary="Add a volume",
)
async def create_case_volume(
    response: Response, case_id: UUID, wanted: VolumeIn, caller: Writer, services: Services
) -> VolumeOut:
    """Add a volume or part to an open case; about 250 sheets fill one."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        made = await add_volume(
            work, case_id, number=wanted.number, part=wanted.part, opened_on=wanted.opened_on or today, today=today
        )
    response.headers["Location"] = f"/api/v1/case-volumes/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return VolumeOut.of(made)


@router.get("/case-volumes/{volume_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a volume")
async def read_case_volume(
    request: Request, response: Response, volume_id: UUID, caller: Reader, services: Services
) -> VolumeOut:
    """Number, sheets and dates of a volume."""
    async with services.database.work(caller.scope):
        found = await find_volume(volume_id)
    fresh(request, response, found.revision)
    return VolumeOut.of(found)


@router.patch(
    "/case-volumes/{volume_id}",
    responses=problem_responses(*CHANGING, CaseNotOpen, ImpossibleCaseDate),
    summary="Correct or close a volume",
)
async def change_case_volume(
    response: Response, volume_id: UUID, changes: VolumePatch, expected: IfMatch, caller: Writer, services: Services
) -> VolumeOut:
    """Change sheets, note or last day, as long as the case is open."""
    async with services.database.work(caller.scope) as work:
        found = await find_volume(volume_id)
        expected.require(found.revision)
        found = await edit_volume(work, found, changes.changes(), today=today_in(services.clock, caller.time_zone))
    response.headers["ETag"] = etag(found.revision)
    return VolumeOut.of(found)
