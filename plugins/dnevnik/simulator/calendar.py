"""The study year of the simulated platform: reporting periods and the days of lessons. Local wall time, no zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

PERIOD_IDS = 1_900_000_000_000_000_000
YEAR_END = 9
"""Stands in ids where a reporting period has its index: final marks of the year."""

_QUARTERS = ((9, 1, 10, 26), (11, 5, 12, 28), (1, 12, 3, 22), (3, 30, 5, 26))
_HALVES = ((9, 1, 12, 28), (1, 12, 5, 26))
SENIOR = 10
"""From this parallel on a year has half-years instead of quarters."""
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Period:
    """A reporting period of one school and parallel."""

    id: int
    index: int
    start: date
    finish: date
    kind: str
    year: int

    @property
    def number(self) -> int:
        """Counted from one."""
        return self.index + 1

    @property
    def name(self) -> str:
        """As the journal names it."""
        return f"{self.number} четверть" if self.kind == "Quarter" else f"{self.number} полугодие"


def study_year(day: date) -> int:
    """Return the year in which the study year of `day` began; summer belongs to the year before."""
    return day.year if day.month >= 9 else day.year - 1  # noqa: PLR2004 (September)


def is_summer(moment: datetime) -> bool:
    """Tell whether nobody has lessons within the next thirty days or had some within the last week."""
    return date(moment.year, 6, 3) <= moment.date() < date(moment.year, 8, 2)


@cache
def periods_of(year: int, school: int, parallel: int) -> tuple[Period, ...]:
    """Return the reporting periods of a study year."""
    senior = parallel >= SENIOR
    spans = _HALVES if senior else _QUARTERS
    base = PERIOD_IDS + year * 100_000 + school * 100 + (50 if senior else 0)
    return tuple(
        Period(
            id=base + index + 1,
            index=index,
            start=date(year + (first_month < 9), first_month, first_day),  # noqa: PLR2004 (September)
            finish=date(year + (last_month < 9), last_month, last_day),  # noqa: PLR2004 (September)
            kind="HalfYear" if senior else "Quarter",
            year=year,
        )
        for index, (first_month, first_day, last_month, last_day) in enumerate(spans)
    )


@cache
def workdays(start: date, finish: date) -> tuple[date, ...]:
    """Return Monday to Friday of an interval, both ends included."""
    days = (start + timedelta(days=number) for number in range((finish - start).days + 1))
    return tuple(day for day in days if day.weekday() < _SATURDAY)
