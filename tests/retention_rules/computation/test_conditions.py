"""Conditions of a rule: upgrades, parts, gates, floors, fallbacks, other exits, institutions that supply no archive."""

from datetime import date

import pytest

from retention.circumstances import Answer, Appraisal, AppraisalDecision, PermanentReading, Policy
from retention.reasons import ReasonCode
from retention.reckoning import Awaited, AwaitedKind
from retention.terms import (
    AppraisalMark,
    Fallback,
    Floor,
    Gate,
    NonSource,
    OtherTerm,
    OtherTermBy,
    TermKind,
    Transfer,
    Trigger,
    Upgrade,
)
from retention.verdicts import Outcome, StorageLock, Verdict
from tests.retention_rules.rules import NO_SOURCE, SOURCE, happened, term, verdict, years

CLOSED = date(2019, 6, 1)
PERMANENT = term(TermKind.PERMANENT)
LETTERS = OtherTerm(by=OtherTermBy.SUB_KIND, words="Переписка", term=years(3))
OF_THE_HEAD = OtherTerm(by=OtherTermBy.SUB_KIND, words="Руководителя", term=PERMANENT)
HARMFUL = Upgrade(words="При вредных условиях труда", term=term(TermKind.DUAL))
UNCLAIMED = Fallback(words="Невостребованные", term=term(TermKind.DUAL))
CLAIMED = term(TermKind.UNTIL_CLAIMED, "claimed")
YES, NO = Answer.YES, Answer.NO


@pytest.mark.parametrize(
    ("answer", "earliest", "won"),
    [
        (None, date(2070, 1, 1), ReasonCode.TERM_OF_ASSUMED_UPGRADE),
        (YES, date(2070, 1, 1), ReasonCode.TERM_OF_UPGRADE),
        (NO, date(2025, 1, 1), ReasonCode.TERM_OF_RULE),
    ],
)
def test_an_upgrade_holds_until_somebody_denies_it(answer: Answer | None, earliest: date, won: ReasonCode) -> None:
    answers = {HARMFUL.words: answer} if answer else {}
    found = verdict(years(5), HARMFUL, closed=CLOSED, answers=answers)
    assert (found.earliest_act_date, found.won_by) == (earliest, won)
    assert found.assumed == (() if answer else (HARMFUL.words,))


def test_a_shorter_upgrade_never_shortens() -> None:
    shorter = Upgrade(words="При наличии годовых", term=years(1))
    for answers in ({}, {shorter.words: YES}):
        found = verdict(years(5), shorter, closed=CLOSED, answers=answers)
        assert (found.earliest_act_date, found.won_by) == (date(2025, 1, 1), ReasonCode.TERM_OF_RULE)


@pytest.mark.parametrize(
    ("answer", "outcome", "earliest"),
    [
        (None, Outcome.PERMANENT, None),
        (YES, Outcome.DUE, date(2023, 1, 1)),
        (NO, Outcome.PERMANENT, None),
    ],
)
def test_a_term_of_a_part_replaces_only_when_all_is_of_that_part(
    answer: Answer | None, outcome: Outcome, earliest: date | None
) -> None:
    answers = {LETTERS.words: answer} if answer else {}
    found = verdict(PERMANENT, LETTERS, closed=CLOSED, policy=SOURCE, answers=answers)
    assert (found.outcome, found.earliest_act_date) == (outcome, earliest)
    assert found.assumed == (() if answer else (LETTERS.words,))


def test_of_several_parts_the_longest_wins() -> None:
    found = verdict(years(5), LETTERS, OF_THE_HEAD, closed=CLOSED, policy=SOURCE, answers={LETTERS.words: YES})
    assert found.outcome is Outcome.PERMANENT
    both = {LETTERS.words: YES, OF_THE_HEAD.words: NO}
    found = verdict(years(5), LETTERS, OF_THE_HEAD, closed=CLOSED, policy=SOURCE, answers=both)
    assert (found.outcome, found.won_by, found.term) == (Outcome.DUE, ReasonCode.TERM_OF_PART, LETTERS.term)


