"""Addresses of personal files."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.cases.belonging import attach_subject
from core.cases.errors import CaseHasSubject, CaseNotOpen, SubjectHasCase
from core.cases.schemas import CaseOut
from core.kernel.clock import today
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.people.errors import PersonEnded
from core.people.keeping import find_person
from core.personal_files.errors import (
    ImpossibleFileDate,
    NoFreeNumber,
    PersonalFileDestroyed,
    PersonalFileExists,
    PersonalFileNumberTaken,
)
from core.personal_files.filing import edit_personal_file, find_personal_file, open_personal_file, people_of
from core.personal_files.models import PersonalFile
from core.personal_files.schemas import CaseOfFileIn, PersonalFileIn, PersonalFileOut, PersonalFilePatch
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.fields import CleanLine
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["personal files"])

Reader = Annotated[Caller, Depends(allow(Permission.PERSONAL_FILES_READ))]
Writer = Annotated[Caller, Depends(allow(Permission.PERSONAL_FILES_WRITE))]
Filer = Annotated[Caller, Depends(allow(Permission.CASES_WRITE))]


@router.post(
    "/people/{person_id}/personal-file",
    status_code=201,
    responses=problem_responses(
        NotFound, PersonEnded, PersonalFileExists, PersonalFileNumberTaken, NoFreeNumber, ImpossibleFileDate
    ),
    summary="Open a learner's personal file",
)
async def create_personal_file(
    response: Response, person_id: UUID, wanted: PersonalFileIn, caller: Writer, services: Services
) -> PersonalFileOut:
    """Open the one personal file of a learner; number and day are given or chosen."""
    async with services.database.work(caller.scope) as work:
        person = await find_person(person_id)
        made = await open_personal_file(
            work,
            person,
            today=today(services.clock, caller.time_zone),
            number=wanted.number,
            opened_on=wanted.opened_on,
            note=wanted.note,
        )
    response.headers["Location"] = f"/api/v1/personal-files/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return PersonalFileOut.of(made, person)


@router.get("/personal-files", responses=problem_responses(BadCursor), summary="List personal files")
async def list_personal_files(
    caller: Reader,
    services: Services,
    page: Paging,
    person_id: Annotated[UUID | None, Query(description="Only that of this learner.")] = None,
    number: Annotated[CleanLine | None, Query(max_length=50, description="Only the one with this number.")] = None,
    is_open: Annotated[bool | None, Query(alias="open", description="Only open ones, or only closed ones.")] = None,
) -> Page[PersonalFileOut]:
    """The newest first, each with the name of its learner."""
    wanted: dict[str, Any] = {"person_id": person_id, "number": number}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if is_open is not None:
        wanted["closed_on__isnull"] = is_open
    async with services.database.work(caller.scope) as work:
        listing = Listing(PersonalFile.filter(**wanted), ("-id",))
        rows, following = await listing.after(page.position(listing.position_types()), page.limit)
        people = await people_of(rows)
        filters = {name: value if isinstance(value, bool) else str(value) for name, value in wanted.items()}
        work.record("personal_file.listed", "personal_file", "", {"filters": filters, "shown": len(rows)})
    return page.closed([PersonalFileOut.of(row, people[row.person_id]) for row in rows], following)


@router.get(
    "/personal-files/{personal_file_id}",
    responses=problem_responses(NotFound, PersonalFileDestroyed),
    summary="Read a personal file",
)
async def read_personal_file(
    response: Response, personal_file_id: UUID, caller: Reader, services: Services
) -> PersonalFileOut:
    """The personal file and whose it is; its documents are listed at `documents`."""
    async with services.database.work(caller.scope) as work:
        found = await find_personal_file(personal_file_id)
        person = await find_person(found.person_id)
        work.record("personal_file.read", "personal_file", personal_file_id)
    # No 304 here: the learner's name may have changed while the revision of the file has not.
    response.headers["ETag"] = etag(found.revision)
    return PersonalFileOut.of(found, person)


@router.patch(
    "/personal-files/{personal_file_id}",
    responses=problem_responses(
        NotFound,
        PersonalFileDestroyed,
        PersonalFileNumberTaken,
        StaleState,
        PreconditionFailed,
        ImpossibleFileDate,
        PreconditionRequired,
    ),
    summary="Correct, close or reopen a personal file",
)
async def change_personal_file(
    response: Response,
    personal_file_id: UUID,
    changes: PersonalFilePatch,
    expected: IfMatch,
    caller: Writer,
    services: Services,
) -> PersonalFileOut:
    """Change the members that are sent."""
    async with services.database.work(caller.scope) as work:
        found = await find_personal_file(personal_file_id)
        expected.require(found.revision)
        found = await edit_personal_file(work, found, changes.changes(), today=today(services.clock, caller.time_zone))
        person = await find_person(found.person_id)
    response.headers["ETag"] = etag(found.revision)
    return PersonalFileOut.of(found, person)


@router.post(
    "/personal-files/{personal_file_id}/case",
    responses=problem_responses(
        NotFound, PersonalFileDestroyed, CaseNotOpen, CaseHasSubject, SubjectHasCase, StaleState
    ),
    summary="Make a personal file a case",
)
async def attach_personal_file(
    personal_file_id: UUID, wanted: CaseOfFileIn, caller: Filer, services: Services
) -> CaseOut:
    """Say which open case this personal file is; what is kept in it is filed when that case is closed."""
    async with services.database.work(caller.scope) as work:
        found = await find_personal_file(personal_file_id)
        case = await attach_subject(work, wanted.case_id, "personal_file", personal_file_id, person_id=found.person_id)
    return CaseOut.of(case)
