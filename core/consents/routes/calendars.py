"""Addresses of calendars of working days."""

from typing import Annotated

from fastapi import Query, Response

from core.access.dependencies import Services
from core.consents import calendars
from core.consents.errors import ImpossibleCalendar
from core.consents.models import WorkingCalendarYear
from core.consents.routes.dependencies import Configurer, Reader
from core.consents.schemas import CalendarIn, CalendarOut
from core.kernel.keyset import Listing
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["duties"])


@router.get("/working-calendars", responses=problem_responses(BadCursor), summary="List calendars of working days")
async def list_working_calendars(
    caller: Reader,
    services: Services,
    page: Paging,
    year: Annotated[int | None, Query(ge=1900, le=2999, description="Only those of this year.")] = None,
) -> Page[CalendarOut]:
    """The newest first; of a year the newest one holds."""
    wanted = {} if year is None else {"year": year}
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(WorkingCalendarYear.filter(**wanted), ("-id",)), page, CalendarOut.of)
        work.record("working_calendar.listed", "working_calendar", "", {"filters": wanted})
    return shown


@router.post(
    "/working-calendars",
    status_code=201,
    responses=problem_responses(ImpossibleCalendar),
    summary="Decide the working days of a year",
)
async def decide_working_calendar(
    response: Response, wanted: CalendarIn, caller: Configurer, services: Services
) -> CalendarOut:
    """Enter the days of rest and working weekends of a year; deadlines that were counted before stay as they are."""
    async with services.database.work(caller.scope) as work:
        made = await calendars.decide_calendar(
            work, wanted.year, wanted.days_of_rest, wanted.working_weekends, wanted.basis
        )
    response.headers["Location"] = f"/api/v1/working-calendars?year={made.year}"
    return CalendarOut.of(made)
