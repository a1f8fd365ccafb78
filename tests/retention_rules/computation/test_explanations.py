"""The reasons of a verdict are complete: from them alone, by other arithmetic, the same date comes out."""

import re
from datetime import date, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given

from retention.circumstances import (
    Answer,
    Appraisal,
    AppraisalDecision,
    Circumstances,
    OpenEnd,
    Policy,
    RuleVersion,
)
from retention.reasons import Fact, Reason, ReasonCode, fact_names, mark
from retention.schedule import decide
from retention.terms import (
    AppraisalMark,
    Condition,
    Counting,
    Fallback,
    Floor,
    Gate,
    OtherTerm,
    OtherTermBy,
    Rule,
    TermKind,
    Transfer,
    Upgrade,
)
from retention.verdicts import Outcome, Verdict
from tests.retention_rules.any_case import DAYS, POLICIES, circumstances, rules
from tests.retention_rules.rules import NO_SOURCE, SOURCE, happened, term, verdict, years

MAIN = {ReasonCode.TERM_OF_RULE, ReasonCode.TERM_OF_SOURCE, ReasonCode.TERM_OF_NON_SOURCE}
ORIGINS = MAIN | {
    ReasonCode.TERM_OF_UPGRADE,
    ReasonCode.TERM_OF_ASSUMED_UPGRADE,
    ReasonCode.TERM_OF_PART,
    ReasonCode.TERM_OF_ASSUMED_PART,
    ReasonCode.TERM_OF_FALLBACK,
    ReasonCode.FLOOR_EVENT,
}
Facts: TypeAlias = dict[str, Fact]
NEVER = "never"
WAITS = "waits"


class Reader:
    """Reads reasons as a person would, and keeps what each candidate came to."""

    def __init__(self) -> None:
        self.closed = date.min
        self.start = date.min
        self.origin: ReasonCode | None = None
        self.needs_person = False
        self.ends: list[tuple[ReasonCode | None, date | str]] = []

    def end(self, what: date | str) -> None:
        self.ends.append((self.origin, what))

    def replace_last(self, what: date | str) -> None:
        self.ends[-1] = (self.ends[-1][0], what)

    def read(self, reason: Reason) -> None:
        if reason.code in ORIGINS:
            self.origin, self.start = reason.code, self.closed
        understood = getattr(self, f"on_{reason.code}", None)
        if understood is not None:
            understood(reason.facts)

    def on_term_of_fallback(self, _: Facts) -> None:
        self.ends = [each for each in self.ends if not (each[0] in MAIN and each[1] == WAITS)]

    def on_closed(self, facts: Facts) -> None:
        self.closed = day(facts["closed_on"])

    def on_event(self, facts: Facts) -> None:
        self.start = max(self.start, day(facts["on"]))

    def on_latest_counts(self, facts: Facts) -> None:
        assert facts["day"] == self.start

    def on_event_awaited(self, _: Facts) -> None:
        self.end(WAITS)

    def on_counted_from_january(self, facts: Facts) -> None:
        assert facts["first_day"] == date(self.start.year + 1, 1, 1)
        self.start = day(facts["first_day"])

    def on_counted_from_moment(self, facts: Facts) -> None:
        assert facts["day"] == self.start

    def on_span(self, facts: Facts) -> None:
        self.span(int(str(facts["years"])), day(facts["last_day"]))

    def on_need_open(self, _: Facts) -> None:
        self.replace_last("needs a decision")

    def on_need_ended(self, facts: Facts) -> None:
        self.replace_last(max(day(self.ends[-1][1]), day(facts["on"])))

    def on_liquidated(self, _: Facts) -> None:
        self.ends.pop()

    def on_ends_with_year(self, facts: Facts) -> None:
        self.end(day(facts["last_day"]) + timedelta(days=1))

    on_ends_with_day = on_ends_with_year

    def on_permanent(self, _: Facts) -> None:
        self.end(NEVER)

    on_until_liquidation = on_permanent

    def on_floor(self, facts: Facts) -> None:
        last = date(self.closed.year + int(str(facts["years"])), 12, 31)
        assert facts["last_day"] == last
        self.end(last + timedelta(days=1))

    def on_prolonged(self, facts: Facts) -> None:
        self.end(day(facts["until"]) + timedelta(days=1))

    def on_age_impossible(self, _: Facts) -> None:
        self.needs_person = True

    def span(self, years: int, last: date) -> None:
        if (self.start.month, self.start.day) == (1, 1) and last.month == 12:
            assert last == date(self.start.year + years - 1, 12, 31)
        else:
            leap = (self.start.month, self.start.day) == (2, 29)
            same = self.start.replace(year=self.start.year + years, day=28 if leap else self.start.day)
            assert last - same in {timedelta(0), timedelta(days=1 if leap else 0)}
            assert (last + timedelta(days=1)).day != 29 or not leap
        self.end(last + timedelta(days=1))

    def result(self) -> date | None:
        days = [what for _, what in self.ends if isinstance(what, date)]
        if self.needs_person or len(days) < len(self.ends):
            return None
        return max(days)


