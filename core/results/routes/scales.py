"""Addresses of scales of marks."""

from uuid import UUID

from fastapi import Request, Response

from core.access.dependencies import Services
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.results import taxonomy
from core.results.errors import ImpossibleScale, ScaleNameTaken
from core.results.models import MarkScale
from core.results.routes.dependencies import TaxonomyReader, TaxonomyWriter
from core.results.schemas.taxonomy import ScaleIn, ScaleOut, ScalePatch, decimals
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["results"])


@router.get("/mark-scales", responses=problem_responses(BadCursor), summary="List scales of marks")
async def list_mark_scales(caller: TaxonomyReader, services: Services, page: Paging) -> Page[ScaleOut]:
    """In the order of their names."""
    async with services.database.work(caller.scope):
        return await paged(Listing(MarkScale.all(), ("sort_key", "id")), page, ScaleOut.of)


@router.post(
    "/mark-scales",
    status_code=201,
    responses=problem_responses(ScaleNameTaken, ImpossibleScale),
    summary="Add a scale of marks",
)
async def add_mark_scale(response: Response, wanted: ScaleIn, caller: TaxonomyWriter, services: Services) -> ScaleOut:
    """Add a scale: marks by name from the lowest, or numbers between bounds, or both."""
    async with services.database.work(caller.scope) as work:
        made = await taxonomy.add_scale(work, wanted.to_wanted())
    response.headers["Location"] = f"/api/v1/mark-scales/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return ScaleOut.of(made)


@router.get(
    "/mark-scales/{scale_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a scale of marks"
)
async def read_mark_scale(
    request: Request, response: Response, scale_id: UUID, caller: TaxonomyReader, services: Services
) -> ScaleOut:
    """What is said of a scale."""
    async with services.database.work(caller.scope):
        scale = await taxonomy.find_scale(scale_id)
        fresh(request, response, scale.revision)
    return ScaleOut.of(scale)


@router.patch(
    "/mark-scales/{scale_id}",
    responses=problem_responses(
        NotFound,
        ScaleNameTaken,
        ImpossibleScale,
        StaleState,
        PreconditionFailed,
        PreconditionRequired,
    ),
    summary="Change a scale of marks",
)
async def change_mark_scale(
    response: Response,
    scale_id: UUID,
    changes: ScalePatch,
    expected: IfMatch,
    caller: TaxonomyWriter,
    services: Services,
) -> ScaleOut:
    """Change the members that are sent; marks that were given stay as they are, and are read by the scale as it is."""
    async with services.database.work(caller.scope) as work:
        scale = await taxonomy.find_scale(scale_id)
        expected.require(scale.revision)
        scale = await taxonomy.edit_scale(work, scale, decimals(changes.changes()))
    response.headers["ETag"] = etag(scale.revision)
    return ScaleOut.of(scale)
