"""Addresses of nomenclatures, their versions and sections."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from core.access.dependencies import Services
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.nomenclature import editing
from core.nomenclature.drafting import amend, create_nomenclature
from core.nomenclature.errors import (
    DraftExists,
    ImpossibleEffectiveDate,
    NomenclatureExists,
    NotADraft,
    SectionCodeTaken,
    SectionNotEmpty,
)
from core.nomenclature.finding import find_nomenclature, find_section, find_version, version_in_force
from core.nomenclature.models import Nomenclature, NomenclatureVersion, Section
from core.nomenclature.routes.dependencies import CHANGING, Reader, Writer
from core.nomenclature.schemas import (
    AmendmentIn,
    NomenclatureIn,
    NomenclatureOut,
    NomenclatureVersionOut,
    SectionIn,
    SectionOut,
    SectionPatch,
    VersionState,
    Year,
)
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor
from core.web.fields import Day
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()


@router.get("/nomenclatures", responses=problem_responses(BadCursor), summary="List nomenclatures")
async def list_nomenclatures(caller: Reader, services: Services, page: Paging) -> Page[NomenclatureOut]:
    """One for each year, the latest year first."""
    async with services.database.work(caller.scope):
        return await paged(Listing(Nomenclature.all(), ("-year", "-id")), page, NomenclatureOut.of)


@router.post(
    "/nomenclatures",
    status_code=201,
    responses=problem_responses(NomenclatureExists, NotFound),
    summary="Begin the nomenclature of a year",
)
async def create_nomenclature_of_year(
    response: Response, wanted: NomenclatureIn, caller: Writer, services: Services
) -> NomenclatureVersionOut:
    """Make its first draft, empty or with all sections and rows of another version; that draft is answered."""
    async with services.database.work(caller.scope) as work:
        version = await create_nomenclature(work, wanted.year, copy_from=wanted.copy_from_id)
    return _made(response, version)


@router.get("/nomenclatures/{nomenclature_id}", responses=problem_responses(NotFound), summary="Read a nomenclature")
async def read_nomenclature(nomenclature_id: UUID, caller: Reader, services: Services) -> NomenclatureOut:
    """Its year and where its versions are listed."""
    async with services.database.work(caller.scope):
        return NomenclatureOut.of(await find_nomenclature(nomenclature_id))


@router.post(
    "/nomenclatures/{nomenclature_id}/amendments",
    status_code=201,
    responses=problem_responses(NotFound, NotADraft, DraftExists, ImpossibleEffectiveDate, StaleState),
    summary="Amend an approved nomenclature",
)
async def create_nomenclature_amendment(
    response: Response, nomenclature_id: UUID, wanted: AmendmentIn, caller: Writer, services: Services
) -> NomenclatureVersionOut:
    """Begin a new version with all rows of the approved one; it takes effect on its day, once it is approved itself."""
    async with services.database.work(caller.scope) as work:
        found = await find_nomenclature(nomenclature_id)
        version = await amend(work, found, wanted.effective_on, wanted.note)
    return _made(response, version)


def _made(response: Response, version: NomenclatureVersion) -> NomenclatureVersionOut:
    response.headers["Location"] = f"/api/v1/nomenclature-versions/{version.id}"
    response.headers["ETag"] = etag(version.revision)
    return NomenclatureVersionOut.of(version)


@router.get("/nomenclature-versions", responses=problem_responses(BadCursor), summary="List versions of nomenclatures")
async def list_nomenclature_versions(
    caller: Reader,
    services: Services,
    page: Paging,
    nomenclature_id: Annotated[UUID | None, Query(description="Only those of this nomenclature.")] = None,
    year: Annotated[Year | None, Query(description="Only those of this year.")] = None,
    state: VersionState | None = None,
    in_force_on: Annotated[
        Day | None, Query(description="Only the one that is in force on this day.", examples=["2027-03-01"])
    ] = None,
) -> Page[NomenclatureVersionOut]:
    """The newest first."""
    wanted: dict[str, Any] = {"nomenclature_id": nomenclature_id, "year": year, "state": state}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    async with services.database.work(caller.scope) as work:
        if in_force_on is not None:
            wanted["id__in"] = [found] if (found := await version_in_force(work, in_force_on)) else []
        rows = NomenclatureVersion.filter(**wanted)
        return await paged(Listing(rows, ("-id",)), page, NomenclatureVersionOut.of)


@router.get(
    "/nomenclature-versions/{version_id}",
    responses=UNCHANGED | problem_responses(NotFound),
    summary="Read a version of a nomenclature",
)
async def read_nomenclature_version(
    request: Request, response: Response, version_id: UUID, caller: Reader, services: Services
) -> NomenclatureVersionOut:
    """How far it is between draft and approval, and who decided what."""
    async with services.database.work(caller.scope):
        found = await find_version(version_id)
    fresh(request, response, found.revision)
    return NomenclatureVersionOut.of(found)


@router.get(
    "/nomenclature-versions/{version_id}/sections",
    responses=problem_responses(NotFound, BadCursor),
    summary="List sections",
)
async def list_nomenclature_sections(
    version_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[SectionOut]:
    """In the order of the paper."""
    async with services.database.work(caller.scope):
        await find_version(version_id)
        rows = Section.filter(version_id=version_id)
        return await paged(Listing(rows, ("position", "id")), page, SectionOut.of)


@router.post(
    "/nomenclature-versions/{version_id}/sections",
    status_code=201,
    responses=problem_responses(NotFound, NotADraft, SectionCodeTaken),
    summary="Add a section",
)
async def create_nomenclature_section(
    response: Response, version_id: UUID, wanted: SectionIn, caller: Writer, services: Services
) -> SectionOut:
    """Add a section at the end of a draft."""
    async with services.database.work(caller.scope) as work:
        version = await find_version(version_id)
        made = await editing.add_section(work, version, code=wanted.code, title=wanted.title)
    response.headers["Location"] = f"/api/v1/nomenclature-sections/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return SectionOut.of(made)


@router.get(
    "/nomenclature-sections/{section_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a section"
)
async def read_nomenclature_section(
    request: Request, response: Response, section_id: UUID, caller: Reader, services: Services
) -> SectionOut:
    """Code, title and place of a section."""
    async with services.database.work(caller.scope):
        found = await find_section(section_id)
    fresh(request, response, found.revision)
    return SectionOut.of(found)


@router.patch(
    "/nomenclature-sections/{section_id}",
    responses=problem_responses(*CHANGING, SectionCodeTaken),
    summary="Change a section",
)
async def change_nomenclature_section(
    response: Response, section_id: UUID, changes: SectionPatch, expected: IfMatch, caller: Writer, services: Services
) -> SectionOut:
    """Give a section of a draft another code or title; the indexes of its rows stay."""
    async with services.database.work(caller.scope) as work:
        found = await find_section(section_id)
        expected.require(found.revision)
        if wanted := changes.changes():
            found = await editing.change_section(work, await find_version(found.version_id), found, wanted)
    response.headers["ETag"] = etag(found.revision)
    return SectionOut.of(found)


@router.delete(
    "/nomenclature-sections/{section_id}",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGING, SectionNotEmpty),
    summary="Remove a section",
)
async def remove_nomenclature_section(
    section_id: UUID, expected: IfMatch, caller: Writer, services: Services
) -> Response:
    """Remove a section without rows from a draft."""
    async with services.database.work(caller.scope) as work:
        found = await find_section(section_id)
        expected.require(found.revision)
        await editing.remove_section(work, await find_version(found.version_id), found)
    return Response(status_code=204)
