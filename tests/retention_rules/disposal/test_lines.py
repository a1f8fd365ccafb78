"""The life of a line: every row, the re-check before the point of no return, and what a hold still saves."""

from dataclasses import fields, replace

import pytest

from retention.act_lines import BEGUN, LINE, LINE_ENDS, TRANSITIONS, WHOLE, LineFacts, LineState, decide
from retention.transitions import SYSTEM, Allowed, Asking, Refused, Role
from tests.retention_rules.rules import asks

S = LineState
CLEAR = LineFacts(
    author="автор",
    list_open=True,
    reason_given=True,
    held=False,
    act_executing=True,
    due=True,
    same_rule_version=True,
    same_content=True,
    same_institution=True,
    no_objection=True,
    versions_listed=True,
    absent=True,
    proof_written=True,
)
DIFFERS = replace(CLEAR, held=True)
ANYBODY = set(Role)

ROWS: list[tuple[str, LineState | None, LineState, LineFacts, set[Role]]] = [
    ("list", None, S.LISTED, CLEAR, {Role.AUTHOR}),
    ("exclude", S.LISTED, S.EXCLUDED, CLEAR, {Role.AUTHOR, Role.COMMISSION}),
    ("hold_placed", S.LISTED, S.HELD, LineFacts(), ANYBODY),
    ("skip", S.LISTED, S.SKIPPED, DIFFERS, {Role.SYSTEM}),
    ("begin", S.LISTED, S.DESTROYING, CLEAR, {Role.SYSTEM}),
    ("finish", S.DESTROYING, S.DESTROYED, CLEAR, {Role.SYSTEM}),
    ("fail", S.DESTROYING, S.FAILED, CLEAR, {Role.SYSTEM}),
    ("retry", S.FAILED, S.DESTROYING, CLEAR, {Role.SYSTEM}),
]


def test_the_table_is_complete() -> None:
    assert [row[0] for row in ROWS] == [step.name for step in TRANSITIONS]


@pytest.mark.parametrize(("name", "from_state", "to_state", "facts", "may"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_table(
    name: str, from_state: LineState | None, to_state: LineState, facts: LineFacts, may: set[Role]
) -> None:
    for state in (None, *LineState):
        for role in Role:
            asking = asks("автор") if role is Role.AUTHOR else asks("другой", role)
            decision = decide(state, LINE[name], facts, asking)
            if state is from_state and role in may:
                assert decision == Allowed(to_state)
                continue
            assert isinstance(decision, Refused)
            codes = [reason.code for reason in decision.reasons]
            assert ("not_your_step" in codes) == (role not in may)
            if state is not from_state:
                wanted = "line_in_another_state"
                if state in BEGUN:
                    wanted = "too_late_for_this_line"
                elif state in LINE_ENDS:
                    wanted = "line_ended"
                assert codes[0] == wanted


AGAINST: list[tuple[str, LineFacts, list[str]]] = [
    (
        "list",
        LineFacts(),
        ["list_frozen", "held", "not_due", "other_institution", "objection"],
    ),
    ("exclude", LineFacts(), ["list_frozen", "no_reason"]),
    (
        "skip",
        replace(CLEAR, act_executing=False, reason_given=False),
        ["act_not_executing", "no_reason", "nothing_differs"],
    ),
    (
        "begin",
        LineFacts(),
        [
            "act_not_executing",
            "held",
            "not_due",
            "rule_changed",
            "content_changed",
            "other_institution",
            "objection",
            "versions_not_listed",
        ],
    ),
    ("finish", LineFacts(), ["absence_not_confirmed", "no_proof"]),
    ("fail", LineFacts(), ["no_reason"]),
    ("retry", LineFacts(), ["act_not_executing", "other_institution"]),
]


@pytest.mark.parametrize(("name", "facts", "refused"), AGAINST)
def test_everything_that_stands_against_a_step_is_named(name: str, facts: LineFacts, refused: list[str]) -> None:
    step = LINE[name]
    decision = LINE.decide(min(step.from_states, default=None), step, facts)
    assert isinstance(decision, Refused)
    assert [reason.code for reason in decision.reasons] == refused


@pytest.mark.parametrize(
    "fact",
    ["held", "due", "same_rule_version", "same_content", "same_institution", "no_objection"],
)
def test_any_difference_skips_the_line_and_forbids_to_begin(fact: str) -> None:
    known = {field.name: getattr(CLEAR, field.name) for field in fields(CLEAR)}
    differs = LineFacts(**{**known, fact: fact == "held"})
    assert not differs.recheck_passed
    assert isinstance(LINE.decide(S.LISTED, LINE["begin"], differs), Refused)
    assert LINE.decide(S.LISTED, LINE["skip"], differs) == Allowed(S.SKIPPED)


def test_a_line_from_which_nothing_differs_is_not_skipped() -> None:
    assert CLEAR.recheck_passed
    assert isinstance(LINE.decide(S.LISTED, LINE["skip"], CLEAR), Refused)


def test_a_hold_saves_what_has_not_begun_and_comes_too_late_for_the_rest() -> None:
    hold = LINE["hold_placed"]
    assert hold.guards == ()
    assert LINE.decide(S.LISTED, hold, LineFacts()) == Allowed(S.HELD)
    for state in BEGUN:
        decision = LINE.decide(state, hold, LineFacts())
        assert isinstance(decision, Refused)
        assert [reason.code for reason in decision.reasons] == ["too_late_for_this_line"]


def test_a_half_destroyed_line_can_only_be_finished() -> None:
    assert {step.to_state for step in LINE.steps_from(S.DESTROYING)} == {S.DESTROYED, S.FAILED}
    assert {step.to_state for step in LINE.steps_from(S.FAILED)} == {S.DESTROYING}
    held = replace(CLEAR, held=True)
    assert LINE.decide(S.FAILED, LINE["retry"], held) == Allowed(S.DESTROYING)


def test_ends_are_ends_and_every_state_is_reached() -> None:
    assert {S.EXCLUDED, S.HELD, S.SKIPPED, S.DESTROYED} == LINE_ENDS
    assert {S.DESTROYING, S.FAILED, S.DESTROYED} == BEGUN
    assert {S.LISTED, S.EXCLUDED, S.HELD, S.SKIPPED} == WHOLE
    assert all(LINE.steps_from(state) == () for state in LINE_ENDS)
    assert {step.to_state for step in TRANSITIONS} == set(LineState)


def test_what_can_be_taken_back_is_taken_back_by_a_step_that_begins_there() -> None:
    undone_by = {"list": ("exclude",), "fail": ("retry",), "retry": ("fail",)}
    for step in TRANSITIONS:
        assert step.undone_by == undone_by.get(step.name, ())
        assert all(step.to_state in LINE[name].from_states for name in step.undone_by)


def test_nothing_is_deleted_before_the_versions_are_written_down_and_nothing_is_proved_before_it_is_absent() -> None:
    begins = [step for step in TRANSITIONS if step.to_state is S.DESTROYING and S.LISTED in step.from_states]
    assert [step.name for step in begins] == ["begin"]
    destroyed = [step for step in TRANSITIONS if step.to_state is S.DESTROYED]
    assert [(step.name, step.from_states) for step in destroyed] == [("finish", frozenset({S.DESTROYING}))]


def test_the_service_itself_drives_a_line_to_its_end() -> None:
    state = S.LISTED
    for name in ("begin", "fail", "retry", "finish"):
        decision = decide(state, LINE[name], CLEAR, Asking(SYSTEM))
        assert isinstance(decision, Allowed)
        state = decision.to_state
    assert state is S.DESTROYED