def test_a_term_that_waits_beats_a_date_and_names_everything_awaited() -> None:
    part = OtherTerm(by=OtherTermBy.PLACE, words="Присланные", term=term(TermKind.UNTIL_NOT_NEEDED, number=1))
    found = verdict(years(50, "replaced"), part, closed=CLOSED)
    assert (found.outcome, found.earliest_act_date) == (Outcome.AWAITING, None)
    assert found.awaited == (
        Awaited(AwaitedKind.END_OF_NEED),
        Awaited(AwaitedKind.EVENT, "replaced", "слова replaced"),
    )
    assert found.not_before == date(2021, 1, 1)


def test_what_waits_is_never_before_the_longest_known_date() -> None:
    part = OtherTerm(by=OtherTermBy.PLACE, words="Присланные", term=term(TermKind.UNTIL_NOT_NEEDED, number=1))
    found = verdict(years(50), part, closed=CLOSED)
    assert (found.outcome, found.not_before) == (Outcome.AWAITING, date(2070, 1, 1))


class TestGate:
    audit = Gate(words="При условии проведения проверки")
    dispute = Gate(words="При возникновении споров сохраняются до принятия решения")

    def test_every_gate_has_to_be_settled(self) -> None:
        found = verdict(years(5), self.audit, self.dispute, closed=CLOSED, closed_gates={self.audit.words: CLOSED})
        assert (found.outcome, found.open_gates) == (Outcome.GATED, (self.dispute.words,))
        settled = {self.audit.words: CLOSED, self.dispute.words: date(2020, 1, 1)}
        assert verdict(years(5), self.audit, self.dispute, closed=CLOSED, closed_gates=settled).may_enter_act

    @pytest.mark.parametrize("settled", [date(2019, 5, 31), date(2026, 1, 2)])
    def test_what_was_settled_before_the_closing_or_will_be_settled_is_open(self, settled: date) -> None:
        gates = {self.audit.words: settled}
        found = verdict(years(5), self.audit, closed=CLOSED, today=date(2026, 1, 1), closed_gates=gates)
        assert found.outcome is Outcome.GATED

    def test_settled_today_is_settled(self) -> None:
        gates = {self.audit.words: date(2026, 1, 1)}
        assert verdict(years(5), self.audit, closed=CLOSED, today=date(2026, 1, 1), closed_gates=gates).may_enter_act

    def test_before_the_date_a_gate_is_named_but_the_case_is_only_retained(self) -> None:
        found = verdict(years(5), self.audit, closed=CLOSED, today=date(2024, 12, 31))
        assert (found.outcome, found.open_gates) == (Outcome.RETAINED, (self.audit.words,))
        assert [each.code for each in found.obstacles] == ["date_not_reached", "gate_open"]


def test_another_exit_has_to_be_settled_first() -> None:
    archive = Transfer(words="Передаются в архив при ликвидации")
    found = verdict(years(5), archive, closed=CLOSED)
    assert (found.outcome, found.open_gates) == (Outcome.GATED, (archive.words,))
    assert verdict(years(5), archive, closed=CLOSED, answers={archive.words: YES}).outcome is Outcome.GATED
    assert verdict(years(5), archive, closed=CLOSED, answers={archive.words: NO}).may_enter_act


