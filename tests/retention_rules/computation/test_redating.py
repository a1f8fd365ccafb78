"""A changed rule: what moves, in which direction, and what a person has to accept."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.circumstances import Circumstances, Policy, RuleVersion
from retention.redating import Redating, Shift, compare
from retention.schedule import decide
from retention.terms import AppraisalMark, Gate, Rule, Term, TermKind
from retention.verdicts import Outcome, Verdict
from tests.retention_rules.any_case import DAYS, POLICIES, circumstances, rules
from tests.retention_rules.rules import SOURCE, happened, term, verdict, years

CLOSED = date(2019, 6, 1)
TODAY = date(2026, 1, 1)
GATE = Gate(words="При условии проведения проверки")
OTHER_GATE = Gate(words="При отсутствии споров")


def of(term: Term, *conditions: Gate, today: date = TODAY) -> Verdict:
    return verdict(term, *conditions, closed=CLOSED, today=today, policy=SOURCE)


FIVE, TEN, THREE = of(years(5)), of(years(10)), of(years(3))
MARKED = of(years(5, mark=AppraisalMark.EPK))
GATED = of(years(5), GATE)
OTHERWISE_GATED = of(years(5), OTHER_GATE)
GATED_TEN = of(years(10), GATE)
WAITS = of(years(5, "replaced"))
WAITS_FOR_TWO = of(years(5, "replaced", "contract_ended"))
NEED_ONE, NEED_FIVE = of(term(TermKind.MIN_YEARS, number=1)), of(term(TermKind.MIN_YEARS, number=5))
LIQUIDATION, PERMANENT = of(term(TermKind.UNTIL_LIQUIDATION)), of(term(TermKind.PERMANENT))
GATED_PERMANENT = of(term(TermKind.PERMANENT), GATE)
REVIEW = of(term(TermKind.NOT_APPLICABLE))


@pytest.mark.parametrize(
    ("old", "new", "shift", "accept"),
    [
        (FIVE, FIVE, Shift.UNCHANGED, False),
        (FIVE, TEN, Shift.LATER, False),
        (TEN, FIVE, Shift.EARLIER, True),
        (FIVE, THREE, Shift.EARLIER, True),
        (FIVE, MARKED, Shift.BLOCKED, False),
        (MARKED, FIVE, Shift.UNBLOCKED, True),
        (FIVE, GATED, Shift.BLOCKED, False),
        (GATED, FIVE, Shift.UNBLOCKED, True),
        (GATED, OTHERWISE_GATED, Shift.UNBLOCKED, True),
        (GATED, TEN, Shift.LATER, True),
        (TEN, GATED, Shift.EARLIER, True),
        (GATED, GATED_TEN, Shift.LATER, False),
        (FIVE, WAITS, Shift.BLOCKED, False),
        (WAITS, FIVE, Shift.UNBLOCKED, True),
        (WAITS, WAITS, Shift.UNCHANGED, False),
        (WAITS, WAITS_FOR_TWO, Shift.BLOCKED, False),
        (WAITS_FOR_TWO, WAITS, Shift.UNBLOCKED, True),
        (NEED_ONE, NEED_FIVE, Shift.BLOCKED, False),
        (NEED_FIVE, NEED_ONE, Shift.UNBLOCKED, True),
        (WAITS, PERMANENT, Shift.BLOCKED, False),
        (PERMANENT, LIQUIDATION, Shift.UNBLOCKED, True),
        (LIQUIDATION, PERMANENT, Shift.BLOCKED, False),
        (PERMANENT, WAITS, Shift.UNBLOCKED, True),
        (GATED_PERMANENT, PERMANENT, Shift.UNCHANGED, False),
        (GATED, PERMANENT, Shift.BLOCKED, False),
        (PERMANENT, REVIEW, Shift.BLOCKED, False),
        (REVIEW, PERMANENT, Shift.UNBLOCKED, True),
        (REVIEW, TEN, Shift.UNBLOCKED, True),
    ],
)
def test_a_change_has_a_direction(old: Verdict, new: Verdict, shift: Shift, *, accept: bool) -> None:
    found = compare(old, new)
    assert (found.shift, found.needs_acceptance) == (shift, accept)
    assert (found.before, found.after) == (old.earliest_act_date, new.earliest_act_date)
    assert (found.outcome_before, found.outcome_after) == (old.outcome, new.outcome)


def test_what_becomes_disposable_today_is_named() -> None:
    assert compare(TEN, FIVE).disposable_now
    assert compare(WAITS, FIVE).disposable_now
    assert not compare(FIVE, THREE).disposable_now
    assert not compare(FIVE, TEN).disposable_now
    assert not compare(TEN, of(years(5), today=date(2024, 1, 1))).disposable_now


def test_an_open_case_is_unchanged_by_any_rule() -> None:
    nothing = verdict(years(5), closed=None)
    assert compare(nothing, verdict(years(1), closed=None)) == Redating(
        shift=Shift.UNCHANGED,
        needs_acceptance=False,
        before=None,
        after=None,
        outcome_before=Outcome.NOT_CLOSED,
        outcome_after=Outcome.NOT_CLOSED,
        disposable_now=False,
    )


def test_an_event_that_is_recorded_loosens_nothing_but_the_waiting() -> None:
    rule = years(5, "replaced")
    recorded = verdict(rule, closed=CLOSED, today=TODAY, events=(happened("replaced", date(2020, 1, 1)),))
    assert compare(WAITS, recorded).shift is Shift.UNBLOCKED


@given(rules(), rules(), circumstances(), POLICIES, DAYS)
def test_whatever_brings_a_case_nearer_to_an_act_has_to_be_accepted(
    one: RuleVersion, other: RuleVersion, facts: Circumstances, policy: Policy, today: date
) -> None:
    old, new = (decide(rule, facts, today=today, policy=policy) for rule in (one, other))
    found = compare(old, new)
    if found.disposable_now or found.shift in {Shift.EARLIER, Shift.UNBLOCKED}:
        assert found.needs_acceptance
    if not found.needs_acceptance:
        later = today + timedelta(days=40_000)
        then_old, then_new = (decide(rule, facts, today=later, policy=policy) for rule in (one, other))
        assert then_old.may_enter_act or not then_new.may_enter_act
    assert compare(old, old).shift is Shift.UNCHANGED
    assert (found.shift is Shift.UNCHANGED) <= (compare(new, old).shift is Shift.UNCHANGED)


@given(st.integers(1, 150), st.integers(1, 150))
def test_the_direction_is_that_of_the_years(one: int, other: int) -> None:
    versions = (RuleVersion("в", Rule(term=years(number))) for number in (one, other))
    facts = Circumstances(closed_on=CLOSED)
    found = compare(*(decide(version, facts, today=TODAY, policy=SOURCE) for version in versions))
    wanted = Shift.LATER if other > one else Shift.EARLIER if other < one else Shift.UNCHANGED
    assert found.shift is wanted
