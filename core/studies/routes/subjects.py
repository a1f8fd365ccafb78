"""Addresses of subjects."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from core.access.dependencies import Services
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.people.names import name_prefix
from core.studies import subjects
from core.studies.errors import AliasOfAlias, SubjectTaken
from core.studies.models import Subject
from core.studies.routes.dependencies import Reader, Writer
from core.studies.schemas import SubjectIn, SubjectOut, SubjectPatch
from core.studies.subjects import edit_subject, find_subject
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.fields import CleanLine
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["studies"])

_LAST_CHARACTER = "\U0010ffff"


@router.get("/subjects", responses=problem_responses(BadCursor), summary="List subjects")
async def list_subjects(
    caller: Reader,
    services: Services,
    page: Paging,
    name: Annotated[CleanLine | None, Query(max_length=300, description="Only those whose name begins so.")] = None,
    alias_of_id: Annotated[UUID | None, Query(description="Only other names of this subject.")] = None,
) -> Page[SubjectOut]:
    """In the order of their names, other names of a subject among them."""
    wanted: dict[str, Any] = {} if alias_of_id is None else {"alias_of_id": alias_of_id}
    if name is not None and (beginning := name_prefix(name)):
        wanted |= {"sort_key__gte": beginning, "sort_key__lt": beginning + _LAST_CHARACTER}
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(Subject.filter(**wanted), ("sort_key", "id")), page, SubjectOut.of)
        work.record("subject.listed", "subject", "", {"filters": wanted, "shown": len(shown.items)})
    return shown


@router.post(
    "/subjects",
    status_code=201,
    responses=problem_responses(SubjectTaken, AliasOfAlias, NotFound),
    summary="Make a subject",
)
async def create_subject(response: Response, wanted: SubjectIn, caller: Writer, services: Services) -> SubjectOut:
    """Make a subject, or another name of one."""
    async with services.database.work(caller.scope) as work:
        subject = await subjects.create_subject(work, wanted.to_wanted())
    response.headers["Location"] = f"/api/v1/subjects/{subject.id}"
    response.headers["ETag"] = etag(subject.revision)
    return SubjectOut.of(subject)


@router.get("/subjects/{subject_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a subject")
async def read_subject(
    request: Request, response: Response, subject_id: UUID, caller: Reader, services: Services
) -> SubjectOut:
    """What is known of a subject."""
    async with services.database.work(caller.scope) as work:
        subject = await find_subject(subject_id)
        fresh(request, response, subject.revision)
        work.record("subject.read", "subject", subject_id)
    return SubjectOut.of(subject)


@router.patch(
    "/subjects/{subject_id}",
    responses=problem_responses(
        NotFound, SubjectTaken, AliasOfAlias, StaleState, PreconditionFailed, PreconditionRequired
    ),
    summary="Correct a subject, or make it an alias",
)
async def change_subject(
    response: Response, subject_id: UUID, changes: SubjectPatch, expected: IfMatch, caller: Writer, services: Services
) -> SubjectOut:
    """Change the members that are sent; results stay with the name under which they came."""
    async with services.database.work(caller.scope) as work:
        subject = await find_subject(subject_id)
        expected.require(subject.revision)
        subject = await edit_subject(work, subject, changes.changes())
    response.headers["ETag"] = etag(subject.revision)
    return SubjectOut.of(subject)
