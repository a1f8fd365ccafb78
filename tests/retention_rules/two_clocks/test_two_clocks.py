"""Archival term and purpose of processing: what follows, and by when."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from retention.calendar import WorkingCalendar
from retention.terms import Gate, TermKind
from retention.two_clocks import (
    DUTY_RULES,
    Consequence,
    Duty,
    DutyEvent,
    DutyRule,
    Governing,
    Purpose,
    Unit,
    consequence,
    deadline,
)
from retention.verdicts import Verdict
from tests.retention_rules.rules import SOURCE, term, verdict, years

CLOSED = date(2019, 6, 1)
RUNS = verdict(years(5), closed=CLOSED, today=date(2024, 1, 1))
OVER = verdict(years(5), closed=CLOSED, today=date(2025, 1, 1))
OVER_AND_HELD = verdict(years(5), closed=CLOSED, today=date(2025, 1, 1), holds=("иск",))
RUNS_AND_HELD = verdict(years(5), closed=CLOSED, today=date(2024, 1, 1), holds=("иск",))
GATED = verdict(years(5), Gate(words="При условии проведения проверки"), closed=CLOSED)
WAITS = verdict(years(5, "replaced"), closed=CLOSED)
PERMANENT = verdict(term(TermKind.PERMANENT), closed=CLOSED, policy=SOURCE)
UNTIL_LIQUIDATION = verdict(term(TermKind.PERMANENT), closed=CLOSED)
UNCLEAR = verdict(term(TermKind.NOT_APPLICABLE), closed=CLOSED)
ARCHIVAL, BY_PURPOSE = Governing.ARCHIVAL_TERM, Governing.PURPOSE
LASTS, ENDED = Purpose.LASTS, Purpose.ENDED


@pytest.mark.parametrize(
    ("archival", "purpose", "governing", "follows"),
    [
        (RUNS, LASTS, ARCHIVAL, Consequence.KEEP),
        (RUNS, LASTS, BY_PURPOSE, Consequence.KEEP),
        (RUNS, ENDED, ARCHIVAL, Consequence.RESTRICT),
        (RUNS, ENDED, BY_PURPOSE, Consequence.DESTROY),
        (RUNS_AND_HELD, ENDED, ARCHIVAL, Consequence.RESTRICT),
        (RUNS_AND_HELD, ENDED, BY_PURPOSE, Consequence.WAIT_FOR_HOLD),
        (OVER, LASTS, ARCHIVAL, Consequence.KEEP_WITH_REASON),
        (OVER, ENDED, ARCHIVAL, Consequence.DESTROY),
        (OVER_AND_HELD, ENDED, ARCHIVAL, Consequence.WAIT_FOR_HOLD),
        (OVER_AND_HELD, LASTS, ARCHIVAL, Consequence.KEEP_WITH_REASON),
        (GATED, ENDED, ARCHIVAL, Consequence.RESTRICT),
        (WAITS, ENDED, ARCHIVAL, Consequence.RESTRICT),
        (WAITS, ENDED, BY_PURPOSE, Consequence.DESTROY),
        (PERMANENT, ENDED, BY_PURPOSE, Consequence.RESTRICT),
        (UNTIL_LIQUIDATION, ENDED, BY_PURPOSE, Consequence.RESTRICT),
        (UNCLEAR, ENDED, BY_PURPOSE, Consequence.RESTRICT),
    ],
)
def test_two_clocks_have_one_consequence(
    archival: Verdict, purpose: Purpose, governing: Governing, follows: Consequence
) -> None:
    assert consequence(archival, purpose, governing) is follows


def test_the_archival_term_governs_unless_the_institution_says_otherwise() -> None:
    assert consequence(RUNS, ENDED) is Consequence.RESTRICT


# A Wednesday before the May holidays of 2025.
HAPPENED = datetime(2025, 4, 30, 23, 30, tzinfo=timezone(timedelta(hours=3)))
CALENDAR = WorkingCalendar(
    holidays=frozenset({date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 8), date(2025, 5, 9)}),
    known_years=frozenset({2025}),
)


@pytest.mark.parametrize(
    ("event", "duty", "day", "extended"),
    [
        (DutyEvent.ACCESS_DEMANDED, Duty.ANSWER, date(2025, 5, 20), date(2025, 5, 27)),
        (DutyEvent.AUTHORITY_ASKED, Duty.ANSWER, date(2025, 5, 20), date(2025, 5, 27)),
        (DutyEvent.INACCURACY_PROVED, Duty.CORRECT, date(2025, 5, 15), None),
        (DutyEvent.NO_NEED_PROVED, Duty.DESTROY, date(2025, 5, 15), None),
        (DutyEvent.CHECK_DEMANDED, Duty.BLOCK, date(2025, 4, 30), None),
        (DutyEvent.INACCURACY_CONFIRMED, Duty.CORRECT, date(2025, 5, 15), None),
        (DutyEvent.UNLAWFUL_TO_STOP, Duty.STOP, date(2025, 5, 7), None),
        (DutyEvent.UNLAWFUL_TO_DESTROY, Duty.DESTROY, date(2025, 5, 20), None),
        (DutyEvent.LEAK_TO_NOTIFY, Duty.NOTIFY, date(2025, 5, 1), None),
        (DutyEvent.LEAK_TO_REPORT, Duty.NOTIFY, date(2025, 5, 3), None),
        (DutyEvent.PURPOSE_REACHED, Duty.DESTROY, date(2025, 5, 30), None),
        (DutyEvent.CONSENT_WITHDRAWN, Duty.DESTROY, date(2025, 5, 30), None),
        (DutyEvent.STOP_DEMANDED, Duty.STOP, date(2025, 5, 20), date(2025, 5, 27)),
        (DutyEvent.DESTRUCTION_IMPOSSIBLE, Duty.DESTROY, date(2025, 10, 30), None),
    ],
)
def test_each_event_sets_its_deadline(event: DutyEvent, duty: Duty, day: date, extended: date | None) -> None:
    found = deadline(event, HAPPENED, CALENDAR)
    assert (found.rule.duty, found.day, found.extended) == (duty, day, extended or day)
    assert found.rule.article.startswith("ст. ")
    assert found.calendar_known


def test_every_event_has_a_deadline() -> None:
    assert set(DUTY_RULES) == set(DutyEvent)


def test_hours_are_counted_from_the_moment() -> None:
    found = deadline(DutyEvent.LEAK_TO_NOTIFY, HAPPENED, CALENDAR)
    assert found.moment == datetime(2025, 5, 1, 20, 30, tzinfo=UTC)
    report = deadline(DutyEvent.LEAK_TO_REPORT, HAPPENED, CALENDAR)
    assert report.moment == datetime(2025, 5, 3, 20, 30, tzinfo=UTC)
    assert deadline(DutyEvent.PURPOSE_REACHED, HAPPENED, CALENDAR).moment is None
    own = {DutyEvent.LEAK_TO_NOTIFY: DutyRule(Duty.NOTIFY, 24, Unit.HOURS, "ст. 21", 24)}
    prolonged = deadline(DutyEvent.LEAK_TO_NOTIFY, HAPPENED, CALENDAR, own)
    assert (prolonged.day, prolonged.extended) == (date(2025, 5, 1), date(2025, 5, 2))


def test_a_calendar_without_the_days_of_rest_gives_an_earlier_day_and_says_so() -> None:
    found = deadline(DutyEvent.UNLAWFUL_TO_DESTROY, HAPPENED, WorkingCalendar())
    assert (found.day, found.calendar_known) == (date(2025, 5, 14), False)
    assert deadline(DutyEvent.PURPOSE_REACHED, HAPPENED, WorkingCalendar()).calendar_known


@pytest.mark.parametrize("happened", [datetime(2024, 12, 28, tzinfo=UTC), datetime(2025, 12, 16, tzinfo=UTC)])
def test_every_year_from_the_event_to_the_prolonged_end_has_to_be_known(happened: datetime) -> None:
    found = deadline(DutyEvent.ACCESS_DEMANDED, happened, CALENDAR)
    assert {happened.year, found.day.year, found.extended.year} > {2025}
    assert found.day.year == 2025
    assert not found.calendar_known


def test_a_year_between_that_is_not_known_is_told_as_well() -> None:
    gap = WorkingCalendar(known_years=frozenset({2025, 2027}))
    own = {DutyEvent.ACCESS_DEMANDED: DutyRule(Duty.ANSWER, 250, Unit.WORKING_DAYS, "ст. 20", 250)}
    found = deadline(DutyEvent.ACCESS_DEMANDED, HAPPENED, gap, own)
    assert (found.day.year, found.extended.year) == (2026, 2027)
    assert not found.calendar_known


def test_an_institution_sets_its_own_deadlines() -> None:
    own = {**DUTY_RULES, DutyEvent.PURPOSE_REACHED: DutyRule(Duty.DESTROY, 3, Unit.WORKING_DAYS, "ст. 21 ч. 4", 1)}
    found = deadline(DutyEvent.PURPOSE_REACHED, HAPPENED, CALENDAR, own)
    assert (found.day, found.extended) == (date(2025, 5, 7), date(2025, 5, 12))
