"""The life of a case: every row of its table, who takes it, what stands against it, how it is taken back."""

from dataclasses import replace
from datetime import date

import pytest

from retention.case_facts import CASE_ENDS, COMPUTED, CaseFacts, CaseState, state_of
from retention.cases import CASE, TRANSITIONS, decide, require
from retention.circumstances import Answer
from retention.errors import TransitionRefused
from retention.terms import AppraisalMark, Gate, OtherTerm, OtherTermBy, TermKind, Upgrade
from retention.transitions import Allowed, Asking, Refused, Role
from retention.verdicts import Outcome, Verdict
from tests.retention_rules.rules import SOURCE, asks, person, term, verdict, years

S = CaseState
CLOSED = date(2019, 6, 1)
TODAY = date(2026, 1, 1)
EXPIRED = verdict(years(5), closed=CLOSED, today=TODAY)
RETAINED = verdict(years(10), closed=CLOSED, today=TODAY)
LATER = verdict(years(15), closed=CLOSED, today=TODAY)
AWAITING = verdict(years(5, "replaced"), closed=CLOSED, today=TODAY)
PERMANENT = verdict(term(TermKind.PERMANENT), closed=CLOSED, today=TODAY, policy=SOURCE)
REVIEW = verdict(term(TermKind.NOT_APPLICABLE), closed=CLOSED, today=TODAY)
GATED = verdict(years(5), Gate(words="При условии проведения проверки"), closed=CLOSED, today=TODAY)
MARKED = verdict(years(5, mark=AppraisalMark.EPK), closed=CLOSED, today=TODAY)
VERDICTS = {
    S.EXPIRED: EXPIRED,
    S.RETAINED: RETAINED,
    S.AWAITING_EVENT: AWAITING,
    S.PERMANENT: PERMANENT,
    S.NEEDS_REVIEW: REVIEW,
}
GOOD = CaseFacts(
    held=False,
    verdict_before=EXPIRED,
    author="автор",
    volumes_closed=True,
    closing_day_given=True,
    reason_given=True,
    evidence_given=True,
    minutes_given=True,
    floor_passed=True,
    bound=False,
    previewed=True,
    earlier_accepted=True,
    same_class=True,
    handed_over=True,
    goes_to_archive=False,
    destruction_begun=False,
    absence_proved=True,
)


def good(verdict: Verdict | None) -> CaseFacts:
    return replace(GOOD, verdict=verdict)


CLERK, OFFICER, COMMISSION, HEAD = Role.CLERK, Role.RECORDS_OFFICER, Role.COMMISSION, Role.HEAD
LEAVE = {S.CLOSED, *COMPUTED}
ANYBODY = set(Role)
LAST = (S.PERMANENT, S.NEEDS_REVIEW, S.AWAITING_EVENT, S.RETAINED)