def day(fact: object) -> date:
    assert isinstance(fact, date)
    return fact


@given(rules(), circumstances(), POLICIES, DAYS)
def test_the_date_can_be_recomputed_from_the_reasons_alone(
    rule: RuleVersion, facts: Circumstances, policy: Policy, today: date
) -> None:
    found = decide(rule, facts, today=today, policy=policy)
    reader = Reader()
    for reason in found.reasons:
        reader.read(reason)
    assert reader.result() == found.earliest_act_date


@given(rules(), circumstances(), POLICIES, DAYS)
def test_every_condition_of_the_rule_is_spoken_of(
    rule: RuleVersion, facts: Circumstances, policy: Policy, today: date
) -> None:
    found = decide(rule, facts, today=today, policy=policy)
    said = {str(value) for reason in found.reasons for value in reason.values}
    assert rule.rule is not None
    for condition in rule.rule.conditions:
        silent = {"non_source", "fallback"}
        assert condition.words in said or condition.type in silent
    for reason in found.reasons:
        assert set(re.findall(r"\{(\w+)\}", reason.message)) <= set(fact_names(reason.code))
        assert str(reason).endswith(".")


def test_every_code_has_a_message_that_names_only_its_facts() -> None:
    for code in ReasonCode:
        names = fact_names(code)
        reason = Reason(code, tuple(f"«{name}»" for name in names))
        assert reason.facts == {name: f"«{name}»" for name in names}
        assert set(re.findall(r"\{(\w+)\}", reason.message)) <= set(names)
        assert str(reason)[0].isupper() or str(reason).startswith("«")
    assert mark("message") == "message"


def test_a_rule_that_was_not_understood_says_its_words() -> None:
    facts = Circumstances(closed_on=date(2019, 1, 1), holds=("иск 1",))
    found = decide(RuleVersion("в", None, ("слова", "ещё")), facts, today=date(2100, 1, 1), policy=NO_SOURCE)
    assert (found.outcome, found.won_by, found.term, found.appraised) == (Outcome.NEEDS_REVIEW, None, None, True)
    assert (found.awaited, found.open_gates, found.assumed, found.holds) == ((), (), (), ("иск 1",))
    assert [reason.code for reason in found.reasons] == [
        ReasonCode.RULE,
        ReasonCode.NOT_UNDERSTOOD,
        ReasonCode.CLOSED,
        ReasonCode.HELD,
    ]
    assert found.reasons[1].facts == {"words": "слова; ещё"}
    assert [each.code for each in found.obstacles] == ["term_not_decided", "held"]
    empty = decide(RuleVersion("в", None), facts, today=date(2100, 1, 1), policy=NO_SOURCE)
    assert empty.reasons[1].code is ReasonCode.NO_TERM


@pytest.mark.parametrize("kind", [TermKind.COMPOUND, TermKind.NOT_APPLICABLE])
def test_a_rule_without_a_term_needs_a_person(kind: TermKind) -> None:
    found = verdict(term(kind), closed=date(2019, 1, 1))
    assert (found.outcome, found.reasons[-1].code) == (Outcome.NEEDS_REVIEW, ReasonCode.NO_TERM)


@pytest.mark.parametrize("kind", [TermKind.UNTIL_REPLACED, TermKind.UNTIL_CLAIMED, TermKind.UNTIL_EVENT])
def test_an_end_without_an_event_needs_a_person(kind: TermKind) -> None:
    found = verdict(term(kind), closed=date(2019, 1, 1))
    assert (found.outcome, found.reasons[-1].facts) == (Outcome.NEEDS_REVIEW, {"kind": kind.value})


def test_a_term_beyond_the_calendar_needs_a_person() -> None:
    found = verdict(years(150), closed=date(9900, 1, 1), holds=("иск 1",))
    assert (found.outcome, found.holds) == (Outcome.NEEDS_REVIEW, ("иск 1",))
    assert found.reasons[-2] == Reason(ReasonCode.BEYOND_CALENDAR, (10_051,))


