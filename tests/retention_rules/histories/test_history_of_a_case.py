"""Any history of a case: its records, holds, acts and clock in any order; a model remembers what must never happen."""

from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from retention.act_lines import LINE, LineFacts, LineState
from retention.case_facts import CASE_ENDS, COMPUTED, CaseFacts, CaseState, state_of
from retention.cases import CASE, TRANSITIONS, Transition, decide
from retention.circumstances import (
    Answer,
    Appraisal,
    AppraisalDecision,
    Circumstances,
    Policy,
    RecordedEvent,
    RuleVersion,
)
from retention.redating import compare
from retention.schedule import decide as compute
from retention.terms import AppraisalMark, Fallback, Gate, Rule, TermKind, Upgrade
from retention.transitions import SYSTEM, Actor, Allowed, Asking, Role
from retention.verdicts import Outcome, Verdict
from tests.retention_rules.rules import NO_SOURCE, SOURCE, term, years

GATE = Gate(words="При условии проведения проверки")
UPGRADE = Upgrade(words="При отсутствии годовых", term=term(TermKind.PERMANENT))
RULES = [
    Rule(term=years(1)),
    Rule(term=years(5)),
    Rule(term=years(3, "replaced")),
    Rule(term=years(1, mark=AppraisalMark.EPK)),
    Rule(term=years(1), conditions=(GATE,)),
    Rule(term=years(1), conditions=(UPGRADE,)),
    Rule(term=term(TermKind.UNTIL_NOT_NEEDED, number=1)),
    Rule(term=term(TermKind.PERMANENT)),
    Rule(
        term=term(TermKind.UNTIL_CLAIMED, "claimed"),
        conditions=(Fallback(words="Невостребованные", term=years(5)),),
    ),
    None,
]
WORDS = (GATE.words, UPGRADE.words, "Невостребованные")
EVERYBODY = frozenset(Role)
DRIVEN_BY_VERDICT = [step for step in TRANSITIONS if step.to_state in COMPUTED]
OF_THE_SERVICE = [step for step in TRANSITIONS if step.name.startswith(("compute", "expire"))]
NEXT_OF_A_LINE = {LineState.LISTED: "begin", LineState.DESTROYING: "finish", LineState.FAILED: "retry"}
BEGUN = {LineState.DESTROYING, LineState.FAILED, LineState.DESTROYED}