class TestFloor:
    def test_a_floor_of_years_keeps_longer_than_the_term(self) -> None:
        found = verdict(years(3), Floor(words="Не менее 5 лет", years=5), closed=CLOSED)
        assert (found.earliest_act_date, found.won_by, found.term) == (date(2025, 1, 1), ReasonCode.FLOOR, None)

    def test_a_floor_that_is_shorter_changes_nothing(self) -> None:
        found = verdict(years(7), Floor(words="Не менее 5 лет", years=5), closed=CLOSED)
        assert (found.earliest_act_date, found.won_by) == (date(2027, 1, 1), ReasonCode.TERM_OF_RULE)

    def test_a_floor_binds_a_decision_and_a_replacement(self) -> None:
        floor = Floor(words="Не менее 5 лет", years=5)
        need = verdict(term(TermKind.UNTIL_NOT_NEEDED, number=1), floor, closed=CLOSED, need_ended_on=CLOSED)
        assert need.earliest_act_date == date(2025, 1, 1)
        replaced = (happened("replaced", date(2020, 1, 1)),)
        new = verdict(term(TermKind.UNTIL_REPLACED, "replaced"), floor, closed=CLOSED, events=replaced)
        assert new.earliest_act_date == date(2025, 1, 1)
        waits = verdict(term(TermKind.UNTIL_REPLACED, "replaced"), floor, closed=CLOSED)
        assert (waits.outcome, waits.not_before) == (Outcome.AWAITING, date(2025, 1, 1))

    def test_a_floor_until_an_event_waits_for_it(self) -> None:
        floor = Floor(words="Не ранее окончания договора", until=Trigger("contract_ended", "слова contract_ended"))
        waits = verdict(years(3), floor, closed=CLOSED)
        assert (waits.outcome, [each.code for each in waits.awaited]) == (Outcome.AWAITING, ["contract_ended"])
        ended = (happened("contract_ended", date(2027, 3, 3)),)
        assert verdict(years(3), floor, closed=CLOSED, events=ended).earliest_act_date == date(2028, 1, 1)
        early = (happened("contract_ended", date(2010, 3, 3)),)
        assert verdict(years(3), floor, closed=CLOSED, events=early).earliest_act_date == date(2023, 1, 1)

    def test_not_less_than_is_a_decision_with_a_floor(self) -> None:
        least = term(TermKind.MIN_YEARS, number=5)
        waits = verdict(least, closed=CLOSED)
        assert (waits.outcome, waits.not_before) == (Outcome.AWAITING, date(2025, 1, 1))
        assert verdict(least, closed=CLOSED, need_ended_on=date(2020, 1, 1)).earliest_act_date == date(2025, 1, 1)
        assert verdict(least, closed=CLOSED, need_ended_on=date(2030, 5, 5)).earliest_act_date == date(2030, 5, 5)


class TestFallback:
    def test_as_long_as_nobody_knows_the_case_waits_for_the_event_or_for_the_word_that_it_never_comes(self) -> None:
        found = verdict(CLAIMED, UNCLAIMED, closed=CLOSED)
        assert found.outcome is Outcome.AWAITING
        assert [each.kind for each in found.awaited] == [AwaitedKind.EVENT, AwaitedKind.NEVER_COMES]
        assert found.awaited[1] == Awaited(AwaitedKind.NEVER_COMES, "", UNCLAIMED.words)
        said = [reason.facts for reason in found.reasons if reason.code is ReasonCode.FALLBACK_OPEN]
        assert said == [{"words": UNCLAIMED.words}]

    def test_when_it_never_comes_the_fallback_counts_from_the_closing(self) -> None:
        found = verdict(CLAIMED, UNCLAIMED, closed=CLOSED, answers={UNCLAIMED.words: YES})
        assert (found.earliest_act_date, found.won_by) == (date(2070, 1, 1), ReasonCode.TERM_OF_FALLBACK)

    def test_when_it_has_come_the_fallback_is_silent(self) -> None:
        claimed = (happened("claimed", date(2021, 1, 1)),)
        found = verdict(CLAIMED, UNCLAIMED, closed=CLOSED, events=claimed)
        assert (found.earliest_act_date, found.awaited) == (date(2022, 1, 1), ())

    def test_when_it_has_come_and_never_comes_the_longer_wins(self) -> None:
        claimed = (happened("claimed", date(2021, 1, 1)),)
        found = verdict(CLAIMED, UNCLAIMED, closed=CLOSED, events=claimed, answers={UNCLAIMED.words: YES})
        assert found.earliest_act_date == date(2070, 1, 1)

    def test_when_it_is_sure_to_come_only_the_event_is_awaited(self) -> None:
        found = verdict(CLAIMED, UNCLAIMED, closed=CLOSED, answers={UNCLAIMED.words: NO})
        assert [each.kind for each in found.awaited] == [AwaitedKind.EVENT]

    def test_two_fallbacks_that_have_come_about_give_the_longer(self) -> None:
        other = Fallback(words="Утраченные", term=years(5))
        answers = {UNCLAIMED.words: YES, other.words: YES}
        for order in ((UNCLAIMED, other), (other, UNCLAIMED)):
            assert verdict(CLAIMED, *order, closed=CLOSED, answers=answers).earliest_act_date == date(2070, 1, 1)

    def test_a_fallback_that_waits_itself_is_not_thrown_away_by_another(self) -> None:
        waits = Fallback(words="Возвращённые", term=term(TermKind.UNTIL_REPLACED, "replaced"))
        answers = {UNCLAIMED.words: YES, waits.words: YES}
        assert verdict(CLAIMED, waits, UNCLAIMED, closed=CLOSED, answers=answers).outcome is Outcome.AWAITING

    def test_it_does_not_stand_for_a_decision_that_a_person_has_to_take(self) -> None:
        need = term(TermKind.UNTIL_NOT_NEEDED, number=1)
        answers = {UNCLAIMED.words: YES}
        assert verdict(need, UNCLAIMED, closed=CLOSED, answers=answers).outcome is Outcome.AWAITING

    def test_it_does_not_stand_for_the_term_of_a_part(self) -> None:
        part = OtherTerm(by=OtherTermBy.PLACE, words="Дипломы", term=term(TermKind.UNTIL_REPLACED, "replaced"))
        found = verdict(CLAIMED, part, UNCLAIMED, closed=CLOSED, answers={UNCLAIMED.words: YES})
        assert (found.outcome, [each.code for each in found.awaited]) == (Outcome.AWAITING, ["replaced"])


