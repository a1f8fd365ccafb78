"""Calendar arithmetic of the law: years that begin on 1 January, terms from a moment, working days.

Everything is a `date`, never a moment in seconds: terms run past the year 2106, where 32-bit time ends.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from typing import Final

from retention.errors import BeyondCalendar

ONE_DAY: Final = timedelta(days=1)
_MONTHS_A_YEAR: Final = 12
_SATURDAY: Final = 5


def first_day_of_year_after(day: date) -> date:
    """Return 1 January of the year after `day`: there the count of a term begins (правило 1 января).

    Raises:
        BeyondCalendar: `day` lies in the last year a date can have.
    """
    return _january(day.year + 1)


def earliest_act_after_years(day: date, years: int) -> date:
    """Return the first day on which a case that was closed on `day` may enter an act: 01.01.(Y + N + 1).

    Source: приказ Минприроды 26.12.2012 № 456, п. 6.4.2 (a case of 2008 kept three years: 1 January 2012).

    Raises:
        BeyondCalendar: The term ends after the year 9999.
    """
    return _january(day.year + years + 1)


def last_day_from_moment(moment: date, years: int) -> date:
    """Return the last day of a term that runs «с момента»: the same day `years` later.

    From 29 February the term ends, in a common year, with the last day of February (ГК РФ ст. 191, 192).

    Raises:
        BeyondCalendar: The term ends after the year 9999.
    """
    return add_months(moment, years * _MONTHS_A_YEAR)


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or the last day of that month if it has no such day (ГК РФ ст. 192 п. 3).

    Raises:
        BeyondCalendar: The day lies after the year 9999.
    """
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    if year > MAXYEAR:
        raise BeyondCalendar(year)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_day(day: date) -> date:
    """Return the day after.

    Raises:
        BeyondCalendar: `day` is the last one there is.
    """
    if day == date.max:
        raise BeyondCalendar(MAXYEAR + 1)
    return day + ONE_DAY


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are working days (производственный календарь); set per institution, new every year.

    A year that is not in `known_years` counts every Monday to Friday as a working day: without its holidays a deadline
    comes out early, never late.
    """

    holidays: frozenset[date] = frozenset()
    """Days of rest that fall on Monday to Friday."""
    working_weekends: frozenset[date] = frozenset()
    """Saturdays and Sundays on which people work."""
    known_years: frozenset[int] = frozenset()

    def is_working(self, day: date) -> bool:
        """Tell whether people work on `day`."""
        if day in self.working_weekends:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def add_working_days(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`; the day of the event itself does not count (ГК РФ ст. 191).

        Raises:
            BeyondCalendar: The day lies after the year 9999.
        """
        for _ in range(count):
            day = next_day(day)
            while not self.is_working(day):
                day = next_day(day)
        return day

    def knows(self, days: Iterable[date]) -> bool:
        """Tell whether the days of rest of all these days' years have been entered."""
        return {day.year for day in days} <= self.known_years


def _january(year: int) -> date:
    if year > MAXYEAR:
        raise BeyondCalendar(year)
    return date(year, 1, 1)
