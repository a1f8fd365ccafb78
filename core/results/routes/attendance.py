"""Addresses of attendance."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from core.access.dependencies import Services
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.people.grouping import find_group
from core.people.keeping import find_person
from core.results import attendance
from core.results.errors import ImpossibleResultDate, ResultStruckOut, UnknownReference
from core.results.history import changes_of
from core.results.models import Attendance
from core.results.routes.dependencies import Enterer, Reader
from core.results.schemas.results import AttendanceIn, AttendanceOut, AttendancePatch, ChangeOut, StrikeIn
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.fields import Day
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["attendance"])

Since = Annotated[Day | None, Query(description="Only lessons of this day and later ones.")]
Until = Annotated[Day | None, Query(description="Only lessons of this day and earlier ones.")]


def _wanted(since: Day | None, until: Day | None, **named: Any) -> dict[str, Any]:  # noqa: ANN401 - a column
    bounds = {"lesson_on__gte": since, "lesson_on__lte": until}
    return named | {name: value for name, value in bounds.items() if value is not None}


@router.get(
    "/people/{person_id}/attendance",
    responses=problem_responses(NotFound, BadCursor),
    summary="List a learner's attendance",
)
async def list_attendance_of_person(
    person_id: UUID, caller: Reader, services: Services, page: Paging, since: Since = None, until: Until = None
) -> Page[AttendanceOut]:
    """The latest lesson first, with what was struck out or is gone at the source."""
    async with services.database.work(caller.scope) as work:
        await find_person(person_id)
        chosen = Attendance.filter(**_wanted(since, until, person_id=person_id))
        shown = await paged(Listing(chosen, ("-lesson_on", "-id")), page, AttendanceOut.of)
        work.record("attendance.listed", "person", person_id, {"shown": len(shown.items)})
    return shown


@router.get(
    "/groups/{group_id}/attendance",
    responses=problem_responses(NotFound, BadCursor),
    summary="List a group's attendance",
)
async def list_attendance_of_group(
    group_id: UUID, caller: Reader, services: Services, page: Paging, since: Since = None, until: Until = None
) -> Page[AttendanceOut]:
    """The latest lesson first."""
    async with services.database.work(caller.scope) as work:
        await find_group(group_id)
        chosen = Attendance.filter(**_wanted(since, until, group_id=group_id))
        shown = await paged(Listing(chosen, ("-lesson_on", "-id")), page, AttendanceOut.of)
        work.record("attendance.listed", "group", group_id, {"shown": len(shown.items)})
    return shown


@router.post(
    "/attendance",
    status_code=201,
    responses=problem_responses(UnknownReference, ImpossibleResultDate),
    summary="Enter attendance",
)
async def enter_attendance(
    response: Response, wanted: AttendanceIn, caller: Enterer, services: Services
) -> AttendanceOut:
    """Write into the register what it says of a learner at a lesson."""
    async with services.database.work(caller.scope) as work:
        made = await attendance.enter_attendance(work, wanted.to_wanted())
    response.headers["Location"] = f"/api/v1/attendance/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return AttendanceOut.of(made)


@router.get("/attendance/{attendance_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read attendance")
async def read_attendance(
    request: Request, response: Response, attendance_id: UUID, caller: Reader, services: Services
) -> AttendanceOut:
    """An entry of the register."""
    async with services.database.work(caller.scope) as work:
        entry = await attendance.find_attendance(attendance_id)
        fresh(request, response, entry.revision)
        work.record("attendance.read", "attendance", attendance_id)
    return AttendanceOut.of(entry)


@router.patch(
    "/attendance/{attendance_id}",
    responses=problem_responses(
        NotFound,
        UnknownReference,
        ImpossibleResultDate,
        ResultStruckOut,
        StaleState,
        PreconditionFailed,
        PreconditionRequired,
    ),
    summary="Correct attendance",
)
async def change_attendance(
    response: Response,
    attendance_id: UUID,
    changes: AttendancePatch,
    expected: IfMatch,
    caller: Enterer,
    services: Services,
) -> AttendanceOut:
    """Change the members that are sent; what it said stays visible."""
    async with services.database.work(caller.scope) as work:
        entry = await attendance.find_attendance(attendance_id)
        expected.require(entry.revision)
        entry = await attendance.correct_attendance(work, entry, changes.changes())
    response.headers["ETag"] = etag(entry.revision)
    return AttendanceOut.of(entry)


@router.post(
    "/attendance/{attendance_id}/striking-out",
    responses=problem_responses(NotFound, ResultStruckOut, StaleState),
    summary="Strike attendance out",
)
async def strike_attendance_out(
    response: Response, attendance_id: UUID, wanted: StrikeIn, caller: Enterer, services: Services
) -> AttendanceOut:
    """Strike an entry out with a reason; it stays visible."""
    async with services.database.work(caller.scope) as work:
        entry = await attendance.find_attendance(attendance_id)
        entry = await attendance.strike_attendance_out(work, entry, wanted.reason)
    response.headers["ETag"] = etag(entry.revision)
    return AttendanceOut.of(entry)


@router.get(
    "/attendance/{attendance_id}/changes",
    responses=problem_responses(NotFound, BadCursor),
    summary="Read what attendance said",
)
async def list_changes_of_attendance(
    attendance_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[ChangeOut]:
    """Who changed what, from what, to what; a source's changes too."""
    async with services.database.work(caller.scope) as work:
        await attendance.find_attendance(attendance_id)
        position = page.position((int,))
        rows, following = await changes_of(work, attendance_id, position[0] if position else 0, page.limit)
        work.record("attendance.changes_read", "attendance", attendance_id)
    return page.closed([ChangeOut.of(row) for row in rows], following)