class TestSource:
    ten = NonSource(words="не являющихся источниками", term=years(10))

    def test_the_substitute_governs_only_where_no_archive_is_supplied(self) -> None:
        there = verdict(PERMANENT, self.ten, closed=CLOSED, policy=NO_SOURCE)
        assert (there.earliest_act_date, there.won_by) == (date(2030, 1, 1), ReasonCode.TERM_OF_NON_SOURCE)
        assert verdict(PERMANENT, self.ten, closed=CLOSED, policy=SOURCE).outcome is Outcome.PERMANENT

    def test_of_two_substitutes_the_longer_wins(self) -> None:
        more = NonSource(words="прочих", term=years(15))
        assert verdict(PERMANENT, self.ten, more, closed=CLOSED).earliest_act_date == date(2035, 1, 1)

    def test_a_source_keeps_to_the_term_of_the_cell(self) -> None:
        until = term(TermKind.UNTIL_LIQUIDATION)
        kept = verdict(until, closed=CLOSED, policy=SOURCE, replaced=PERMANENT)
        assert (kept.outcome, kept.won_by) == (Outcome.PERMANENT, ReasonCode.TERM_OF_SOURCE)
        other = verdict(until, closed=CLOSED, replaced=PERMANENT)
        assert (other.outcome, other.won_by) == (Outcome.UNTIL_LIQUIDATION, ReasonCode.TERM_OF_RULE)

    def test_permanent_can_be_read_literally(self) -> None:
        strict = Policy(source_of_acquisition=False, permanent_without_source=PermanentReading.PERMANENT)
        assert verdict(PERMANENT, closed=CLOSED, policy=strict).outcome is Outcome.PERMANENT

    def test_after_liquidation_until_liquidation_ends_and_permanent_does_not(self) -> None:
        gone = Policy(source_of_acquisition=False, liquidated_on=date(2026, 4, 30))
        found = verdict(term(TermKind.UNTIL_LIQUIDATION), closed=CLOSED, policy=gone)
        assert (found.earliest_act_date, found.outcome) == (date(2026, 5, 1), Outcome.DUE)
        late = verdict(term(TermKind.UNTIL_LIQUIDATION), closed=date(2026, 6, 30), policy=gone)
        assert late.earliest_act_date == date(2026, 7, 1)
        source = Policy(source_of_acquisition=True, liquidated_on=date(2026, 4, 30))
        assert verdict(PERMANENT, closed=CLOSED, policy=source).outcome is Outcome.PERMANENT