# step, from, to, the verdict of now, who may
Row = tuple[str, set[CaseState], CaseState, Verdict | None, set[Role]]
ROWS: list[Row] = [
    ("close", {S.OPEN}, S.CLOSED, None, {CLERK}),
    ("reopen", LEAVE, S.OPEN, None, {CLERK}),
    *((f"compute_{state}", {S.CLOSED}, state, VERDICTS[state], {Role.SYSTEM}) for state in LAST),
    *(
        (f"decide_{state}", {S.NEEDS_REVIEW}, state, VERDICTS[state], {OFFICER})
        for state in (S.RETAINED, S.AWAITING_EVENT, S.PERMANENT)
    ),
    ("record_event_retained", {S.AWAITING_EVENT}, S.RETAINED, RETAINED, {CLERK}),
    ("record_event_awaiting_event", {S.AWAITING_EVENT}, S.AWAITING_EVENT, AWAITING, {CLERK}),
    ("record_later_event", {S.RETAINED, S.EXPIRED}, S.RETAINED, LATER, {CLERK}),
    ("retract_event", {S.AWAITING_EVENT, S.RETAINED, S.EXPIRED}, S.AWAITING_EVENT, AWAITING, {CLERK}),
    ("end_need", {S.AWAITING_EVENT}, S.RETAINED, RETAINED, {COMMISSION, HEAD}),
    ("renew_need", {S.RETAINED, S.EXPIRED}, S.AWAITING_EVENT, AWAITING, {COMMISSION, HEAD}),
    *((f"accept_{state}", set(COMPUTED), state, VERDICTS[state], {OFFICER, HEAD}) for state in sorted(COMPUTED)),
    ("prolong", {S.RETAINED}, S.RETAINED, LATER, {COMMISSION}),
    ("expire", {S.RETAINED}, S.EXPIRED, EXPIRED, {Role.SYSTEM}),
    ("appraise_destroy", {S.EXPIRED}, S.EXPIRED, EXPIRED, {COMMISSION}),
    ("appraise_keep", {S.EXPIRED}, S.PERMANENT, PERMANENT, {COMMISSION}),
    ("appraise_prolong", {S.EXPIRED}, S.RETAINED, LATER, {COMMISSION}),
    *(
        (f"reappraise_{state}", {S.PERMANENT}, state, VERDICTS[state], {COMMISSION})
        for state in (S.RETAINED, S.EXPIRED, S.AWAITING_EVENT)
    ),
    ("put_on_act", {S.EXPIRED}, S.ON_ACT, EXPIRED, {OFFICER}),
    ("exclude_expired", {S.ON_ACT}, S.EXPIRED, EXPIRED, {Role.AUTHOR, COMMISSION}),
    ("exclude_retained", {S.ON_ACT}, S.RETAINED, RETAINED, {Role.AUTHOR, COMMISSION}),
    ("hold_placed", {S.ON_ACT}, S.EXPIRED, None, ANYBODY),
    *((f"release_{state}", {S.ON_ACT}, state, VERDICTS[state], {Role.SYSTEM}) for state in sorted(COMPUTED)),
    ("execution_failed", {S.ON_ACT}, S.ON_ACT, None, {Role.SYSTEM}),
    ("executed", {S.ON_ACT}, S.DESTROYED, None, {Role.SYSTEM}),
    ("liquidated", {S.PERMANENT}, S.EXPIRED, EXPIRED, {HEAD}),
    ("liquidated_to_archive", {S.PERMANENT}, S.TRANSFERRED, None, {HEAD}),
    ("transfer", LEAVE, S.TRANSFERRED, None, {OFFICER}),
    ("return", LEAVE, S.RETURNED, None, {CLERK}),
    ("merge", {S.OPEN, S.CLOSED}, S.MERGED, None, {OFFICER}),
]


def asking(role: Role) -> Asking:
    """Somebody with one role, and a second person who may confirm anything."""
    confirms = person("второй", *Role)
    return asks("автор", second=confirms) if role is Role.AUTHOR else asks("первый", role, second=confirms)


def test_the_table_is_complete() -> None:
    assert sorted(row[0] for row in ROWS) == sorted(step.name for step in TRANSITIONS)


