"""Addresses of enrolments, and who is in a group on a day."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from core.access.dependencies import Services
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.people.errors import EndsBeforeStart
from core.people.grouping import find_group
from core.people.models import Person
from core.people.schemas import PersonOut
from core.studies import enrolling
from core.studies.enrolling import edit_enrolment, find_enrolment, present_on
from core.studies.errors import AlreadyEnrolled, EnrolmentUnfit
from core.studies.models import Enrolment, EnrolmentRole
from core.studies.routes.dependencies import Reader, RosterReader, Writer
from core.studies.schemas import EnrolmentIn, EnrolmentOut, EnrolmentPatch
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.fields import Day
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["studies"])


@router.get("/enrolments", responses=problem_responses(BadCursor), summary="List enrolments")
async def list_enrolments(  # noqa: PLR0913, PLR0917 (each is a filter)
    caller: Reader,
    services: Services,
    page: Paging,
    group_id: Annotated[UUID | None, Query(description="Only those of this group.")] = None,
    person_id: Annotated[UUID | None, Query(description="Only those of this learner.")] = None,
    staff_id: Annotated[UUID | None, Query(description="Only those of this member of the staff.")] = None,
    role: Annotated[EnrolmentRole | None, Query(description="Only those in this role.")] = None,
    on: Annotated[
        Day | None, Query(description="Only those that hold on this day; without it those of the past too.")
    ] = None,
) -> Page[EnrolmentOut]:
    """Who studies or teaches in which group, in the order in which it became known."""
    given = {"group_id": group_id, "person_id": person_id, "staff_id": staff_id, "role": role}
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    async with services.database.work(caller.scope) as work:
        rows = Enrolment.filter(**wanted) if on is None else Enrolment.filter(present_on(on), **wanted)
        shown = await paged(Listing(rows, ("id",)), page, EnrolmentOut.of)
        said = wanted if on is None else {**wanted, "on": on}
        work.record("enrolment.listed", "enrolment", "", {"filters": said, "shown": len(shown.items)})
    return shown


@router.get(
    "/groups/{group_id}/learners",
    responses=problem_responses(NotFound, BadCursor),
    summary="List the learners of a group on a day",
)
async def list_learners(
    group_id: UUID,
    caller: RosterReader,
    services: Services,
    page: Paging,
    on: Annotated[Day | None, Query(description="The institution's today, if it is left out.")] = None,
) -> Page[PersonOut]:
    """In the order of their names. Teachers are told of the present learners of the own groups."""
    day = on or caller.today(services.clock)
    whole = caller.scope.own_groups_on is None
    async with services.database.work(caller.scope) as work:
        await find_group(group_id)
        enrolled = Enrolment.filter(present_on(day), group_id=group_id, role=EnrolmentRole.LEARNER)
        learners = [each.person_id for each in await enrolled]
        listing = Listing(Person.filter(id__in=learners), ("sort_key", "id"))
        shown = await paged(listing, page, PersonOut.of if whole else PersonOut.to_teacher)
        work.record("group.learners_listed", "group", group_id, {"on": day, "shown": len(shown.items)})
    return shown


@router.post(
    "/enrolments",
    status_code=201,
    responses=problem_responses(EnrolmentUnfit, EndsBeforeStart, AlreadyEnrolled, NotFound),
    summary="Put somebody into a group",
)
async def create_enrolment(response: Response, wanted: EnrolmentIn, caller: Writer, services: Services) -> EnrolmentOut:
    """Put a learner or a member of the staff into a group; who changes group gets an end there and a new one here."""
    async with services.database.work(caller.scope) as work:
        enrolment = await enrolling.create_enrolment(work, wanted.to_wanted())
    response.headers["Location"] = f"/api/v1/enrolments/{enrolment.id}"
    response.headers["ETag"] = etag(enrolment.revision)
    return EnrolmentOut.of(enrolment)


@router.get(
    "/enrolments/{enrolment_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read an enrolment"
)
async def read_enrolment(
    request: Request, response: Response, enrolment_id: UUID, caller: Reader, services: Services
) -> EnrolmentOut:
    """What is known of an enrolment."""
    async with services.database.work(caller.scope) as work:
        enrolment = await find_enrolment(enrolment_id)
        fresh(request, response, enrolment.revision)
        work.record("enrolment.read", "enrolment", enrolment_id)
    return EnrolmentOut.of(enrolment)


@router.patch(
    "/enrolments/{enrolment_id}",
    responses=problem_responses(
        NotFound,
        EnrolmentUnfit,
        EndsBeforeStart,
        AlreadyEnrolled,
        StaleState,
        PreconditionFailed,
        PreconditionRequired,
    ),
    summary="Correct or end an enrolment",
)
async def change_enrolment(
    response: Response,
    enrolment_id: UUID,
    changes: EnrolmentPatch,
    expected: IfMatch,
    caller: Writer,
    services: Services,
) -> EnrolmentOut:
    """Change the members that are sent; who leaves a group gets a last day, and nothing is removed."""
    async with services.database.work(caller.scope) as work:
        enrolment = await find_enrolment(enrolment_id)
        expected.require(enrolment.revision)
        enrolment = await edit_enrolment(work, enrolment, changes.changes())
    response.headers["ETag"] = etag(enrolment.revision)
    return EnrolmentOut.of(enrolment)