def explained(found: Verdict) -> list[str]:
    return [str(reason) for reason in found.reasons]


def test_reasons_read_like_a_calculation() -> None:
    found = verdict(term(TermKind.DUAL), closed=date(2002, 12, 31), today=date(2026, 1, 1))
    assert explained(found) == [
        "The rule in version версия 1 applies.",
        "The case was closed on 2002-12-31.",
        "The term of the rule: dual 50/75.",
        "Closed in 2002 (the border is 2003): 75 years.",
        "The count begins on 2003-01-01.",
        "Years of the term: 75; its last day is 2077-12-31.",
        "The case may enter an act dated 2078-01-01 or later.",
    ]
    assert found.reasons[2].facts == {"kind": "dual", "years": "50/75", "words": ""}


def test_what_is_kept_permanently_has_no_length_and_says_so() -> None:
    found = verdict(term(TermKind.PERMANENT), closed=date(2002, 12, 31), policy=SOURCE)
    assert found.reasons[2].facts == {"kind": "permanent", "years": "", "words": ""}
    assert explained(found)[3:] == ["The case is kept permanently."]


def test_a_plain_rule_is_a_rule() -> None:
    assert RuleVersion("в", Rule(term=years(1))).not_understood == ()


@pytest.mark.parametrize("floors", [0, 1, 2])
def test_that_the_longest_won_is_said_when_there_was_a_choice(floors: int) -> None:
    conditions = [Floor(words=f"Не менее {number} лет", years=number) for number in range(1, floors + 1)]
    found = verdict(years(5), *conditions, closed=date(2019, 1, 1))
    said = [reason.facts for reason in found.reasons if reason.code is ReasonCode.LONGEST_WINS]
    assert said == ([{"number": floors + 1}] if floors else [])


def codes(found: Verdict) -> list[str]:
    return [reason.code for reason in found.reasons]


def test_the_latest_day_is_named_when_every_event_is_there() -> None:
    rule = years(5, "contract_ended", "obligations_ended")
    one = (happened("contract_ended", date(2020, 3, 1)),)
    both = (*one, happened("obligations_ended", date(2021, 3, 1)))
    waits = verdict(rule, closed=date(2019, 1, 1), events=one)
    assert codes(waits)[3:] == ["event", "event_awaited"]
    assert waits.reasons[3].facts == {
        "event": "contract_ended",
        "words": "слова contract_ended",
        "on": date(2020, 3, 1),
        "evidence": "доказательство contract_ended",
    }
    assert waits.reasons[4].facts == {"event": "obligations_ended", "words": "слова obligations_ended"}
    counted = verdict(rule, closed=date(2019, 1, 1), events=both)
    assert codes(counted)[3:] == ["event", "event", "latest_counts", "counted_from_january", "span", "free_from"]
    assert counted.reasons[5].facts == {"day": date(2021, 3, 1)}


@pytest.mark.parametrize(
    ("decision", "on", "code", "facts"),
    [
        ("destroy", date(2025, 1, 1), "appraised_destroy", {"on": date(2025, 1, 1), "minutes": "протокол"}),
        ("destroy", date(2024, 12, 31), "appraised_too_early", {"on": date(2024, 12, 31)}),
        ("keep", date(2024, 12, 31), "appraised_keep", {"on": date(2024, 12, 31), "minutes": "протокол"}),
    ],
)
def test_a_decision_of_the_commission_is_named_with_its_day(
    decision: str, on: date, code: str, facts: dict[str, object]
) -> None:
    appraisal = Appraisal(AppraisalDecision(decision), on, "протокол")
    found = verdict(years(5, mark=AppraisalMark.EPK), closed=date(2019, 1, 1), appraisal=appraisal)
    assert [reason.facts for reason in found.reasons if reason.code == code] == [facts]
    assert ("appraisal_awaited" in codes(found)) == (code != "appraised_destroy")