@pytest.mark.parametrize(("name", "from_states", "to_state", "now", "may"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_of_the_table(
    name: str, from_states: set[CaseState], to_state: CaseState, now: Verdict | None, may: set[Role]
) -> None:
    step = CASE[name]
    for state in CaseState:
        for role in Role:
            decision = decide(state, step, good(now), asking(role))
            if state in from_states and role in may:
                assert decision == Allowed(to_state)
                assert require(state, step, good(now), asking(role)) is to_state
                continue
            assert isinstance(decision, Refused)
            codes = {reason.code for reason in decision.reasons}
            assert ("not_your_step" in codes) == (role not in may)
            assert ("case_ended" in codes) == (state in CASE_ENDS)
            assert ("case_in_another_state" in codes) == (state not in from_states | CASE_ENDS)


@pytest.mark.parametrize("row", [row for row in ROWS if row[3] is not None], ids=lambda row: row[0])
def test_a_step_that_a_verdict_steers_goes_nowhere_else(row: Row) -> None:
    name, from_states, to_state, _, may = row
    if name in {"prolong", "put_on_act"}:
        return
    fitting = {to_state}
    if to_state is S.RETAINED and name.startswith(("compute", "decide", "record", "end_need")):
        fitting.add(S.EXPIRED)
    for state, found in [*VERDICTS.items(), (None, None)]:
        facts = replace(good(found), verdict_before=verdict(years(1), closed=CLOSED, today=TODAY))
        decision = decide(min(from_states), CASE[name], facts, asking(min(may)))
        codes = [reason.code for reason in decision.reasons] if isinstance(decision, Refused) else []
        assert ("verdict_differs" in codes) == (state not in fitting)


def against(name: str, facts: CaseFacts) -> list[str]:
    step = CASE[name]
    role = min(step.by, default=CLERK)
    with pytest.raises(TransitionRefused) as refusal:
        require(min(step.from_states), step, facts, asking(role))
    assert refusal.value.subject == "case"
    return list(refusal.value.reasons)


BAD = CaseFacts(author="автор")
AGAINST = {
    "close": ["volumes_open", "no_closing_day"],
    "reopen": ["no_reason", "bound"],
    "compute_retained": ["verdict_differs"],
    "decide_retained": ["no_reason", "no_evidence", "verdict_differs"],
    "record_event_retained": ["no_evidence", "verdict_differs"],
    "record_later_event": ["no_evidence", "bound", "date_not_later", "verdict_differs"],
    "retract_event": ["no_reason", "bound", "verdict_differs"],
    "end_need": ["no_evidence", "floor_not_passed", "verdict_differs"],
    "renew_need": ["no_reason", "bound", "verdict_differs"],
    "accept_expired": ["not_previewed", "bound", "earlier_not_accepted", "appraisal_decides", "verdict_differs"],
    "prolong": ["no_minutes_named", "date_not_later"],
    "expire": ["verdict_differs"],
    "appraise_destroy": ["no_minutes_named", "verdict_differs"],
    "appraise_keep": ["no_minutes_named", "verdict_differs"],
    "appraise_prolong": ["no_minutes_named", "date_not_later", "verdict_differs"],
    "reappraise_expired": ["no_minutes_named", "bound", "verdict_differs"],
    "put_on_act": ["held", "not_due"],
    "exclude_expired": ["no_reason", "destruction_begun", "verdict_differs"],
    "hold_placed": ["destruction_begun"],
    "release_expired": ["destruction_begun", "verdict_differs"],
    "executed": ["absence_not_proved"],
    "liquidated": ["held", "goes_to_archive", "verdict_differs"],
    "liquidated_to_archive": ["held", "not_handed_over"],
    "transfer": ["held", "not_handed_over"],
    "return": ["held", "not_handed_over"],
    "merge": ["held", "other_class"],
}


@pytest.mark.parametrize("name", AGAINST)
def test_everything_that_stands_against_a_step_is_named(name: str) -> None:
    assert against(name, BAD) == AGAINST[name]


@pytest.mark.parametrize("name", [step.name for step in TRANSITIONS])
def test_members_of_a_family_have_the_same_guards(name: str) -> None:
    family = [other for other in AGAINST if name.startswith(other.split("_", maxsplit=1)[0])]
    if name == "execution_failed":
        assert CASE[name].guards == ()
    elif name not in AGAINST:
        assert [guard.refusal.code for guard in CASE[name].guards] == AGAINST[family[0]]


def test_every_reason_against_a_step_is_one_of_the_table() -> None:
    assert {code for codes in AGAINST.values() for code in codes} == {
        guard.refusal.code for step in TRANSITIONS for guard in step.guards
    }


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (verdict(years(5), closed=None), S.OPEN),
        (EXPIRED, S.EXPIRED),
        (GATED, S.EXPIRED),
        (MARKED, S.EXPIRED),
        (RETAINED, S.RETAINED),
        (AWAITING, S.AWAITING_EVENT),
        (PERMANENT, S.PERMANENT),
        (verdict(term(TermKind.PERMANENT), closed=CLOSED), S.PERMANENT),
        (REVIEW, S.NEEDS_REVIEW),
    ],
)
def test_a_verdict_puts_a_case_into_a_state(found: Verdict, state: CaseState) -> None:
    assert state_of(found) is state


@pytest.mark.parametrize("found", [GATED, MARKED, RETAINED, AWAITING, PERMANENT, REVIEW, None])
def test_only_what_is_due_comes_on_an_act(found: Verdict | None) -> None:
    assert against("put_on_act", good(found)) == ["not_due"]


def test_a_held_case_comes_on_no_act_whether_the_verdict_or_the_facts_say_so() -> None:
    held = EXPIRED._replace(holds=("иск 1",))
    assert against("put_on_act", replace(good(held), held=True)) == ["held", "not_due"]
    assert against("put_on_act", good(held)) == ["not_due"]
    assert against("put_on_act", replace(good(EXPIRED), held=True)) == ["held"]


