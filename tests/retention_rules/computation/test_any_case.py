"""What is true of every verdict, whatever the rule and the case."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from retention.circumstances import Circumstances, Policy, RuleVersion
from retention.redating import compare
from retention.schedule import decide
from retention.terms import Condition, NonSource, TermKind
from retention.verdicts import Outcome, Verdict
from tests.retention_rules.any_case import COMPUTABLE, DAYS, POLICIES, additions, circumstances, rules

FOREVER = date.max
WITHOUT_END = {
    Outcome.NOT_CLOSED,
    Outcome.NEEDS_REVIEW,
    Outcome.AWAITING,
    Outcome.PERMANENT,
    Outcome.UNTIL_LIQUIDATION,
}
ONE_LENGTH = tuple(kind for kind in COMPUTABLE if kind is not TermKind.DUAL)


def free_from(verdict: Verdict) -> date:
    return verdict.earliest_act_date or FOREVER


@given(rules(ONE_LENGTH), circumstances(), POLICIES, st.integers(0, 5000))
def test_a_later_closing_never_gives_an_earlier_date(
    rule: RuleVersion, facts: Circumstances, policy: Policy, days: int
) -> None:
    assert facts.closed_on is not None
    later = replace(facts, closed_on=facts.closed_on + timedelta(days=days))
    today = date(2150, 1, 1)
    first, second = (decide(rule, each, today=today, policy=policy) for each in (facts, later))
    assert free_from(first) <= free_from(second)
    assert first.may_enter_act or not second.may_enter_act


@given(rules(), circumstances(DAYS.filter(lambda day: day.year >= 2003)), POLICIES, st.integers(0, 5000))
def test_nor_does_it_with_two_lengths_on_one_side_of_the_border(
    rule: RuleVersion, facts: Circumstances, policy: Policy, days: int
) -> None:
    assert facts.closed_on is not None
    later = replace(facts, closed_on=facts.closed_on + timedelta(days=days))
    first, second = (decide(rule, each, today=FOREVER, policy=policy) for each in (facts, later))
    assert free_from(first) <= free_from(second)


@given(rules(), circumstances(), POLICIES, DAYS)
def test_a_hold_makes_nothing_disposable_and_changes_nothing_else(
    rule: RuleVersion, facts: Circumstances, policy: Policy, today: date
) -> None:
    free = decide(rule, replace(facts, holds=()), today=today, policy=policy)
    held = decide(rule, replace(facts, holds=("иск 1", "иск 2")), today=today, policy=policy)
    assert not held.may_enter_act
    assert held.storage_lock.legal_hold
    assert [each.code for each in held.obstacles][-1:] == ["held"]
    assert held._replace(holds=(), reasons=free.reasons) == free
    assert held.reasons[: len(free.reasons)] == free.reasons
    assert [reason.facts for reason in held.reasons[len(free.reasons) :]] == [{"hold": "иск 1"}, {"hold": "иск 2"}]


@given(rules(), circumstances(), POLICIES, DAYS, st.integers(0, 40_000))
def test_waiting_longer_never_takes_a_permission_away(
    rule: RuleVersion, facts: Circumstances, policy: Policy, today: date, days: int
) -> None:
    now, later = (decide(rule, facts, today=day, policy=policy) for day in (today, today + timedelta(days=days)))
    assert now.earliest_act_date == later.earliest_act_date
    assert later.may_enter_act or not now.may_enter_act


@given(rules(), additions(), circumstances(), POLICIES, DAYS)
def test_a_condition_that_nobody_answered_never_loosens(
    rule: RuleVersion, addition: Condition, facts: Circumstances, policy: Policy, today: date
) -> None:
    assert rule.rule is not None
    unanswered = replace(facts, answers={}, closed_gates={})
    more = rule._replace(rule=replace(rule.rule, conditions=(*rule.rule.conditions, addition)))
    before, after = (decide(each, unanswered, today=today, policy=policy) for each in (rule, more))
    assert not compare(before, after).needs_acceptance
    assert free_from(before) <= free_from(after)


@given(rules(), circumstances(), POLICIES, DAYS)
def test_a_verdict_is_of_one_piece(rule: RuleVersion, facts: Circumstances, policy: Policy, today: date) -> None:
    found = decide(rule, facts, today=today, policy=policy)
    assert found.may_enter_act == (not found.obstacles)
    assert (found.earliest_act_date is None) == (found.outcome in WITHOUT_END)
    assert bool(found.awaited) == (found.outcome is Outcome.AWAITING)
    assert found.version == rule.version
    assert found.today == today
    if found.earliest_act_date is not None:
        assert found.not_before == found.earliest_act_date
        assert (found.outcome is Outcome.RETAINED) == (today < found.earliest_act_date)
        assert found.kept_until == found.earliest_act_date - timedelta(days=1)
        assert facts.closed_on is not None
        assert found.earliest_act_date > facts.closed_on
    if found.may_enter_act:
        assert not found.storage_lock.legal_hold
        assert found.storage_lock.retain_until == found.kept_until
        assert found.kept_until is not None
        assert found.kept_until < today
    if found.outcome in WITHOUT_END or found.open_gates or not found.appraised:
        assert found.storage_lock.legal_hold
    assert decide(rule, facts, today=today, policy=policy) == found


@given(rules(), circumstances(), POLICIES, DAYS)
def test_an_open_case_is_never_free(rule: RuleVersion, facts: Circumstances, policy: Policy, today: date) -> None:
    found = decide(rule, replace(facts, closed_on=None), today=today, policy=policy)
    assert found.outcome is Outcome.NOT_CLOSED
    assert [each.code for each in found.obstacles][0:1] == ["case_not_closed"]


@given(rules(), circumstances(), DAYS)
def test_a_substitute_for_other_institutions_does_not_touch_a_source(
    rule: RuleVersion, facts: Circumstances, today: date
) -> None:
    assert rule.rule is not None
    source = Policy(source_of_acquisition=True)
    without = tuple(each for each in rule.rule.conditions if not isinstance(each, NonSource))
    plain = rule._replace(rule=replace(rule.rule, conditions=without))
    assert decide(rule, facts, today=today, policy=source) == decide(plain, facts, today=today, policy=source)