@pytest.mark.parametrize(
    ("found", "lock"),
    [
        (verdict(years(5), closed=CLOSED), StorageLock(legal_hold=False, retain_until=date(2024, 12, 31))),
        (
            verdict(years(5), closed=CLOSED, today=date(2020, 1, 1)),
            StorageLock(legal_hold=False, retain_until=date(2024, 12, 31)),
        ),
        (
            verdict(years(5), closed=CLOSED, holds=("иск",)),
            StorageLock(legal_hold=True, retain_until=date(2024, 12, 31)),
        ),
        (
            verdict(years(5), Gate(words="При условии проведения проверки"), closed=CLOSED),
            StorageLock(legal_hold=True, retain_until=date(2024, 12, 31)),
        ),
        (
            verdict(years(5, mark=AppraisalMark.EPK), closed=CLOSED),
            StorageLock(legal_hold=True, retain_until=date(2024, 12, 31)),
        ),
        (
            verdict(term(TermKind.UNTIL_NOT_NEEDED, number=1), closed=CLOSED),
            StorageLock(legal_hold=True, retain_until=date(2020, 12, 31)),
        ),
        (verdict(years(5, "replaced"), closed=CLOSED), StorageLock(legal_hold=True, retain_until=None)),
        (verdict(PERMANENT, closed=CLOSED, policy=SOURCE), StorageLock(legal_hold=True, retain_until=None)),
        (verdict(PERMANENT, closed=CLOSED), StorageLock(legal_hold=True, retain_until=None)),
        (verdict(years(5), closed=None), StorageLock(legal_hold=True, retain_until=None)),
        (
            verdict(term(TermKind.NOT_APPLICABLE), closed=CLOSED),
            StorageLock(legal_hold=True, retain_until=None),
        ),
    ],
)
def test_storage_is_told_a_day_where_one_is_known_and_a_legal_hold_for_every_open_end(
    found: Verdict, lock: StorageLock
) -> None:
    assert found.storage_lock == lock


def test_every_obstacle_is_named() -> None:
    audit = Gate(words="При условии проведения проверки")
    everything = verdict(years(5, mark=AppraisalMark.EPK), audit, closed=CLOSED, today=date(2020, 1, 1), holds=("иск",))
    assert [each.code for each in everything.obstacles] == [
        "date_not_reached",
        "gate_open",
        "appraisal_missing",
        "held",
    ]
    passed = verdict(years(5, mark=AppraisalMark.EPK), audit, closed=CLOSED)
    assert [each.code for each in passed.obstacles] == ["gate_open", "appraisal_missing"]
    appraise = verdict(years(5, mark=AppraisalMark.EPK), closed=CLOSED)
    assert [each.code for each in appraise.obstacles] == ["appraisal_missing"]
    for found, code in (
        (verdict(years(5), closed=None), "case_not_closed"),
        (verdict(term(TermKind.NOT_APPLICABLE), closed=CLOSED), "term_not_decided"),
        (verdict(years(5, "replaced", mark=AppraisalMark.EPK), closed=CLOSED), "event_not_recorded"),
        (verdict(PERMANENT, closed=CLOSED, policy=SOURCE), "kept_permanently"),
        (verdict(PERMANENT, closed=CLOSED), "kept_until_liquidation"),
    ):
        assert [each.code for each in found.obstacles] == [code]