class TestAcceptance:
    def test_an_earlier_date_needs_an_explicit_word(self) -> None:
        earlier = replace(good(EXPIRED), verdict_before=RETAINED, earlier_accepted=False)
        assert against("accept_expired", earlier) == ["earlier_not_accepted"]
        officer = asks("первый", OFFICER)
        assert decide(S.RETAINED, CASE["accept_expired"], replace(earlier, earlier_accepted=True), officer) == Allowed(
            S.EXPIRED
        )

    def test_a_later_date_needs_none(self) -> None:
        later = replace(good(LATER), verdict_before=RETAINED, earlier_accepted=False)
        assert decide(S.RETAINED, CASE["accept_retained"], later, asks("первый", OFFICER)) == Allowed(S.RETAINED)

    @pytest.mark.parametrize(("now", "before"), [(EXPIRED, None), (None, EXPIRED), (None, None)])
    def test_what_is_unknown_counts_as_earlier(self, now: Verdict | None, before: Verdict | None) -> None:
        facts = CaseFacts(verdict=now, verdict_before=before)
        assert facts.loosened
        assert not facts.later

    @pytest.mark.parametrize(
        ("now", "before", "later"),
        [
            (LATER, RETAINED, True),
            (RETAINED, LATER, False),
            (RETAINED, RETAINED, False),
            (AWAITING, RETAINED, False),
            (RETAINED, AWAITING, False),
        ],
    )
    def test_later_is_a_later_day(self, now: Verdict, before: Verdict, *, later: bool) -> None:
        assert CaseFacts(verdict=now, verdict_before=before).later is later


class TestPermanent:
    @pytest.mark.parametrize("now", [RETAINED, EXPIRED, AWAITING])
    def test_only_an_appraisal_releases_what_its_rule_keeps(self, now: Verdict) -> None:
        facts = replace(good(now), verdict_before=PERMANENT)
        refused = decide(S.PERMANENT, CASE[f"accept_{state_of(now)}"], facts, asks("первый", OFFICER))
        assert isinstance(refused, Refused)
        assert [reason.code for reason in refused.reasons] == ["appraisal_decides"]
        commission = asks("первый", COMMISSION)
        assert isinstance(decide(S.PERMANENT, CASE[f"reappraise_{state_of(now)}"], facts, commission), Allowed)

    @pytest.mark.parametrize(
        "condition",
        [
            Upgrade(words="При отсутствии годовых", term=term(TermKind.PERMANENT)),
            OtherTerm(by=OtherTermBy.PLACE, words="По месту разработки", term=term(TermKind.PERMANENT)),
        ],
    )
    def test_what_was_only_assumed_is_released_by_the_answer(self, condition: Upgrade | OtherTerm) -> None:
        assumed = verdict(years(5), condition, closed=CLOSED, today=TODAY, policy=SOURCE)
        answered = verdict(
            years(5), condition, closed=CLOSED, today=TODAY, policy=SOURCE, answers={condition.words: Answer.NO}
        )
        facts = replace(good(answered), verdict_before=assumed)
        assert decide(S.PERMANENT, CASE["accept_expired"], facts, asks("первый", OFFICER)) == Allowed(S.EXPIRED)

    def test_it_may_become_firmer_or_stay(self) -> None:
        officer = asks("первый", OFFICER)
        review = replace(good(REVIEW), verdict_before=PERMANENT)
        assert decide(S.PERMANENT, CASE["accept_needs_review"], review, officer) == Allowed(S.NEEDS_REVIEW)
        liquidation = verdict(term(TermKind.PERMANENT), closed=CLOSED, today=TODAY)
        softer = replace(good(liquidation), verdict_before=PERMANENT)
        assert decide(S.PERMANENT, CASE["accept_permanent"], softer, officer) == Allowed(S.PERMANENT)


