"""The life of an act: every row of its table, who takes it, what stands against it, how it is taken back."""

from dataclasses import replace
from datetime import date

import pytest

from retention.act_lines import LineState
from retention.disposal import ACT, TRANSITIONS, decide, require
from retention.disposal_facts import (
    ACT_ENDS,
    DEFAULT_WAITING_DAYS,
    FROZEN,
    ActFacts,
    ActGate,
    ActState,
    SinglePersonMode,
    waiting_ends,
)
from retention.errors import TransitionRefused
from retention.transitions import Allowed, Asking, Refused, Role
from tests.retention_rules.rules import asks, person

S = ActState
GOOD = ActFacts(
    author="автор",
    reviewers=frozenset({"член комиссии"}),
    executors=frozenset({"первый", "второй"}),
    signed=frozenset({"первый", "второй"}),
    lines={LineState.LISTED: 1, LineState.EXCLUDED: 1},
    period_named=True,
    source_of_acquisition=False,
    gates=frozenset(ActGate),
    list_unchanged=True,
    reason_given=True,
    rejected_lines_answered=True,
    minutes_complete=True,
    archive_decision=True,
    number_given=True,
    waiting_over=True,
    proofs_complete=True,
    papers_ready=True,
)
AT_SOURCE = replace(GOOD, source_of_acquisition=True)
DONE = replace(GOOD, lines={LineState.DESTROYED: 2, LineState.HELD: 1, LineState.SKIPPED: 1, LineState.EXCLUDED: 1})
FAILED = replace(GOOD, lines={LineState.DESTROYED: 1, LineState.FAILED: 1, LineState.LISTED: 1})
SECOND = person("второй", Role.EXECUTOR)
IN_THE_HANDS = [S.IN_REVIEW, S.CHANGES_REQUESTED, S.REVIEWED, S.AGREED, S.APPROVED, S.WAITING]

# step, from, to, the facts that allow it, who may
ROWS: list[tuple[str, list[ActState | None], ActState, ActFacts, set[Role]]] = [
    ("create", [None], S.DRAFT, GOOD, {Role.RECORDS_OFFICER}),
    ("submit", [S.DRAFT], S.IN_REVIEW, GOOD, {Role.AUTHOR}),
    ("request_changes", [S.IN_REVIEW], S.CHANGES_REQUESTED, GOOD, {Role.COMMISSION}),
    ("resubmit", [S.CHANGES_REQUESTED], S.IN_REVIEW, GOOD, {Role.AUTHOR}),
    ("agree", [S.IN_REVIEW], S.REVIEWED, GOOD, {Role.COMMISSION}),
    ("archive_agrees", [S.REVIEWED], S.AGREED, AT_SOURCE, {Role.RECORDS_OFFICER}),
    ("approve", [S.REVIEWED], S.APPROVED, GOOD, {Role.HEAD}),
    ("approve_agreed", [S.AGREED], S.APPROVED, AT_SOURCE, {Role.HEAD}),
    ("start_waiting", [S.APPROVED], S.WAITING, GOOD, {Role.SYSTEM}),
    ("execute", [S.WAITING], S.EXECUTING, GOOD, {Role.EXECUTOR}),
    ("finish", [S.EXECUTING], S.EXECUTED, DONE, {Role.SYSTEM}),
    ("finish_partly", [S.EXECUTING], S.PARTIAL, FAILED, {Role.SYSTEM}),
    ("retry", [S.PARTIAL], S.EXECUTING, FAILED, {Role.EXECUTOR}),
    ("certify", [S.EXECUTED, S.PARTIAL], S.CERTIFIED, DONE, {Role.RECORDS_OFFICER}),
    ("abort", list(IN_THE_HANDS), S.DRAFT, GOOD, {Role.AUTHOR, Role.COMMISSION, Role.HEAD}),
    ("cancel", [S.DRAFT, *IN_THE_HANDS], S.CANCELLED, GOOD, {Role.AUTHOR, Role.HEAD}),
]


def asking(role: Role) -> Asking:
    """Somebody with the role who has played no other part, with a second executor at hand."""
    return asks("автор", second=SECOND) if role is Role.AUTHOR else asks("первый", role, second=SECOND)


def test_the_table_is_complete() -> None:
    assert [row[0] for row in ROWS] == [step.name for step in TRANSITIONS]


