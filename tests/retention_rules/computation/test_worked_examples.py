"""The worked examples of the facts about retention, section 5, one by one and with exact dates."""

from dataclasses import replace
from datetime import date

import pytest

from retention.circumstances import Appraisal, AppraisalDecision, Policy
from retention.terms import AppraisalMark, Counting, Gate, NonSource, Term, TermKind, Upgrade
from retention.verdicts import Outcome
from tests.retention_rules.rules import NO_SOURCE, SOURCE, Given, happened, term, verdict, years

AUDIT = Gate(words="При условии проведения проверки")
NO_ANNUAL = Upgrade(words="При отсутствии годовых", term=Term(kind=TermKind.PERMANENT))
PERSONNEL = term(TermKind.DUAL, mark=AppraisalMark.EPK)

# row, term, conditions, facts, earliest act date
DATED: list[tuple[str, Term, date, Given, date]] = [
    ("1 any, 2008", years(3), date(2008, 6, 1), {}, date(2012, 1, 1)),
    ("2 any, 2011", years(3), date(2011, 12, 31), {}, date(2015, 1, 1)),
    ("3 any, April 2017", years(5), date(2017, 4, 3), {}, date(2023, 1, 1)),
    ("4 class register", years(5), date(2024, 5, 31), {}, date(2030, 1, 1)),
    ("5 timetable", years(1), date(2020, 1, 1), {}, date(2022, 1, 1)),
    (
        "6 learner's file",
        years(3, "learner_left"),
        date(2024, 6, 25),
        {"events": (happened("learner_left", date(2024, 6, 25)),)},
        date(2028, 1, 1),
    ),
    (
        "8 contract, the later event",
        years(5, "contract_ended", "obligations_ended"),
        date(2024, 8, 31),
        {
            "events": (
                happened("contract_ended", date(2024, 8, 31)),
                happened("obligations_ended", date(2025, 2, 15)),
            ),
        },
        date(2031, 1, 1),
    ),
    ("9 personnel order, 2002", replace(PERSONNEL, mark=None), date(2002, 12, 31), {}, date(2078, 1, 1)),
    ("10 personnel order, 2003", replace(PERSONNEL, mark=None), date(2003, 1, 1), {}, date(2054, 1, 1)),
    ("11 staff file 1995-2010", PERSONNEL, date(2010, 7, 1), {}, date(2061, 1, 1)),
    ("12 register of diplomas", years(50, mark=AppraisalMark.EPK), date(2024, 6, 28), {}, date(2075, 1, 1)),
    ("13 consolidated marks", years(25), date(2024, 8, 30), {}, date(2050, 1, 1)),
    ("14 safety briefings", years(45), date(2024, 12, 31), {}, date(2070, 1, 1)),
    (
        "15 consent withdrawn",
        years(3, "consent_ended"),
        date(2025, 3, 10),
        {"events": (happened("consent_ended", date(2025, 3, 10)),)},
        date(2029, 1, 1),
    ),
    (
        "16 from the moment of destruction",
        years(3, "pd_destroyed", counting=Counting.MOMENT),
        date(2025, 3, 10),
        {"events": (happened("pd_destroyed", date(2025, 3, 10)),)},
        date(2028, 3, 11),
    ),
    (
        "17 regulation replaced",
        years(3, "replaced"),
        date(2021, 2, 1),
        {"events": (happened("replaced", date(2025, 5, 14)),)},
        date(2029, 1, 1),
    ),
    (
        "18 until replaced",
        term(TermKind.UNTIL_REPLACED, "replaced"),
        date(2021, 2, 1),
        {"events": (happened("replaced", date(2025, 5, 14)),)},
        date(2026, 1, 1),
    ),
    (
        "19 until no longer needed, decided at once",
        term(TermKind.UNTIL_NOT_NEEDED, number=1),
        date(2024, 3, 1),
        {"need_ended_on": date(2024, 3, 2)},
        date(2026, 1, 1),
    ),
    (
        "19 until no longer needed, decided later",
        term(TermKind.UNTIL_NOT_NEEDED, number=1),
        date(2024, 3, 1),
        {"need_ended_on": date(2026, 3, 2)},
        date(2026, 3, 2),
    ),
    ("22 age", term(TermKind.AGE_BASED, number=75), date(1998, 9, 1), {"age": 40}, date(2034, 1, 1)),
]


@pytest.mark.parametrize(("row", "rule", "closed", "facts", "earliest"), DATED, ids=[row[0] for row in DATED])
def test_a_case_is_free_from_the_very_day(row: str, rule: Term, closed: date, facts: Given, earliest: date) -> None:
    before = verdict(rule, closed=closed, today=date.fromordinal(earliest.toordinal() - 1), **facts)
    assert (before.outcome, before.earliest_act_date, before.may_enter_act) == (Outcome.RETAINED, earliest, False), row
    assert before.obstacles[0].code == "date_not_reached"
    on_the_day = verdict(rule, closed=closed, today=earliest, **facts)
    free = Outcome.NEEDS_APPRAISAL if rule.mark else Outcome.DUE
    assert (on_the_day.outcome, on_the_day.may_enter_act) == (free, rule.mark is None)
    assert on_the_day.kept_until == date.fromordinal(earliest.toordinal() - 1)


