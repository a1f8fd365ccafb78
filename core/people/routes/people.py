"""Addresses of learners."""

from collections.abc import Callable, Collection
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.clock import today
from core.kernel.errors import Forbidden, NotFound, StaleState
from core.kernel.keyset import Listing
from core.people import keeping
from core.people.errors import ExternalNumberTaken, ImpossibleBirthDate, PersonEnded, SnilsTaken
from core.people.keeping import PRIVATE, edit_person, find_person
from core.people.models import Person
from core.people.names import name_prefix
from core.people.schemas import PersonalDataOut, PersonIn, PersonOut, PersonPatch
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.fields import CleanLine, Day
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["people"])

Reader = Annotated[Caller, Depends(allow(Permission.PEOPLE_READ))]
PrivateReader = Annotated[Caller, Depends(allow(Permission.PEOPLE_READ, Permission.PEOPLE_PRIVATE))]
Writer = Annotated[Caller, Depends(allow(Permission.PEOPLE_WRITE))]

_LAST_CHARACTER = "\U0010ffff"


def _require_private(caller: Caller, sent: Collection[str]) -> None:
    """Refuse to answer by an error whose СНИЛС it is to somebody who may not read it."""
    if not (caller.may(Permission.PEOPLE_PRIVATE) or PRIVATE.isdisjoint(sent)):
        raise Forbidden(needed=[Permission.PEOPLE_PRIVATE.value])


def _teller(caller: Caller) -> Callable[[Person], PersonOut]:
    return PersonOut.of if caller.scope.own_groups_on is None else PersonOut.to_teacher


@router.get("/people", responses=problem_responses(BadCursor), summary="List learners")
async def list_people(
    caller: Reader,
    services: Services,
    page: Paging,
    name: Annotated[
        CleanLine | None,
        Query(
            max_length=300,
            description="Only those whose full name begins so: family name first, ё as е, any case.",
            examples=["Образцова В"],
        ),
    ] = None,
    birth_date: Annotated[Day | None, Query(description="Only those born on this day.")] = None,
    external_number: Annotated[
        CleanLine | None, Query(max_length=100, description="Only the one with this number of another system.")
    ] = None,
) -> Page[PersonOut]:
    """In the order of their names. The search finds also by former names and in spite of typing errors."""
    wanted: dict[str, Any] = {}
    if name is not None and (beginning := name_prefix(name)):
        wanted |= {"sort_key__gte": beginning, "sort_key__lt": beginning + _LAST_CHARACTER}
    if birth_date is not None:
        wanted["birth_date"] = birth_date
    if external_number is not None:
        wanted["external_number"] = external_number
    filters = {"name": name, "birth_date": birth_date and birth_date.isoformat(), "external_number": external_number}
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(Person.filter(**wanted), ("sort_key", "id")), page, _teller(caller))
        said = {key: value for key, value in filters.items() if value is not None}
        work.record("person.listed", "person", "", {"filters": said, "shown": len(shown.items)})
    return shown


@router.post(
    "/people",
    status_code=201,
    responses=problem_responses(ExternalNumberTaken, SnilsTaken, ImpossibleBirthDate),
    summary="Take in a learner",
)
async def create_person(response: Response, wanted: PersonIn, caller: Writer, services: Services) -> PersonOut:
    """Take in a learner; the personal file is opened by another request.

    Sex, СНИЛС and contacts need the permission `people.private` too.
    """
    _require_private(caller, wanted.model_fields_set)
    async with services.database.work(caller.scope) as work:
        person = await keeping.create_person(work, wanted.to_wanted(), today=today(services.clock, caller.time_zone))
    response.headers["Location"] = f"/api/v1/people/{person.id}"
    response.headers["ETag"] = etag(person.revision)
    return PersonOut.of(person)


@router.get(
    "/people/{person_id}", responses=UNCHANGED | problem_responses(NotFound, PersonEnded), summary="Read a learner"
)
async def read_person(
    request: Request, response: Response, person_id: UUID, caller: Reader, services: Services
) -> PersonOut:
    """What is known of a learner."""
    async with services.database.work(caller.scope) as work:
        person = await find_person(person_id)
        fresh(request, response, person.revision)
        work.record("person.read", "person", person_id)
    return _teller(caller)(person)


@router.get(
    "/people/{person_id}/personal-data",
    responses=UNCHANGED | problem_responses(NotFound, PersonEnded),
    summary="Read СНИЛС and contacts of a learner",
)
async def read_personal_data(
    request: Request, response: Response, person_id: UUID, caller: PrivateReader, services: Services
) -> PersonalDataOut:
    """What is in no list and no search; changed where the learner is."""
    async with services.database.work(caller.scope) as work:
        person = await find_person(person_id)
        fresh(request, response, person.revision)
        work.record("person.personal_data_read", "person", person_id)
    return PersonalDataOut.of(person)


@router.patch(
    "/people/{person_id}",
    responses=problem_responses(
        NotFound,
        PersonEnded,
        ExternalNumberTaken,
        SnilsTaken,
        StaleState,
        PreconditionFailed,
        ImpossibleBirthDate,
        PreconditionRequired,
    ),
    summary="Correct or rename a learner",
)
async def change_person(
    response: Response, person_id: UUID, changes: PersonPatch, expected: IfMatch, caller: Writer, services: Services
) -> PersonOut:
    """Change the members that are sent; everything that belongs to the learner is then found under the new name.

    Sex, СНИЛС and contacts need the permission `people.private` too.
    """
    _require_private(caller, changes.model_fields_set)
    async with services.database.work(caller.scope) as work:
        person = await find_person(person_id)
        expected.require(person.revision)
        person = await edit_person(
            work,
            person,
            changes.changes(),
            today=today(services.clock, caller.time_zone),
            keep_former_name=changes.keep_former_name,
        )
    response.headers["ETag"] = etag(person.revision)
    return PersonOut.of(person)
