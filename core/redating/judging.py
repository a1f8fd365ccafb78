"""What becomes of a case under another rule, compared with what keeps it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.cases.circumstances import circumstances
from core.cases.models import Case, CaseFact
from core.redating.models import UNAFFECTED, Kind
from retention import schedule
from retention.case_facts import CaseFacts
from retention.circumstances import Policy, RuleVersion
from retention.reasons import ReasonCode
from retention.reckoning import Awaited, AwaitedKind
from retention.redating import Redating, Shift, compare
from retention.verdicts import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """What another rule does to cases of which nothing differs that a date depends on."""

    kind: str
    """One of `Kind`, or `UNAFFECTED`."""
    due: bool
    """Whether an act may take them today by the change, which none might before; holds aside."""
    stored: Verdict
    """What is written down of them."""
    after: Verdict
    rule_id: UUID


def judge_change(
    case: Case, facts: Sequence[CaseFact], rules: tuple[RuleVersion, RuleVersion], *, today: date, policy: Policy
) -> Change:
    """Compute what a case would become; `rules` are the one it was dated with and the other one.

    What keeps a case now is both what is written down of it and what its rule says today: a policy that was changed
    meanwhile must not let a date move earlier unseen. Holds are left out, they keep a case whatever its rule.
    """
    known = circumstances(case, facts, ())
    now, after = (schedule.decide(rule, known, today=today, policy=policy) for rule in rules)
    stored = stored_verdict(case, today)
    kind = kind_of((stored, now), after, same_rule=rules[0].version == rules[1].version)
    was_due = now.may_enter_act and stored.earliest_act_date is not None and stored.earliest_act_date <= today
    return Change(kind, after.may_enter_act and not was_due, stored, after, UUID(rules[1].version))


def kind_of(before: tuple[Verdict, Verdict], after: Verdict, *, same_rule: bool) -> str:
    """Return one of `Kind`, or `UNAFFECTED`; `before` is what is written down of a case, and what its rule says now."""
    moves = [compare(each, after) for each in before]
    if any(move.needs_acceptance for move in moves):
        return _loosened(before, after, moves)
    match moves[0].shift:
        case Shift.UNCHANGED:
            return UNAFFECTED if same_rule else Kind.UNCHANGED
        case Shift.LATER:
            return Kind.LATER
        case _:
            return Kind.BLOCKED


def _loosened(before: tuple[Verdict, Verdict], after: Verdict, moves: Sequence[Redating]) -> Kind:
    if not all(CaseFacts(verdict=after, verdict_before=each).keeps_what_is_permanent for each in before):
        return Kind.APPRAISAL_NEEDED
    return Kind.EARLIER if any(move.shift is Shift.EARLIER for move in moves) else Kind.UNBLOCKED


def stored_verdict(case: Case, today: date) -> Verdict:
    """Return what is written down of a dated case as a verdict, without its steps and without holds."""
    said = case.explanation
    won_by = said.get("won_by")
    return Verdict(
        outcome=Outcome(case.outcome),
        today=today,
        version=str(case.rule_id),
        earliest_act_date=case.earliest_act_date,
        not_before=case.not_before,
        won_by=None if won_by is None else ReasonCode(won_by),
        term=None,
        awaited=tuple(
            Awaited(AwaitedKind(each["kind"]), each["code"], each["words"]) for each in said.get("awaited", ())
        ),
        open_gates=tuple(said.get("open_gates", ())),
        assumed=tuple(said.get("assumed", ())),
        appraised=bool(said.get("appraised", True)),
        holds=(),
        reasons=(),
    )
