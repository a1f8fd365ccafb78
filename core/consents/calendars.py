"""The working days of an institution, year by year, and the deadlines that are counted with them."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from core.consents.errors import ImpossibleCalendar
from core.consents.models import WorkingCalendarYear
from core.institutions.registry import present
from core.kernel.database.work import Work
from core.nomenclature.drafting import actor
from retention.calendar import WorkingCalendar
from retention.two_clocks import Deadline, DutyEvent, deadline

_FRIDAY: Final = 4
_YEARS_AHEAD: Final = 2


async def decide_calendar(
    work: Work, year: int, days_of_rest: Iterable[date], working_weekends: Iterable[date], basis: str
) -> WorkingCalendarYear:
    """Write down the calendar of a year; duties that were counted before stay. Raises `ImpossibleCalendar`."""
    rest, weekends = sorted(set(days_of_rest)), sorted(set(working_weekends))
    wrong = [day for day in (*rest, *weekends) if day.year != year]
    wrong += [day for day in weekends if day.weekday() <= _FRIDAY or day in rest]
    if wrong:
        raise ImpossibleCalendar(days=sorted({day.isoformat() for day in wrong}))
    row = await WorkingCalendarYear.create(
        year=year,
        days_of_rest=[day.isoformat() for day in rest],
        working_weekends=[day.isoformat() for day in weekends],
        basis=basis,
        decided_by=actor(work),
        decided_at=work.now,
    )
    payload = {"year": year, "days_of_rest": row.days_of_rest, "working_weekends": row.working_weekends, "basis": basis}
    work.record("working_calendar.decided", "working_calendar", row.id, payload)
    return row


async def calendar_from(day: date) -> WorkingCalendar:
    """Return the working days of the year of `day` and of those after it, as far as they were entered."""
    rows = await WorkingCalendarYear.filter(year__gte=day.year, year__lte=day.year + _YEARS_AHEAD).order_by("id")
    latest = {row.year: row for row in rows}.values()
    return WorkingCalendar(
        holidays=frozenset(date.fromisoformat(each) for row in latest for each in row.days_of_rest),
        working_weekends=frozenset(date.fromisoformat(each) for row in latest for each in row.working_weekends),
        known_years=frozenset(row.year for row in latest),
    )


async def deadline_of(work: Work, event: DutyEvent, happened_on: date) -> Deadline:
    """Return by when the duty has to be done that `event` sets running, in the days of the institution."""
    zone = ZoneInfo((await present(work)).time_zone)
    happened = datetime.combine(happened_on, time(), tzinfo=zone)
    return deadline(event, happened, await calendar_from(happened_on))
