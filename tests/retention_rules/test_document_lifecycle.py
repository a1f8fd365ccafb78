"""The life of a document: a table for the steps, a state machine for its histories."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from retention.errors import RetentionError, TransitionRefused
from retention.lifecycle import (
    END_STATES,
    FILE,
    INITIAL_STATES,
    REFUSE,
    RELEASE,
    TRANSITIONS,
    WITHDRAW,
    Allowed,
    DocumentFacts,
    DocumentState,
    Refused,
    Transition,
    decide,
    require,
)

QUARANTINED, KEPT, FILED, REFUSED, WITHDRAWN = DocumentState
ALL_FACTS = [
    DocumentFacts(actor_is_uploader=uploader, in_a_case=in_a_case, held=held, reason_given=reason)
    for uploader, in_a_case, held, reason in product((True, False), repeat=4)
]


def facts(*said: str) -> DocumentFacts:
    """Facts of which only those named are true."""
    return DocumentFacts(
        actor_is_uploader="uploader" in said, in_a_case="case" in said, held="held" in said, reason_given="why" in said
    )


@pytest.mark.parametrize(
    ("state", "step", "known", "result"),
    [
        (QUARANTINED, RELEASE, facts("why"), KEPT),
        (QUARANTINED, RELEASE, facts("why", "held"), KEPT),
        (QUARANTINED, REFUSE, facts("why"), REFUSED),
        (QUARANTINED, WITHDRAW, facts("why", "uploader"), WITHDRAWN),
        (KEPT, WITHDRAW, facts("why", "uploader"), WITHDRAWN),
        (KEPT, FILE, facts("case"), FILED),
        (KEPT, FILE, facts("case", "held"), FILED),
    ],
)
def test_a_step_is_allowed_when_every_guard_holds(
    state: DocumentState, step: Transition, known: DocumentFacts, result: DocumentState
) -> None:
    assert decide(state, step, known) == Allowed(result)
    assert require(state, step, known) is result


@pytest.mark.parametrize(
    ("state", "step", "known", "reasons"),
    [
        (QUARANTINED, RELEASE, facts(), ["no_reason"]),
        (QUARANTINED, REFUSE, facts(), ["no_reason"]),
        (QUARANTINED, REFUSE, facts("why", "held"), ["held"]),
        (QUARANTINED, REFUSE, facts("why", "case"), ["filed_in_a_case"]),
        (QUARANTINED, FILE, facts("case"), ["not_in_this_state"]),
        (KEPT, RELEASE, facts("why"), ["not_in_this_state"]),
        (KEPT, REFUSE, facts("why"), ["not_in_this_state"]),
        (KEPT, FILE, facts(), ["no_case"]),
        (KEPT, WITHDRAW, facts("why"), ["not_the_uploader"]),
        (KEPT, WITHDRAW, facts("uploader"), ["no_reason"]),
        (KEPT, WITHDRAW, facts("uploader", "why", "held"), ["held"]),
        (KEPT, WITHDRAW, facts("uploader", "why", "case"), ["filed_in_a_case"]),
        (KEPT, WITHDRAW, facts("held", "case"), ["not_the_uploader", "filed_in_a_case", "held", "no_reason"]),
        (FILED, WITHDRAW, facts("uploader", "why", "case"), ["filed_in_a_case"]),
        (FILED, WITHDRAW, facts("uploader", "why"), ["filed_in_a_case"]),
        (FILED, FILE, facts("case"), ["filed_in_a_case"]),
        (WITHDRAWN, WITHDRAW, facts("uploader", "why"), ["already_ended"]),
        (REFUSED, RELEASE, facts(), ["already_ended", "no_reason"]),
    ],
)
def test_a_refusal_names_every_reason(
    state: DocumentState, step: Transition, known: DocumentFacts, reasons: list[str]
) -> None:
    decision = decide(state, step, known)
    assert isinstance(decision, Refused)
    assert [reason.code for reason in decision.reasons] == reasons
    with pytest.raises(TransitionRefused) as refused:
        require(state, step, known)
    assert list(refused.value.reasons) == reasons
    assert (refused.value.transition, refused.value.state) == (step.name, state)
    assert isinstance(refused.value, RetentionError)
    assert str(refused.value).startswith(f"{step.name} is refused for a {state} document (")
    for reason in decision.reasons:
        assert reason.code in str(refused.value)
        assert reason.remedy in str(refused.value)


def test_every_combination_gets_an_answer_and_no_refusal_is_empty_or_repeats_itself() -> None:
    for state, step, known in product(DocumentState, TRANSITIONS, ALL_FACTS):
        decision = decide(state, step, known)
        if isinstance(decision, Refused):
            assert decision.reasons
            assert len({reason.code for reason in decision.reasons}) == len(decision.reasons)
            assert all(reason.remedy.endswith(".") for reason in decision.reasons)


def test_no_step_leads_out_of_an_end_or_out_of_a_case() -> None:
    for step in TRANSITIONS:
        assert not step.from_states & (END_STATES | {FILED})


def test_a_step_that_costs_the_bytes_asks_for_holds_cases_and_a_reason() -> None:
    for step in TRANSITIONS:
        if step.to_state in END_STATES:
            codes = {guard.refusal.code for guard in step.guards}
            assert {"held", "filed_in_a_case", "no_reason"} <= codes, step.name


def test_every_state_is_reached_and_steps_have_names_of_their_own() -> None:
    assert INITIAL_STATES | {step.to_state for step in TRANSITIONS} == set(DocumentState)
    assert TRANSITIONS == (RELEASE, REFUSE, WITHDRAW, FILE)
    assert len({step.name for step in TRANSITIONS}) == len(TRANSITIONS)


@given(state=st.sampled_from(DocumentState), step=st.sampled_from(TRANSITIONS), known=st.sampled_from(ALL_FACTS))
def test_the_same_question_gets_the_same_answer(state: DocumentState, step: Transition, known: DocumentFacts) -> None:
    assert decide(state, step, known) == decide(state, step, known)


class DocumentHistory(RuleBasedStateMachine):
    """Any order of holds, filings and steps, by anybody; a model remembers what the rules must protect."""

    state: DocumentState
    held = False
    in_a_case = False
    bytes_there = True
    ended_as: DocumentState | None = None
    ever_filed = False

    @initialize(state=st.sampled_from(sorted(INITIAL_STATES)))
    def is_created(self, state: DocumentState) -> None:
        self.state = state

    @rule(held=st.booleans())
    def is_held_or_let_go(self, *, held: bool) -> None:
        self.held = held

    @rule(step=st.sampled_from(TRANSITIONS), uploader=st.booleans(), why=st.booleans(), case=st.booleans())
    def takes_a_step(self, step: Transition, *, uploader: bool, why: bool, case: bool) -> None:
        in_a_case = self.in_a_case or (case and step is FILE)
        known = DocumentFacts(actor_is_uploader=uploader, in_a_case=in_a_case, held=self.held, reason_given=why)
        match decide(self.state, step, known):
            case Allowed(to_state):
                if to_state in END_STATES:
                    assert not self.held, "a held document lost its bytes"
                    assert why, "bytes went without a reason"
                    self.bytes_there, self.ended_as = False, to_state
                self.state = to_state
                self.in_a_case = in_a_case
                self.ever_filed = self.ever_filed or to_state is FILED
            case Refused(reasons):
                assert reasons

    @invariant()
    def an_end_is_an_end(self) -> None:
        if self.ended_as is not None:
            assert self.state is self.ended_as

    @invariant()
    def what_was_filed_stays_filed(self) -> None:
        if self.ever_filed:
            assert self.state is FILED
            assert self.bytes_there

    @invariant()
    def bytes_are_gone_exactly_at_an_end(self) -> None:
        assert self.bytes_there is (getattr(self, "state", KEPT) not in END_STATES)


TestDocumentHistory = DocumentHistory.TestCase
TestDocumentHistory.settings = settings(max_examples=150, stateful_step_count=20)