class TestTwoPersons:
    @pytest.mark.parametrize("name", ["decide_retained", "transfer", "return"])
    def test_one_is_not_enough(self, name: str) -> None:
        step = CASE[name]
        state = min(step.from_states)
        facts = good(RETAINED)
        alone = decide(state, step, facts, asks("первый", *Role))
        assert isinstance(alone, Refused)
        assert [reason.code for reason in alone.reasons] == ["no_second_person"]
        twice = decide(state, step, facts, asks("первый", *Role, second=person("первый", *Role)))
        assert isinstance(twice, Refused)
        assert [reason.code for reason in twice.reasons] == ["same_person"]
        declared = asks("первый", *Role, second=person("первый", *Role), single_person=True)
        assert isinstance(decide(state, step, facts, declared), Allowed)

    @pytest.mark.parametrize(
        ("name", "seconds"),
        [("decide_retained", {OFFICER, COMMISSION, HEAD}), ("transfer", {HEAD}), ("return", {OFFICER})],
    )
    def test_the_second_has_a_role_of_the_step(self, name: str, seconds: set[Role]) -> None:
        step = CASE[name]
        for role in Role:
            asked = asks("первый", *step.by, second=person("второй", role))
            decision = decide(min(step.from_states), step, good(RETAINED), asked)
            assert isinstance(decision, Allowed) == (role in seconds)

    def test_all_other_steps_take_one(self) -> None:
        two = {step.name for step in TRANSITIONS if step.second}
        assert two == {"decide_retained", "decide_awaiting_event", "decide_permanent", "transfer", "return"}


ACCEPTING = {f"accept_{state}" for state in COMPUTED}
UNDONE_BY: dict[str, set[str]] = {
    "close": {"reopen"},
    "reopen": {"close"},
    **{f"compute_{state}": {"reopen"} for state in LAST},
    **{f"decide_{state}": {"accept_needs_review"} for state in (S.RETAINED, S.AWAITING_EVENT, S.PERMANENT)},
    "record_event_retained": {"retract_event"},
    "record_event_awaiting_event": {"retract_event"},
    "record_later_event": {"retract_event", *ACCEPTING},
    "retract_event": {"record_event_retained"},
    "end_need": {"renew_need"},
    "renew_need": {"end_need"},
    **dict.fromkeys(ACCEPTING, ACCEPTING),
    "expire": {"appraise_prolong", *ACCEPTING},
    "appraise_destroy": {"appraise_keep", "appraise_prolong"},
    "appraise_keep": {"reappraise_expired", "reappraise_retained", "reappraise_awaiting_event"},
    "reappraise_retained": ACCEPTING,
    "reappraise_expired": ACCEPTING,
    "reappraise_awaiting_event": ACCEPTING,
    "put_on_act": {"exclude_expired", "exclude_retained", "hold_placed"},
    "exclude_expired": {"put_on_act"},
    "exclude_retained": {"expire"},
    "hold_placed": {"put_on_act"},
    "release_expired": {"put_on_act"},
    "execution_failed": {"executed"},
}
"""What is not named cannot be taken back."""


def test_what_can_be_taken_back_is_taken_back_by_a_step_that_begins_there() -> None:
    for step in TRANSITIONS:
        assert set(step.undone_by) == UNDONE_BY.get(step.name, set()), step.name
        for name in step.undone_by:
            assert step.to_state in CASE[name].from_states, (step.name, name)


def test_ends_are_ends_and_every_state_is_reached() -> None:
    assert {S.DESTROYED, S.TRANSFERRED, S.RETURNED, S.MERGED} == CASE_ENDS
    assert all(CASE.steps_from(state) == () for state in CASE_ENDS)
    assert {step.to_state for step in TRANSITIONS} == set(CaseState)
    assert len({step.name for step in TRANSITIONS}) == len(TRANSITIONS)


def test_only_an_executed_act_destroys_and_only_what_is_expired_comes_on_one() -> None:
    assert [step.name for step in TRANSITIONS if step.to_state is S.DESTROYED] == ["executed"]
    assert CASE["executed"].from_states == {S.ON_ACT}
    arrives = [step for step in TRANSITIONS if step.to_state is S.ON_ACT and step.from_states != {S.ON_ACT}]
    assert [(step.name, set(step.from_states)) for step in arrives] == [("put_on_act", {S.EXPIRED})]


def test_every_exit_asks_for_holds() -> None:
    for step in TRANSITIONS:
        if step.to_state in CASE_ENDS - {S.DESTROYED}:
            assert "held" in {guard.refusal.code for guard in step.guards}


def test_outcomes_all_lead_somewhere() -> None:
    assert {state_of(EXPIRED._replace(outcome=outcome)) for outcome in Outcome} == {S.OPEN, *COMPUTED}