class TestAge:
    rule = term(TermKind.AGE_BASED, number=75)

    def test_without_the_age_the_full_term_is_taken(self) -> None:
        found = verdict(self.rule, closed=CLOSED)
        assert found.earliest_act_date == date(2095, 1, 1)
        assert ReasonCode.AGE_UNKNOWN in {reason.code for reason in found.reasons}

    @pytest.mark.parametrize(("age", "earliest"), [(0, date(2095, 1, 1)), (74, date(2021, 1, 1))])
    def test_the_age_is_taken_off(self, age: int, earliest: date) -> None:
        assert verdict(self.rule, closed=CLOSED, age=age).earliest_act_date == earliest

    @pytest.mark.parametrize("age", [-1, 75, 76, 131])
    def test_an_age_that_leaves_no_term_needs_a_person(self, age: int) -> None:
        found = verdict(self.rule, closed=CLOSED, age=age)
        assert (found.outcome, found.earliest_act_date, found.not_before) == (Outcome.NEEDS_REVIEW, None, None)
        long = term(TermKind.AGE_BASED, number=150)
        assert verdict(long, closed=CLOSED, age=130).earliest_act_date == date(2040, 1, 1)
        assert verdict(long, closed=CLOSED, age=131).outcome is Outcome.NEEDS_REVIEW


class TestCommission:
    mark = AppraisalMark.EPK

    def decided(self, decision: AppraisalDecision) -> Appraisal:
        return Appraisal(decision, date(2025, 2, 2), "протокол 5")

    @pytest.mark.parametrize("policy", [SOURCE, NO_SOURCE])
    def test_what_it_keeps_is_kept(self, policy: Policy) -> None:
        for rule in (years(5), years(5, mark=self.mark), years(5, "replaced")):
            kept = verdict(rule, closed=CLOSED, policy=policy, appraisal=self.decided(AppraisalDecision.KEEP))
            assert kept.outcome is (Outcome.PERMANENT if policy is SOURCE else Outcome.UNTIL_LIQUIDATION)
            assert kept.won_by is ReasonCode.APPRAISED_KEEP

    def test_what_it_prolongs_is_free_the_day_after_and_appraised_again(self) -> None:
        rule, until = years(5, mark=self.mark), date(2030, 12, 31)
        prolonged, stale = self.decided(AppraisalDecision.PROLONG), self.decided(AppraisalDecision.DESTROY)
        found = verdict(rule, closed=CLOSED, prolonged_until=until, appraisal=prolonged, today=date(2031, 1, 1))
        assert (found.earliest_act_date, found.outcome) == (date(2031, 1, 1), Outcome.NEEDS_APPRAISAL)
        assert (found.won_by, found.term) == (ReasonCode.PROLONGED, None)
        again = verdict(rule, closed=CLOSED, prolonged_until=until, appraisal=stale)
        assert again.outcome is Outcome.NEEDS_APPRAISAL

    def test_a_prolongation_never_shortens(self) -> None:
        assert verdict(years(50), closed=CLOSED, prolonged_until=date(2030, 12, 31)).earliest_act_date == date(
            2070, 1, 1
        )

    def test_the_mark_of_any_term_that_may_apply_counts(self) -> None:
        part = OtherTerm(by=OtherTermBy.SUB_KIND, words="Переписка", term=years(3, mark=AppraisalMark.EK))
        assert verdict(years(5), part, closed=CLOSED).outcome is Outcome.NEEDS_APPRAISAL
        assert verdict(years(5), part, closed=CLOSED, answers={part.words: NO}).outcome is Outcome.DUE
        upgrade = Upgrade(words="При наличии споров", term=years(3, mark=AppraisalMark.EK))
        assert verdict(years(5), upgrade, closed=CLOSED).outcome is Outcome.NEEDS_APPRAISAL

    def test_what_it_decided_today_counts_today(self) -> None:
        decided, today = self.decided(AppraisalDecision.DESTROY), date(2025, 2, 2)
        assert verdict(years(5, mark=self.mark), closed=CLOSED, appraisal=decided, today=today).may_enter_act

    def test_without_a_mark_nobody_has_to_appraise(self) -> None:
        assert verdict(years(5), closed=CLOSED, appraisal=self.decided(AppraisalDecision.DESTROY)).may_enter_act

    def test_a_decision_does_not_give_a_date_to_what_has_none(self) -> None:
        decided = self.decided(AppraisalDecision.DESTROY)
        waits = verdict(years(5, "replaced", mark=self.mark), closed=CLOSED, appraisal=decided)
        assert (waits.outcome, waits.appraised) == (Outcome.AWAITING, False)
