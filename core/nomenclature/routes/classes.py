"""Addresses of the rows of a nomenclature."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response

from core.access.dependencies import Services
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.nomenclature import editing
from core.nomenclature.errors import (
    CarriedOverKeepsIndex,
    ClassIndexTaken,
    NoSpaceInSection,
    NotADraft,
    RowIncomplete,
)
from core.nomenclature.finding import find_class, find_section, find_version
from core.nomenclature.models import RecordClass
from core.nomenclature.routes.dependencies import CHANGING, Reader, Writer
from core.nomenclature.rules import current_rules, roots_in_review
from core.nomenclature.schemas import RecordClassIn, RecordClassOut, RecordClassPatch, ReservedOut, ReserveIn
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor
from core.web.fields import CleanLine
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()


async def _shown(work: Work, rows: list[RecordClass]) -> list[RecordClassOut]:
    rules = await current_rules(work, [row.rule_root_id for row in rows if row.rule_root_id is not None])
    return [RecordClassOut.of(row, rules.get(row.rule_root_id) if row.rule_root_id else None) for row in rows]


@router.get(
    "/nomenclature-versions/{version_id}/record-classes",
    responses=problem_responses(NotFound, BadCursor),
    summary="List rows of a nomenclature",
)
async def list_record_classes(
    version_id: UUID,
    caller: Reader,
    services: Services,
    page: Paging,
    section_id: Annotated[UUID | None, Query(description="Only those of this section.")] = None,
    class_index: Annotated[CleanLine | None, Query(max_length=40, description="Only the one with this index.")] = None,
    status: Annotated[
        Literal["needs_review"] | None, Query(description="Only those whose term a person has to decide.")
    ] = None,
) -> Page[RecordClassOut]:
    """In the order of the paper, each with the rule that holds now."""
    wanted: dict[str, Any] = {"section_id": section_id, "class_index": class_index}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    async with services.database.work(caller.scope) as work:
        await find_version(version_id)
        if status is not None:
            wanted["rule_root_id__in"] = await roots_in_review(work, version_id)
        listing = Listing(RecordClass.filter(version_id=version_id, **wanted), ("place", "id"))
        rows, following = await listing.after(page.position(listing.position_types()), page.limit)
        return page.closed(await _shown(work, rows), following)


@router.post(
    "/nomenclature-versions/{version_id}/record-classes",
    status_code=201,
    responses=problem_responses(NotFound, NotADraft, ClassIndexTaken, RowIncomplete, NoSpaceInSection),
    summary="Add a row",
)
async def create_record_class(
    response: Response, version_id: UUID, wanted: RecordClassIn, caller: Writer, services: Services
) -> RecordClassOut:
    """Type a row in at the end of a section of a draft; its term is read at once."""
    async with services.database.work(caller.scope) as work:
        version = await find_version(version_id)
        indexed = wanted.class_index is not None
        made = await editing.add_class(work, version, wanted.section_id, wanted.to_cells(), indexed=indexed)
        [shown] = await _shown(work, [made])
    response.headers["Location"] = f"/api/v1/record-classes/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return shown


@router.post(
    "/nomenclature-sections/{section_id}/reserves",
    responses=problem_responses(NotFound, NotADraft, NoSpaceInSection, ClassIndexTaken),
    summary="Reserve numbers",
)
async def reserve_record_class_numbers(
    section_id: UUID, wanted: ReserveIn, caller: Writer, services: Services
) -> ReservedOut:
    """Keep the next numbers at the end of a section free for what turns up during the year."""
    async with services.database.work(caller.scope) as work:
        section = await find_section(section_id)
        version = await find_version(section.version_id)
        made = await editing.reserve_numbers(work, version, section, wanted.count)
        return ReservedOut(record_classes=await _shown(work, made))


@router.get("/record-classes/{class_id}", responses=problem_responses(NotFound), summary="Read a row")
async def read_record_class(response: Response, class_id: UUID, caller: Reader, services: Services) -> RecordClassOut:
    """The cells as they were written, and the rule that holds now."""
    async with services.database.work(caller.scope) as work:
        row = await find_class(class_id)
        [shown] = await _shown(work, [row])
    # No 304 here: a decision about the term leaves the revision of the row as it is.
    response.headers["ETag"] = etag(row.revision)
    return shown


@router.patch(
    "/record-classes/{class_id}",
    responses=problem_responses(*CHANGING, ClassIndexTaken, CarriedOverKeepsIndex, RowIncomplete),
    summary="Change a row",
)
async def change_record_class(
    response: Response,
    class_id: UUID,
    changes: RecordClassPatch,
    expected: IfMatch,
    caller: Writer,
    services: Services,
) -> RecordClassOut:
    """Change the members that are sent, in a draft; another term, note or article is read anew."""
    async with services.database.work(caller.scope) as work:
        row = await find_class(class_id)
        expected.require(row.revision)
        version = await find_version(row.version_id)
        row = await editing.change_class(work, version, row, changes.to_changes())
        [shown] = await _shown(work, [row])
    response.headers["ETag"] = etag(row.revision)
    return shown


@router.delete(
    "/record-classes/{class_id}",
    status_code=204,
    response_class=Response,
    responses=problem_responses(*CHANGING),
    summary="Remove a row",
)
async def remove_record_class(class_id: UUID, expected: IfMatch, caller: Writer, services: Services) -> Response:
    """Remove a row from a draft."""
    async with services.database.work(caller.scope) as work:
        row = await find_class(class_id)
        expected.require(row.revision)
        await editing.remove_class(work, await find_version(row.version_id), row)
    return Response(status_code=204)