def test_every_step_names_what_it_rests_on() -> None:
    gate, archive = Gate(words="проверка"), Transfer(words="передаются")
    found = verdict(
        term(TermKind.UNTIL_NOT_NEEDED, number=1),
        gate,
        archive,
        Floor(words="Не менее 5 лет", years=5),
        closed=date(2019, 1, 1),
        closed_gates={gate.words: date(2020, 2, 2)},
        answers={archive.words: Answer.NO},
        need_ended_on=date(2021, 3, 3),
        prolonged_until=date(2030, 12, 31),
    )
    assert [(str(reason.code), reason.facts) for reason in found.reasons[3:]] == [
        ("counted_from_january", {"first_day": date(2020, 1, 1)}),
        ("span", {"years": 1, "last_day": date(2020, 12, 31)}),
        ("need_ended", {"on": date(2021, 3, 3)}),
        ("gate_closed", {"words": "проверка", "on": date(2020, 2, 2)}),
        ("transfer_excluded", {"words": "передаются"}),
        ("floor", {"words": "Не менее 5 лет", "years": 5, "last_day": date(2024, 12, 31)}),
        ("prolonged", {"until": date(2030, 12, 31)}),
        ("longest_wins", {"number": 3}),
        ("free_from", {"earliest": date(2031, 1, 1)}),
    ]


def test_ages_and_ends_name_their_days() -> None:
    aged = verdict(term(TermKind.AGE_BASED, number=75), closed=date(2019, 1, 1), age=40)
    assert aged.reasons[3].facts == {"full": 75, "age": 40, "years": 35}
    unknown = verdict(term(TermKind.AGE_BASED, number=75), closed=date(2019, 1, 1))
    assert unknown.reasons[3].facts == {"years": 75}
    impossible = verdict(term(TermKind.AGE_BASED, number=75), closed=date(2019, 1, 1), age=80)
    assert impossible.reasons[3].facts == {"full": 75, "age": 80}
    gone = Policy(source_of_acquisition=False, liquidated_on=date(2026, 4, 30))
    ended = verdict(term(TermKind.PERMANENT), closed=date(2019, 1, 1), policy=gone)
    assert [(str(reason.code), reason.facts) for reason in ended.reasons[3:]] == [
        ("read_as_liquidation", {}),
        ("until_liquidation", {}),
        ("liquidated", {"on": date(2026, 4, 30)}),
        ("ends_with_day", {"last_day": date(2026, 4, 30)}),
        ("free_from", {"earliest": date(2026, 5, 1)}),
    ]
    replaced = verdict(
        term(TermKind.UNTIL_REPLACED, "replaced"),
        closed=date(2019, 1, 1),
        events=(happened("replaced", date(2020, 5, 5)),),
    )
    assert replaced.reasons[5].facts == {"last_day": date(2020, 12, 31)}
    strict = verdict(
        term(TermKind.UNTIL_REPLACED, "replaced"),
        closed=date(2019, 1, 1),
        events=(happened("replaced", date(2020, 5, 5)),),
        policy=Policy(source_of_acquisition=False, after_open_end=OpenEnd.NEXT_DAY),
    )
    assert [(str(reason.code), reason.facts) for reason in strict.reasons[5:]] == [
        ("ends_with_day", {"last_day": date(2020, 5, 5)}),
        ("free_from", {"earliest": date(2020, 5, 6)}),
    ]


def test_a_term_that_counts_from_the_moment_names_the_day() -> None:
    found = verdict(
        years(3, "replaced", counting=Counting.MOMENT),
        closed=date(2019, 1, 1),
        events=(happened("replaced", date(2020, 5, 5)),),
    )
    assert [(str(reason.code), reason.facts) for reason in found.reasons[5:]] == [
        ("counted_from_moment", {"day": date(2020, 5, 5)}),
        ("span", {"years": 3, "last_day": date(2023, 5, 5)}),
        ("free_from", {"earliest": date(2023, 5, 6)}),
    ]


def test_what_has_no_date_yet_says_why_and_what_holds_it() -> None:
    found = verdict(years(5), closed=None, holds=("иск", "проверка"))
    assert [(str(reason.code), reason.facts) for reason in found.reasons[1:]] == [
        ("not_closed", {}),
        ("held", {"hold": "иск"}),
        ("held", {"hold": "проверка"}),
    ]


@pytest.mark.parametrize(
    "condition",
    [
        Upgrade(words="слова", term=years(10)),
        OtherTerm(by=OtherTermBy.SUB_KIND, words="слова", term=years(10)),
        Fallback(words="слова", term=years(10)),
    ],
)
def test_what_was_denied_is_said(condition: Condition) -> None:
    found = verdict(years(5), condition, closed=date(2019, 1, 1), answers={"слова": Answer.NO})
    assert [reason.facts for reason in found.reasons if reason.code is ReasonCode.CONDITION_DENIED] == [
        {"words": "слова"}
    ]


def test_a_reason_with_too_few_facts_is_an_error_of_ours() -> None:
    with pytest.raises(ValueError, match="shorter"):
        str(Reason(ReasonCode.GATE_CLOSED, ("проверка",)))