class CaseHistory(RuleBasedStateMachine):
    """A clumsy institution: everybody tries everything at any time."""

    state = CaseState.OPEN
    line: LineState | None = None
    today = date(2020, 1, 15)
    held = False
    bound = False
    policy: Policy = NO_SOURCE
    governing: Verdict | None = None
    """The verdict that the record of the case carries, as the database would."""
    due_when_begun: bool | None = None

    @initialize(version=st.sampled_from(RULES), source=st.booleans())
    def begins(self, version: Rule | None, *, source: bool) -> None:
        self.version = RuleVersion("в1", version)
        self.policy = SOURCE if source else NO_SOURCE
        self.closed_on: date | None = None
        self.events: tuple[RecordedEvent, ...] = ()
        self.answers: dict[str, Answer] = {}
        self.gates: dict[str, date] = {}
        self.need: date | None = None
        self.appraisal: Appraisal | None = None
        self.prolonged: date | None = None

    def verdict(self, version: RuleVersion | None = None) -> Verdict:
        facts = Circumstances(
            closed_on=self.closed_on,
            events=self.events,
            answers=self.answers,
            closed_gates=self.gates,
            need_ended_on=self.need,
            appraisal=self.appraisal,
            prolonged_until=self.prolonged,
            holds=("иск",) if self.held else (),
        )
        return compute(version or self.version, facts, today=self.today, policy=self.policy)

    def facts(self, now: Verdict, *, careless: bool) -> CaseFacts:
        return CaseFacts(
            held=self.held,
            verdict=now,
            verdict_before=self.governing,
            author="автор",
            volumes_closed=not careless,
            closing_day_given=not careless,
            reason_given=not careless,
            evidence_given=not careless,
            minutes_given=not careless,
            floor_passed=now.not_before is not None and self.today >= now.not_before,
            bound=self.bound,
            previewed=not careless,
            earlier_accepted=not careless,
            same_class=not careless,
            handed_over=not careless,
            goes_to_archive=self.policy.source_of_acquisition,
            destruction_begun=self.line in BEGUN,
            absence_proved=self.line is LineState.DESTROYED,
        )

    def take(self, step: Transition, *, careless: bool = False) -> bool:
        now = self.verdict()
        asking = Asking(Actor("автор", EVERYBODY), Actor("второй", EVERYBODY))
        match decide(self.state, step, self.facts(now, careless=careless), asking):
            case Allowed(to_state):
                self.check(step, now, to_state)
                self.state = to_state
                self.governing = now
                return True
        return False

    def check(self, step: Transition, now: Verdict, to_state: CaseState) -> None:
        if to_state in CASE_ENDS - {CaseState.DESTROYED}:
            assert not self.held, "a held case left"
        if step.name == "put_on_act":
            assert now.may_enter_act
            assert not self.held
            assert now.outcome is Outcome.DUE
        if self.governing is not None and step.name.startswith(("record_later", "prolong", "appraise_prolong")):
            before, after = self.governing.earliest_act_date, now.earliest_act_date
            assert before is not None
            assert after is not None
            assert after > before, "by itself a date only moves later"

    @rule(days=st.sampled_from([1, 30, 366, 1500]))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(held=st.booleans())
    def is_held_or_let_go(self, *, held: bool) -> None:
        self.held = held
        if held and self.line is LineState.LISTED:
            assert isinstance(LINE.decide(self.line, LINE["hold_placed"], LineFacts()), Allowed)
            assert self.take(CASE["hold_placed"])
            self.line = None

    @rule(bound=st.booleans())
    def an_inventory_is_approved_or_not(self, *, bound: bool) -> None:
        self.bound = bound

    @rule(steps=st.integers(1, 6), absent=st.sampled_from([True, True, False]))
    def life_goes_on(self, steps: int, *, absent: bool) -> None:
        for _ in range(steps):
            match self.state:
                case CaseState.OPEN:
                    self.is_closed(careless=False)
                case CaseState.CLOSED | CaseState.RETAINED:
                    self.today += timedelta(days=700 if self.state is CaseState.RETAINED else 0)
                    self.the_service_computes()
                case CaseState.AWAITING_EVENT:
                    self.an_event_is_recorded(code="replaced")
                    self.today += timedelta(days=400)
                    self.the_need_ends()
                case CaseState.EXPIRED:
                    self.the_commission_appraises(decision=AppraisalDecision.DESTROY, years=1)
                    self.is_put_on_an_act(careless=False)
                case CaseState.ON_ACT:
                    self.the_act_is_executed(step=NEXT_OF_A_LINE[self.line or LineState.LISTED], absent=absent)
                case _:
                    pass

    def the_service_computes(self) -> None:
        for step in OF_THE_SERVICE:
            if self.take(step):
                break

    @rule(careless=st.sampled_from([False, False, False, True]))
    def is_closed(self, *, careless: bool) -> None:
        before, self.closed_on = self.closed_on, self.today
        if not self.take(CASE["close"], careless=careless):
            self.closed_on = before

    @precondition(lambda self: self.today.year % 3 == 0)
    @rule()
    def is_opened_again(self) -> None:
        if self.take(CASE["reopen"]):
            self.closed_on = None

    @rule(code=st.sampled_from(["replaced", "claimed"]))
    def an_event_is_recorded(self, code: str) -> None:
        before = self.events
        self.events = (*before, RecordedEvent(code, f"слова {code}", self.today, "приказ"))
        steps = ("record_event_retained", "record_event_awaiting_event", "record_later_event")
        if not any(self.take(CASE[name]) for name in steps):
            self.events = before

    @rule(words=st.sampled_from(WORDS), answer=st.sampled_from(Answer))
    def a_condition_is_answered(self, words: str, answer: Answer) -> None:
        before = self.answers
        self.answers = {**before, words: answer}
        self.gates = {**self.gates, words: self.today}
        if not any(self.take(step) for step in DRIVEN_BY_VERDICT if step.name.startswith("accept")):
            self.answers = before

    @rule()
    def the_need_ends(self) -> None:
        before, self.need = self.need, self.today
        if not self.take(CASE["end_need"]):
            self.need = before

    @rule(decision=st.sampled_from(AppraisalDecision), years=st.integers(1, 3))
    def the_commission_appraises(self, decision: AppraisalDecision, years: int) -> None:
        before = (self.appraisal, self.prolonged)
        self.appraisal = Appraisal(decision, self.today, "протокол")
        if decision is AppraisalDecision.PROLONG:
            self.prolonged = date(self.today.year + years, 12, 31)
        if not self.take(CASE[f"appraise_{decision}"]) and not any(
            self.take(CASE[f"reappraise_{state}"]) for state in (CaseState.RETAINED, CaseState.EXPIRED)
        ):
            self.appraisal, self.prolonged = before

    @rule(version=st.sampled_from(RULES), careless=st.booleans())
    def the_nomenclature_changes(self, version: Rule | None, *, careless: bool) -> None:
        before, self.version = self.version, RuleVersion("в2", version)
        accepts = [step for step in TRANSITIONS if step.name.startswith("accept")]
        loosens = self.governing is not None and compare(self.governing, self.verdict()).needs_acceptance
        bound = self.bound
        if self.state is CaseState.OPEN or any(self.take(step, careless=careless) for step in accepts):
            assert self.state is CaseState.OPEN or not bound, "a bound case was re-dated"
            assert self.state is CaseState.OPEN or not (careless and loosens), "a date shortened silently"
        else:
            self.version = before

    @rule(step=st.sampled_from(DRIVEN_BY_VERDICT), careless=st.booleans())
    def the_verdict_is_followed(self, step: Transition, *, careless: bool) -> None:
        if not step.name.startswith(("accept", "appraise", "reappraise", "exclude", "hold", "release")):
            self.take(step, careless=careless)

    @rule(careless=st.sampled_from([False, False, True]))
    def is_put_on_an_act(self, *, careless: bool) -> None:
        if self.take(CASE["put_on_act"], careless=careless):
            self.line = LineState.LISTED

    @precondition(lambda self: self.today.day % 2 == 0)
    @rule(step=st.sampled_from([step for step in TRANSITIONS if step.name.startswith(("exclude", "release"))]))
    def is_taken_off_the_act(self, step: Transition) -> None:
        if self.take(step):
            assert self.line is LineState.LISTED
            self.line = None

    @precondition(lambda self: self.state is CaseState.ON_ACT)
    @rule(step=st.sampled_from(["begin", "begin", "skip", "fail", "retry", "finish", "finish"]), absent=st.booleans())
    def the_act_is_executed(self, step: str, *, absent: bool) -> None:
        now = self.verdict()
        facts = LineFacts(
            act_executing=True,
            reason_given=True,
            held=self.held,
            due=now.may_enter_act,
            same_rule_version=True,
            same_content=True,
            same_institution=True,
            no_objection=True,
            versions_listed=True,
            absent=absent,
            proof_written=absent,
        )
        match LINE.decide(self.line, LINE[step], facts, Asking(SYSTEM)):
            case Allowed(to_state):
                if to_state is LineState.DESTROYING and self.line is LineState.LISTED:
                    self.due_when_begun = now.may_enter_act and not self.held
                self.line = to_state
                if to_state is LineState.SKIPPED:
                    assert self.take(CASE[f"release_{state_of(now)}"])
                    self.line = None
        if self.line is LineState.DESTROYED:
            assert self.take(CASE["executed"])

    @precondition(lambda self: self.today.year > 2035)
    @rule(step=st.sampled_from([step for step in TRANSITIONS if step.to_state in CASE_ENDS]), careless=st.booleans())
    def leaves(self, step: Transition, *, careless: bool) -> None:
        self.take(step, careless=careless)

    @invariant()
    def nothing_is_destroyed_that_was_not_due_and_free_when_it_began(self) -> None:
        if self.line in BEGUN:
            assert self.due_when_begun is True
        if self.state is CaseState.DESTROYED:
            assert self.line is LineState.DESTROYED

    @invariant()
    def an_act_carries_only_what_is_listed_or_begun(self) -> None:
        assert (self.state is CaseState.ON_ACT) == (self.line in {LineState.LISTED, *BEGUN - {LineState.DESTROYED}})

    @invariant()
    def a_held_case_is_never_listed(self) -> None:
        assert not (self.held and self.line is LineState.LISTED)


TestCaseHistory = CaseHistory.TestCase
TestCaseHistory.settings = settings(max_examples=60, stateful_step_count=40)
