"""Any history of an act: persons, holds and failures in any order; a model remembers what must never happen."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from retention.act_lines import BEGUN, LineFacts, LineState
from retention.act_lines import LINE as LINE_TABLE
from retention.disposal import ACT, TRANSITIONS, Transition, decide
from retention.disposal_facts import ACT_ENDS, FROZEN, ActFacts, ActGate, ActState
from retention.transitions import SYSTEM, Actor, Allowed, Asking, Role

PEOPLE = ("автор", "второй", "третий", "четвёртый")
STEPS = [step for step in TRANSITIONS if step.name != "create"]
AFTER_APPROVAL = {
    ActState.APPROVED,
    ActState.WAITING,
    ActState.EXECUTING,
    ActState.EXECUTED,
    ActState.PARTIAL,
    ActState.CERTIFIED,
}
EXECUTED = {ActState.EXECUTING, ActState.EXECUTED, ActState.PARTIAL, ActState.CERTIFIED}


USUAL = (
    ("submit", "автор"),
    ("resubmit", "автор"),
    ("agree", "третий"),
    ("archive_agrees", "автор"),
    ("approve", "четвёртый"),
    ("approve_agreed", "четвёртый"),
    ("start_waiting", "система"),
    ("execute", "первый"),
    ("retry", "первый"),
    ("certify", "автор"),
)


class ActHistory(RuleBasedStateMachine):
    """Four people who hold every role try everything; storage fails now and then; holds come at any time."""

    state: ActState | None = None
    single_person = False

    @initialize(source=st.booleans(), single_person=st.booleans(), lines=st.integers(1, 4))
    def is_created(self, *, source: bool, single_person: bool, lines: int) -> None:
        asking = Asking(Actor("автор", frozenset({Role.RECORDS_OFFICER})))
        created = decide(None, ACT["create"], ActFacts(author="автор", period_named=True), asking)
        assert created == Allowed(ActState.DRAFT)
        self.state = ActState.DRAFT
        self.single_person = single_person
        self.source = source
        self.lines = [LineState.LISTED] * lines
        self.held = [False] * lines
        self.frozen: tuple[int, ...] | None = None
        self.content = [0] * lines
        self.reviewers: frozenset[str] = frozenset()
        self.approver: str | None = None
        self.archive_agreed = False
        self.executors: frozenset[str] = frozenset()
        self.attempts: list[frozenset[str]] = []
        self.began_held = False

    def facts(self, *, waited: bool, careless: bool) -> ActFacts:
        clear = all(not held for held, line in zip(self.held, self.lines, strict=True) if line is LineState.LISTED)
        gates = set() if careless else set(ActGate)
        if not clear:
            gates.discard(ActGate.NO_HOLD)
        return ActFacts(
            author="автор",
            reviewers=self.reviewers,
            executors=self.executors,
            signed=frozenset() if careless else self.executors,
            lines=Counter(self.lines),
            period_named=True,
            source_of_acquisition=self.source,
            gates=frozenset(gates),
            list_unchanged=self.frozen == tuple(self.content),
            reason_given=not careless,
            rejected_lines_answered=not careless,
            minutes_complete=not careless,
            archive_decision=not careless,
            number_given=not careless,
            waiting_over=waited,
            proofs_complete=not careless,
            papers_ready=not careless,
        )

    @rule(
        step=st.sampled_from(STEPS),
        who=st.sampled_from(PEOPLE),
        second=st.sampled_from([None, *PEOPLE]),
        waited=st.booleans(),
        careless=st.sampled_from([False, False, True]),
    )
    def somebody_takes_a_step(
        self, step: Transition, who: str, second: str | None, *, waited: bool, careless: bool
    ) -> None:
        actor = SYSTEM if Role.SYSTEM in step.by else Actor(who, frozenset(Role) - {Role.SYSTEM})
        confirms = Actor(second, actor.roles) if second else None
        asking = Asking(actor, confirms, self.single_person)
        match decide(self.state, step, self.facts(waited=waited, careless=careless), asking):
            case Allowed(to_state):
                assert self.state not in ACT_ENDS, "an end is an end"
                self.took(step, actor.id, second)
                self.state = to_state
                if to_state is ActState.EXECUTED:
                    assert LineState.FAILED not in self.lines, "a partial result looked like success"
                if step.name == "execute":
                    assert waited

    @rule(steps=st.integers(1, 4))
    def the_usual_steps_are_taken(self, steps: int) -> None:
        for _ in range(steps):
            if self.state is ActState.EXECUTING:
                for place in range(len(self.lines)):
                    self.a_line_moves(line=place, step="begin", absent=False)
                    self.a_line_moves(line=place, step="finish", absent=steps > 1)
                    self.a_line_moves(line=place, step="fail", absent=False)
                self.the_service_ends_an_attempt(name="finish" if steps > 1 else "finish_partly")
            for name, who in USUAL:
                if self.state in ACT[name].from_states:
                    self.somebody_takes_a_step(step=ACT[name], who=who, second="второй", waited=True, careless=False)
                    break

    def took(self, step: Transition, who: str, second: str | None) -> None:
        match step.name:
            case "submit" | "resubmit":
                assert not any(
                    held and line is LineState.LISTED for held, line in zip(self.held, self.lines, strict=True)
                )
                self.frozen, self.reviewers = tuple(self.content), frozenset()
            case "agree":
                self.reviewers |= {who}
            case "archive_agrees":
                self.archive_agreed = True
            case "approve" | "approve_agreed":
                self.approver = who
                assert self.frozen == tuple(self.content)
            case "execute" | "retry":
                assert second is not None
                self.attempts.append(frozenset({who, second}))
                self.executors |= {who, second}
            case "abort" | "request_changes":
                self.frozen = self.approver = None
                self.reviewers, self.archive_agreed = frozenset(), False
            case _:
                pass

    @rule(line=st.integers(0, 3), held=st.booleans())
    def a_hold_comes_or_goes(self, line: int, *, held: bool) -> None:
        place = line % len(self.lines)
        self.held[place] = held
        if held and self.lines[place] is LineState.LISTED:
            self.lines[place] = LINE_TABLE.require(LineState.LISTED, LINE_TABLE["hold_placed"], LineFacts())

    @precondition(lambda self: self.state is ActState.EXECUTING)
    @rule(name=st.sampled_from(["finish", "finish_partly"]))
    def the_service_ends_an_attempt(self, name: str) -> None:
        self.somebody_takes_a_step(step=ACT[name], who="система", second=None, waited=True, careless=False)

    @precondition(lambda self: self.state is not None and self.state in FROZEN)
    @rule(line=st.integers(0, 3))
    def somebody_changes_a_case(self, line: int) -> None:
        self.content[line % len(self.lines)] += 1

    @precondition(lambda self: self.state in {ActState.DRAFT, ActState.CHANGES_REQUESTED})
    @rule()
    def cases_are_listed_anew(self) -> None:
        self.lines = [
            LineState.LISTED if not held and line in {LineState.HELD, LineState.EXCLUDED} else line
            for held, line in zip(self.held, self.lines, strict=True)
        ]

    @rule(
        line=st.integers(0, 3),
        step=st.sampled_from(["exclude", "skip", "begin", "begin", "begin", "finish", "finish", "fail", "retry"]),
        absent=st.booleans(),
    )
    def a_line_moves(self, line: int, step: str, *, absent: bool) -> None:
        place = line % len(self.lines)
        facts = LineFacts(
            author="автор",
            list_open=self.state is not None and self.state not in FROZEN | ACT_ENDS,
            reason_given=True,
            held=self.held[place],
            act_executing=self.state is ActState.EXECUTING,
            due=True,
            same_rule_version=True,
            same_content=self.frozen is not None and self.frozen[place] == self.content[place],
            same_institution=True,
            no_objection=True,
            versions_listed=True,
            absent=absent,
            proof_written=absent,
        )
        match LINE_TABLE.decide(self.lines[place], LINE_TABLE[step], facts):
            case Allowed(to_state):
                if step == "begin":
                    self.began_held = self.began_held or self.held[place]
                if to_state is LineState.DESTROYED:
                    assert absent, "reported destroyed before storage confirmed it"
                self.lines[place] = to_state

    @invariant()
    def no_held_line_ever_begins(self) -> None:
        assert not getattr(self, "began_held", False)

    @invariant()
    def nothing_is_deleted_without_two_executors_and_an_approval(self) -> None:
        if self.state is not None and any(line in BEGUN for line in self.lines):
            assert self.state in EXECUTED
            assert self.approver is not None
            assert self.attempts

    @invariant()
    def persons_are_apart_unless_one_was_declared(self) -> None:
        if self.state is None or self.single_person:
            return
        assert "автор" not in self.reviewers
        assert self.approver not in self.reviewers | {"автор"}
        assert all(len(pair) == 2 for pair in self.attempts)

    @invariant()
    def nobody_approves_before_the_commission_and_the_archive(self) -> None:
        if self.state in AFTER_APPROVAL:
            assert self.reviewers
            assert self.approver
            assert self.archive_agreed is self.source

    @invariant()
    def a_certified_act_has_no_half_destroyed_line_and_every_signature(self) -> None:
        if self.state is ActState.CERTIFIED:
            assert set(self.lines) <= {LineState.DESTROYED, LineState.HELD, LineState.SKIPPED, LineState.EXCLUDED}

    @invariant()
    def what_was_executed_never_goes_back(self) -> None:
        if self.state is not None and self.attempts:
            assert self.state in EXECUTED


TestActHistory = ActHistory.TestCase
TestActHistory.settings = settings(max_examples=80, stateful_step_count=50)
