"""Holds: what they cover, who places them, and that somebody else lifts them."""

import pytest

from retention.holds import (
    EXTEND,
    HOLD,
    LIFT,
    PLACE,
    TRANSITIONS,
    Hold,
    Holdable,
    HoldFacts,
    HoldReason,
    HoldState,
    Transition,
    covers,
    decide,
    holds_over,
)
from retention.transitions import Allowed, Asking, Refused, Role
from tests.retention_rules.rules import asks

CASE = Holdable(
    case="дело 1",
    parts=frozenset({"дело 1, том 2"}),
    persons=frozenset({"Примерова"}),
    record_classes=frozenset({"02-15/2024", "02-15/2025"}),
)
GIVEN = HoldFacts(reason_given=True, document_given=True, covers_something=True)
PLACED = HoldFacts(reason_given=True, document_given=True, covers_something=True, placed_by="Образцов")


@pytest.mark.parametrize(
    ("hold", "covered"),
    [
        (Hold(id="1"), False),
        (Hold(id="1", cases=frozenset({"дело 1"})), True),
        (Hold(id="1", cases=frozenset({"дело 1, том 2"})), True),
        (Hold(id="1", cases=frozenset({"дело 2", "дело 1"})), True),
        (Hold(id="1", cases=frozenset({"дело 2"})), False),
        (Hold(id="1", persons=frozenset({"Примерова"})), True),
        (Hold(id="1", persons=frozenset({"Тестов"})), False),
        (Hold(id="1", record_classes=frozenset({"02-15/2024"})), True),
        (Hold(id="1", record_classes=frozenset({"02-16/2024"})), False),
        (Hold(id="1", whole_institution=True), True),
        (Hold(id="1", whole_institution=True, state=HoldState.LIFTED), False),
    ],
)
def test_a_hold_covers_what_it_names(hold: Hold, *, covered: bool) -> None:
    assert covers(hold, CASE) is covered
    assert holds_over([hold], CASE) == (("1",) if covered else ())


def test_a_case_is_held_as_long_as_one_active_hold_is_left() -> None:
    lifted = Hold(id="1", cases=frozenset({"дело 1"}), state=HoldState.LIFTED)
    other = Hold(id="2", persons=frozenset({"Примерова"}))
    third = Hold(id="3", whole_institution=True)
    assert holds_over([third, lifted, other], CASE) == ("3", "2")
    assert holds_over([lifted], CASE) == ()


def test_a_hold_on_a_person_or_class_takes_a_case_that_comes_later() -> None:
    later = Holdable(case="дело 99", persons=frozenset({"Примерова"}))
    assert covers(Hold(id="1", persons=frozenset({"Примерова"})), later)


PLACERS = (Role.CLERK, Role.RECORDS_OFFICER, Role.HEAD)
LIFTERS = (Role.RECORDS_OFFICER, Role.HEAD)


@pytest.mark.parametrize("role", Role)
def test_only_its_roles_take_a_step(role: Role) -> None:
    for step, state, facts, may in (
        (PLACE, None, GIVEN, PLACERS),
        (EXTEND, HoldState.ACTIVE, PLACED, PLACERS),
        (LIFT, HoldState.ACTIVE, PLACED, LIFTERS),
    ):
        decision = decide(state, step, facts, asks("Тестова", role))
        if role in may:
            assert decision == Allowed(step.to_state)
        else:
            assert codes(decision) == ["not_your_step"]


def codes(decision: Allowed[HoldState] | Refused) -> list[str]:
    assert isinstance(decision, Refused)
    return [reason.code for reason in decision.reasons]


@pytest.mark.parametrize(
    ("state", "step", "facts", "asking", "refused"),
    [
        (
            None,
            PLACE,
            HoldFacts(reason_given=False, document_given=False, covers_something=False),
            asks("Тестова", Role.CLERK),
            ["no_reason", "no_document", "nothing_to_hold"],
        ),
        (
            HoldState.ACTIVE,
            EXTEND,
            HoldFacts(reason_given=False, document_given=False, covers_something=False),
            asks("Тестова", Role.CLERK),
            ["no_reason", "nothing_to_hold"],
        ),
        (
            HoldState.ACTIVE,
            LIFT,
            HoldFacts(reason_given=False, document_given=False, covers_something=True, placed_by="Образцов"),
            asks("Тестова", Role.HEAD),
            ["no_reason", "no_document"],
        ),
        (HoldState.ACTIVE, LIFT, PLACED, asks("Образцов", Role.HEAD), ["same_person"]),
        (HoldState.ACTIVE, LIFT, GIVEN, asks("Образцов", Role.HEAD), ["placer_unknown"]),
        (HoldState.ACTIVE, PLACE, GIVEN, asks("Тестова", Role.HEAD), ["hold_exists"]),
        (HoldState.LIFTED, EXTEND, PLACED, asks("Тестова", Role.HEAD), ["hold_lifted"]),
        (HoldState.LIFTED, LIFT, PLACED, asks("Тестова", Role.HEAD), ["hold_lifted"]),
        (None, LIFT, PLACED, asks("Тестова", Role.HEAD), ["no_such_hold"]),
    ],
)
def test_a_refusal_names_every_reason(
    state: HoldState | None, step: Transition, facts: HoldFacts, asking: Asking, refused: list[str]
) -> None:
    assert codes(decide(state, step, facts, asking)) == refused


def test_in_single_person_mode_one_person_may_lift_the_own_hold() -> None:
    alone = asks("Образцов", Role.HEAD, single_person=True)
    assert decide(HoldState.ACTIVE, LIFT, PLACED, alone) == Allowed(HoldState.LIFTED)


def test_a_hold_can_be_placed_whatever_stands_on_an_act() -> None:
    assert {guard.refusal.code for guard in PLACE.guards} == {"no_reason", "no_document", "nothing_to_hold"}


def test_a_lifted_hold_never_comes_back() -> None:
    assert not any(HoldState.LIFTED in step.from_states for step in TRANSITIONS)
    assert [step.undone_by for step in TRANSITIONS] == [("lift",), ("lift",), ()]
    assert HOLD["lift"] is LIFT
    assert set(HoldReason) == {"claim", "criminal_matter", "audit", "subject_request"}