@pytest.mark.parametrize(("name", "from_states", "to_state", "facts", "may"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_table(
    name: str, from_states: list[ActState | None], to_state: ActState, facts: ActFacts, may: set[Role]
) -> None:
    step = ACT[name]
    for state in (None, *ActState):
        for role in Role:
            decision = decide(state, step, facts, asking(role))
            if state in from_states and role in may:
                assert decision == Allowed(to_state)
                assert require(state, step, facts, asking(role)) is to_state
            else:
                assert isinstance(decision, Refused)
                codes = {reason.code for reason in decision.reasons}
                assert ("not_your_step" in codes) == (role not in may)
                wrong_state = codes & {"act_ended", "act_in_another_state"}
                assert bool(wrong_state) == (state not in from_states)
                if wrong_state:
                    assert wrong_state == {"act_ended" if state in ACT_ENDS else "act_in_another_state"}


# step, the facts that are not so, the refusals in order
AGAINST: list[tuple[str, ActFacts, list[str]]] = [
    ("create", replace(GOOD, period_named=False), ["no_period"]),
    ("submit", replace(GOOD, lines={LineState.HELD: 3}), ["no_lines"]),
    ("submit", replace(GOOD, gates=frozenset()), ["term_not_expired", "held", "inventories_missing"]),
    (
        "resubmit",
        replace(GOOD, gates=frozenset(), lines={}, rejected_lines_answered=False),
        ["no_lines", "term_not_expired", "held", "inventories_missing", "rejected_lines_open"],
    ),
    ("request_changes", replace(GOOD, reason_given=False), ["no_reason"]),
    (
        "agree",
        replace(GOOD, minutes_complete=False, list_unchanged=False, gates=frozenset()),
        ["no_minutes", "list_changed", "not_appraised"],
    ),
    ("archive_agrees", replace(GOOD, archive_decision=False), ["no_archive_needed", "no_archive_decision"]),
    ("approve", AT_SOURCE, ["archive_first"]),
    (
        "approve",
        replace(GOOD, list_unchanged=False, gates=frozenset(), number_given=False),
        ["list_changed", "inventories_missing", "no_decision", "no_number"],
    ),
    ("approve_agreed", GOOD, ["no_archive_needed"]),
    (
        "approve_agreed",
        replace(AT_SOURCE, archive_decision=False, list_unchanged=False, gates=frozenset(), number_given=False),
        ["no_archive_decision", "list_changed", "inventories_missing", "no_decision", "no_number"],
    ),
    ("execute", replace(GOOD, waiting_over=False, list_unchanged=False), ["still_waiting", "list_changed"]),
    ("finish", replace(DONE, lines={LineState.LISTED: 1}), ["lines_not_ended"]),
    ("finish", replace(DONE, lines={}), ["lines_not_ended"]),
    ("finish", replace(DONE, lines={LineState.DESTROYING: 1}), ["lines_not_ended"]),
    ("finish", replace(DONE, lines={LineState.FAILED: 1}), ["half_destroyed"]),
    ("finish_partly", replace(FAILED, lines={LineState.DESTROYING: 1, LineState.FAILED: 1}), ["lines_running"]),
    ("finish_partly", DONE, ["nothing_failed"]),
    (
        "certify",
        replace(FAILED, proofs_complete=False, papers_ready=False, signed=frozenset({"первый"})),
        ["lines_not_ended", "half_destroyed", "no_proof_of_all", "no_papers", "not_signed"],
    ),
    ("certify", replace(DONE, executors=frozenset(), signed=frozenset()), ["not_signed"]),
    ("abort", replace(GOOD, reason_given=False), ["no_reason"]),
    ("cancel", replace(GOOD, reason_given=False), ["no_reason"]),
]


@pytest.mark.parametrize(("name", "facts", "refused"), AGAINST)
def test_everything_that_stands_against_a_step_is_named(name: str, facts: ActFacts, refused: list[str]) -> None:
    step = ACT[name]
    state = min(step.from_states, default=None)
    role = min(step.by)
    with pytest.raises(TransitionRefused) as refusal:
        require(state, step, facts, asking(role))
    assert list(refusal.value.reasons) == refused
    said = {guard.refusal.code: guard.refusal.remedy for guard in step.guards}
    assert list(refusal.value.remedies) == [said[code] for code in refused]
    assert refusal.value.subject == "act"
    assert refusal.value.state == (state or "new")


def test_every_guard_of_the_table_refuses_somewhere() -> None:
    tested = {code for _, _, codes in AGAINST for code in codes}
    assert tested == {guard.refusal.code for step in TRANSITIONS for guard in step.guards}


def codes(state: ActState, name: str, facts: ActFacts, asking: Asking) -> list[str]:
    decision = decide(state, ACT[name], facts, asking)
    return [reason.code for reason in decision.reasons] if isinstance(decision, Refused) else []


class TestPersonsApart:
    def test_the_author_neither_reviews_nor_approves(self) -> None:
        everything = asks("автор", Role.COMMISSION, Role.HEAD, Role.RECORDS_OFFICER)
        assert codes(S.IN_REVIEW, "agree", GOOD, everything) == ["same_person"]
        assert codes(S.IN_REVIEW, "request_changes", GOOD, everything) == ["same_person"]
        assert codes(S.REVIEWED, "approve", GOOD, everything) == ["same_person"]
        assert codes(S.AGREED, "approve_agreed", AT_SOURCE, everything) == ["same_person"]

    def test_a_reviewer_does_not_approve_whatever_the_roles(self) -> None:
        everything = asks("член комиссии", *Role)
        assert codes(S.REVIEWED, "approve", GOOD, everything) == ["same_person"]
        assert codes(S.AGREED, "approve_agreed", AT_SOURCE, everything) == ["same_person"]

    def test_two_execute(self) -> None:
        alone = asks("первый", Role.EXECUTOR)
        assert codes(S.WAITING, "execute", GOOD, alone) == ["no_second_person"]
        twice = asks("первый", Role.EXECUTOR, second=person("первый", Role.EXECUTOR))
        assert codes(S.WAITING, "execute", GOOD, twice) == ["same_person"]
        clerk = asks("первый", Role.EXECUTOR, second=person("второй", Role.CLERK))
        assert codes(S.WAITING, "execute", GOOD, clerk) == ["no_second_person"]
        assert codes(S.PARTIAL, "retry", FAILED, twice) == ["same_person"]

    def test_nobody_becomes_the_author_by_saying_so(self) -> None:
        assert codes(S.DRAFT, "submit", GOOD, asks("другой", Role.AUTHOR, Role.HEAD)) == ["not_your_step"]

    def test_the_author_submits_without_another_role(self) -> None:
        assert codes(S.DRAFT, "submit", GOOD, asks("автор")) == []


class TestSinglePersonMode:
    def test_it_lifts_that_persons_differ_and_nothing_else(self) -> None:
        alone = asks("автор", *Role, second=person("автор", *Role), single_person=True)
        for name, state, facts in (
            ("agree", S.IN_REVIEW, GOOD),
            ("request_changes", S.IN_REVIEW, GOOD),
            ("approve", S.REVIEWED, GOOD),
            ("approve_agreed", S.AGREED, AT_SOURCE),
            ("execute", S.WAITING, GOOD),
            ("retry", S.PARTIAL, FAILED),
        ):
            assert codes(state, name, facts, alone) == []
        for name, facts, refused in AGAINST:
            decision = decide(min(ACT[name].from_states, default=None), ACT[name], facts, alone)
            assert isinstance(decision, Refused)
            assert [reason.code for reason in decision.reasons] == refused

    def test_roles_and_the_second_signature_are_still_needed(self) -> None:
        alone = asks("автор", Role.EXECUTOR, single_person=True)
        assert codes(S.WAITING, "execute", GOOD, alone) == ["no_second_person"]
        assert codes(S.REVIEWED, "approve", GOOD, alone) == ["not_your_step"]

    def test_its_declaration_has_a_day_and_a_ground(self) -> None:
        declared = SinglePersonMode(date(2025, 1, 9), "приказ № 1")
        assert (declared.declared_on, declared.ground) == (date(2025, 1, 9), "приказ № 1")


CALLED_OFF = {"abort", "cancel"}
UNDONE_BY: dict[str, set[str]] = {
    "create": {"cancel"},
    "submit": {"request_changes", *CALLED_OFF},
    "request_changes": {"resubmit", *CALLED_OFF},
    "resubmit": {"request_changes", *CALLED_OFF},
    "agree": CALLED_OFF,
    "archive_agrees": CALLED_OFF,
    "approve": CALLED_OFF,
    "approve_agreed": CALLED_OFF,
    "start_waiting": CALLED_OFF,
    "finish_partly": {"retry"},
    "retry": {"finish_partly"},
    "abort": {"submit"},
}
"""What is not named cannot be taken back."""


def test_what_can_be_taken_back_is_taken_back_by_a_step_that_begins_there() -> None:
    for step in TRANSITIONS:
        assert set(step.undone_by) == UNDONE_BY.get(step.name, set()), step.name
        for name in step.undone_by:
            assert step.to_state in ACT[name].from_states, (step.name, name)


def test_after_the_start_of_the_execution_there_is_no_way_back() -> None:
    for step in TRANSITIONS:
        if step.to_state in {S.DRAFT, S.CANCELLED} and step.name != "create":
            assert not step.from_states & {S.EXECUTING, S.EXECUTED, S.PARTIAL, S.CERTIFIED}


def test_ends_are_ends_and_every_state_is_reached() -> None:
    assert {S.CERTIFIED, S.CANCELLED} == ACT_ENDS
    assert not any(step.from_states & ACT_ENDS for step in TRANSITIONS)
    assert {step.to_state for step in TRANSITIONS} == set(ActState)
    assert len({step.name for step in TRANSITIONS}) == len(TRANSITIONS)
    assert ACT.steps_from(None) == (ACT["create"],)
    assert [step.name for step in ACT.steps_from(S.DRAFT)] == ["submit", "cancel"]
    assert ACT.steps_from(S.CERTIFIED) == ()


def test_from_submission_on_the_list_is_frozen() -> None:
    assert set(ActState) - {S.DRAFT, S.CHANGES_REQUESTED, S.CANCELLED} == FROZEN


def test_the_waiting_time_ends_on_a_day() -> None:
    assert DEFAULT_WAITING_DAYS == 7
    assert waiting_ends(date(2026, 2, 25)) == date(2026, 3, 4)
    assert waiting_ends(date(2026, 2, 25), 0) == date(2026, 2, 25)


def test_what_is_not_said_of_an_act_is_not_so() -> None:
    for step in TRANSITIONS:
        if step.name not in {"start_waiting", "retry"}:
            for state in step.from_states or {None}:
                assert isinstance(ACT.decide(state, step, ActFacts()), Refused), step.name
