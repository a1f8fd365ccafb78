"""Arithmetic of the law: years from 1 January, months, days from a moment, working days."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.calendar import (
    WorkingCalendar,
    add_months,
    earliest_act_after_years,
    first_day_of_year_after,
    last_day_from_moment,
    next_day,
)
from retention.errors import BeyondCalendar, RetentionError

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))


@pytest.mark.parametrize(
    ("closed", "years", "earliest"),
    [
        (date(2008, 1, 1), 3, date(2012, 1, 1)),
        (date(2008, 12, 31), 3, date(2012, 1, 1)),
        (date(2024, 2, 29), 1, date(2026, 1, 1)),
        (date(2031, 5, 5), 75, date(2107, 1, 1)),
        (date(2056, 5, 5), 50, date(2107, 1, 1)),
        (date(9990, 1, 1), 8, date(9999, 1, 1)),
    ],
)
def test_a_term_of_years_counts_from_january(closed: date, years: int, earliest: date) -> None:
    assert earliest_act_after_years(closed, years) == earliest
    assert first_day_of_year_after(closed) == date(closed.year + 1, 1, 1)


@pytest.mark.parametrize(
    ("moment", "years", "last"),
    [
        (date(2025, 3, 10), 3, date(2028, 3, 10)),
        (date(2024, 2, 29), 3, date(2027, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2024, 2, 28), 1, date(2025, 2, 28)),
        (date(2023, 2, 28), 1, date(2024, 2, 28)),
        (date(2096, 2, 29), 4, date(2100, 2, 28)),
        (date(2032, 1, 1), 75, date(2107, 1, 1)),
    ],
)
def test_a_term_from_the_moment_ends_with_the_same_day(moment: date, years: int, last: date) -> None:
    assert last_day_from_moment(moment, years) == last


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2024, 8, 31), 6, date(2025, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2024, 1, 31), 3, date(2024, 4, 30)),
        (date(2024, 1, 15), 11, date(2024, 12, 15)),
        (date(2024, 1, 15), 12, date(2025, 1, 15)),
        (date(2024, 12, 1), 0, date(2024, 12, 1)),
        (date(9999, 6, 30), 6, date(9999, 12, 30)),
    ],
)
def test_months_end_with_the_same_day_or_the_last_one(day: date, months: int, result: date) -> None:
    assert add_months(day, months) == result


def test_what_lies_beyond_the_calendar_is_said_so() -> None:
    asked: tuple[tuple[int, Callable[[], date]], ...] = (
        (10_000, lambda: earliest_act_after_years(date(9999, 1, 1), 0)),
        (11_025, lambda: earliest_act_after_years(date(2024, 1, 1), 9000)),
        (10_000, lambda: first_day_of_year_after(date(9999, 1, 1))),
        (10_000, lambda: last_day_from_moment(date(9999, 1, 1), 1)),
        (10_000, lambda: add_months(date(9999, 12, 1), 1)),
        (10_000, lambda: next_day(date.max)),
    )
    for year, beyond in asked:
        with pytest.raises(BeyondCalendar) as error:
            beyond()
        assert isinstance(error.value, RetentionError)
        assert error.value.code == "beyond_calendar"
        assert error.value.year == year
        assert str(error.value).startswith(f"The term would end in the year {year}, ")
    assert next_day(date(9999, 12, 30)) == date.max


HOLIDAYS = WorkingCalendar(
    holidays=frozenset({date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 8), date(2025, 5, 9)}),
    working_weekends=frozenset({date(2025, 11, 1)}),
    known_years=frozenset({2025}),
)


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        (date(2025, 4, 29), 1, date(2025, 4, 30)),
        (date(2025, 4, 29), 2, date(2025, 5, 5)),
        (date(2025, 4, 30), 10, date(2025, 5, 20)),
        (date(2025, 5, 3), 1, date(2025, 5, 5)),
        (date(2025, 10, 31), 1, date(2025, 11, 1)),
        (date(2025, 10, 31), 2, date(2025, 11, 3)),
        (date(2025, 5, 3), 0, date(2025, 5, 3)),
    ],
)
def test_working_days_skip_days_of_rest_and_never_count_the_first(start: date, count: int, last: date) -> None:
    assert HOLIDAYS.add_working_days(start, count) == last


def test_a_calendar_says_which_years_it_knows() -> None:
    assert HOLIDAYS.knows([date(2025, 1, 1), date(2025, 12, 31)])
    assert not HOLIDAYS.knows([date(2025, 12, 31), date(2026, 1, 1)])
    assert WorkingCalendar().add_working_days(date(2025, 4, 30), 1) == date(2025, 5, 1)
    assert not WorkingCalendar().is_working(date(2025, 5, 3))
    assert not WorkingCalendar().is_working(date(2025, 5, 4))


@given(DAYS, DAYS, st.integers(0, 150))
def test_a_later_day_never_gives_an_earlier_end(one: date, other: date, years: int) -> None:
    first, second = sorted((one, other))
    assert earliest_act_after_years(first, years) <= earliest_act_after_years(second, years)
    assert last_day_from_moment(first, years) <= last_day_from_moment(second, years)


@given(DAYS, st.integers(0, 150))
def test_the_count_from_january_lasts_whole_years_and_never_less_than_from_the_moment(day: date, years: int) -> None:
    free = earliest_act_after_years(day, years)
    assert (free.month, free.day) == (1, 1)
    assert free.year - first_day_of_year_after(day).year == years
    assert last_day_from_moment(day, years) < free


@given(DAYS, st.integers(1, 60))
def test_between_the_event_and_the_last_working_day_lie_as_many_working_days(start: date, count: int) -> None:
    last = HOLIDAYS.add_working_days(start, count)
    between = [start + timedelta(days=each) for each in range(1, (last - start).days + 1)]
    assert sum(HOLIDAYS.is_working(day) for day in between) == count
    assert HOLIDAYS.is_working(last)