def test_row_7_a_learner_who_still_studies_gives_no_date() -> None:
    rule = years(3, "learner_left")
    for still_open in (verdict(rule, closed=None), verdict(rule, closed=date(2024, 6, 25))):
        assert still_open.earliest_act_date is None
        assert not still_open.may_enter_act
    assert verdict(rule, closed=None).outcome is Outcome.NOT_CLOSED
    waits = verdict(rule, closed=date(2024, 6, 25))
    assert waits.outcome is Outcome.AWAITING
    assert [each.code for each in waits.awaited] == ["learner_left"]


def test_row_8_one_of_two_events_is_not_enough() -> None:
    rule = years(5, "contract_ended", "obligations_ended")
    waits = verdict(rule, closed=date(2024, 8, 31), events=(happened("contract_ended", date(2024, 8, 31)),))
    assert (waits.outcome, waits.earliest_act_date) == (Outcome.AWAITING, None)
    assert [each.code for each in waits.awaited] == ["obligations_ended"]


def test_row_12_the_commission_has_to_decide_and_not_before_the_term_is_over() -> None:
    rule, closed, today = years(50, mark=AppraisalMark.EPK), date(2024, 6, 28), date(2075, 2, 1)
    early = Appraisal(AppraisalDecision.DESTROY, date(2074, 12, 31), "протокол 1")
    assert verdict(rule, closed=closed, today=today, appraisal=early).outcome is Outcome.NEEDS_APPRAISAL
    in_time = Appraisal(AppraisalDecision.DESTROY, date(2075, 1, 1), "протокол 2")
    assert verdict(rule, closed=closed, today=today, appraisal=in_time).may_enter_act
    not_yet = Appraisal(AppraisalDecision.DESTROY, date(2075, 2, 2), "протокол 3")
    assert verdict(rule, closed=closed, today=today, appraisal=not_yet).outcome is Outcome.NEEDS_APPRAISAL


def test_row_18_without_a_replacement_there_is_no_date() -> None:
    waits = verdict(term(TermKind.UNTIL_REPLACED, "replaced"), closed=date(2021, 2, 1))
    assert (waits.outcome, waits.earliest_act_date) == (Outcome.AWAITING, None)


def test_row_19_without_a_decision_there_is_no_date_but_a_day_before_which_it_never_is() -> None:
    waits = verdict(term(TermKind.UNTIL_NOT_NEEDED, number=1), closed=date(2024, 3, 1))
    assert (waits.outcome, waits.earliest_act_date) == (Outcome.AWAITING, None)
    assert waits.not_before == date(2026, 1, 1)


def test_row_20_an_audit_that_was_not_held_keeps_the_case_though_the_date_has_passed() -> None:
    closed, today = date(2019, 12, 31), date(2026, 6, 1)
    gated = verdict(years(5), AUDIT, closed=closed, today=today)
    assert (gated.outcome, gated.earliest_act_date) == (Outcome.GATED, date(2025, 1, 1))
    assert [each.code for each in gated.obstacles] == ["gate_open"]
    assert gated.open_gates == (AUDIT.words,)
    held = {AUDIT.words: date(2021, 4, 1)}
    assert verdict(years(5), AUDIT, closed=closed, today=today, closed_gates=held).may_enter_act


@pytest.mark.parametrize("policy", [SOURCE, NO_SOURCE])
def test_row_21_a_quarterly_report_without_an_annual_one_never_goes(policy: Policy) -> None:
    kept = verdict(years(5), NO_ANNUAL, closed=date(2019, 12, 31), policy=policy)
    assert kept.outcome is (Outcome.PERMANENT if policy is SOURCE else Outcome.UNTIL_LIQUIDATION)
    assert kept.earliest_act_date is None
    assert kept.assumed == (NO_ANNUAL.words,)


def test_row_23_permanent_without_a_source_is_until_liquidation() -> None:
    permanent = term(TermKind.PERMANENT)
    assert verdict(permanent, closed=date(2019, 1, 1)).outcome is Outcome.UNTIL_LIQUIDATION
    assert verdict(permanent, closed=date(2019, 1, 1), policy=SOURCE).outcome is Outcome.PERMANENT
    said = NonSource(words="не являющихся источниками", term=term(TermKind.UNTIL_LIQUIDATION))
    assert verdict(permanent, said, closed=date(2019, 1, 1)).outcome is Outcome.UNTIL_LIQUIDATION
    assert verdict(permanent, said, closed=date(2019, 1, 1), policy=SOURCE).outcome is Outcome.PERMANENT
