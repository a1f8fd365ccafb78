"""Addresses of legal representatives; all of them are for who may read СНИЛС and contacts."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.people.errors import EndsBeforeStart
from core.people.keeping import find_person
from core.representatives import keeping
from core.representatives.keeping import edit_representative, find_representative
from core.representatives.models import Representative
from core.representatives.schemas import RepresentativeIn, RepresentativeOut, RepresentativePatch
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["representatives"])

Reader = Annotated[Caller, Depends(allow(Permission.PEOPLE_READ, Permission.PEOPLE_PRIVATE))]
Writer = Annotated[Caller, Depends(allow(Permission.PEOPLE_WRITE, Permission.PEOPLE_PRIVATE))]


@router.get(
    "/people/{person_id}/representatives",
    responses=problem_responses(NotFound, BadCursor),
    summary="List the representatives of a learner",
)
async def list_representatives(
    person_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[RepresentativeOut]:
    """In the order of their names, those that have ended too."""
    async with services.database.work(caller.scope) as work:
        await find_person(person_id)
        listing = Listing(Representative.filter(person_id=person_id), ("sort_key", "id"))
        shown = await paged(listing, page, RepresentativeOut.of)
        work.record("representative.listed", "person", person_id, {"shown": len(shown.items)})
    return shown


@router.post(
    "/people/{person_id}/representatives",
    status_code=201,
    responses=problem_responses(NotFound, EndsBeforeStart),
    summary="Record a representative of a learner",
)
async def create_representative(
    response: Response, person_id: UUID, wanted: RepresentativeIn, caller: Writer, services: Services
) -> RepresentativeOut:
    """Record who represents the learner, on which ground and from when.

    Of two children with the same parent each has a representative of its own.
    """
    async with services.database.work(caller.scope) as work:
        await find_person(person_id)
        made = await keeping.create_representative(work, person_id, wanted.to_wanted())
    response.headers["Location"] = f"/api/v1/representatives/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return RepresentativeOut.of(made)


@router.get(
    "/representatives/{representative_id}",
    responses=UNCHANGED | problem_responses(NotFound),
    summary="Read a representative",
)
async def read_representative(
    request: Request, response: Response, representative_id: UUID, caller: Reader, services: Services
) -> RepresentativeOut:
    """What is known of a representative."""
    async with services.database.work(caller.scope) as work:
        found = await find_representative(representative_id)
        fresh(request, response, found.revision)
        work.record("representative.read", "representative", representative_id)
    return RepresentativeOut.of(found)


@router.patch(
    "/representatives/{representative_id}",
    responses=problem_responses(NotFound, EndsBeforeStart, StaleState, PreconditionFailed, PreconditionRequired),
    summary="Correct or end a representative",
)
async def change_representative(
    response: Response,
    representative_id: UUID,
    changes: RepresentativePatch,
    expected: IfMatch,
    caller: Writer,
    services: Services,
) -> RepresentativeOut:
    """Change the members that are sent; who represents the learner no longer gets a last day."""
    async with services.database.work(caller.scope) as work:
        present = await find_representative(representative_id)
        expected.require(present.revision)
        present = await edit_representative(work, present, changes.changes())
    response.headers["ETag"] = etag(present.revision)
    return RepresentativeOut.of(present)
