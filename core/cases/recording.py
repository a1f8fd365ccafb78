"""What people record of a case: events, answers, gates, decisions; each may move its date, never silently earlier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.cases.errors import CaseStepRefused, FactRevoked, UnknownEventCode
from core.cases.models import Case, CaseFact
from core.cases.opening import EARLIEST, find_case, lock_case, require_day
from core.cases.verdicts import Judgement, judge, keep, require_step
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from retention import cases as steps
from retention.case_facts import COMPUTED, CaseFacts, CaseState
from retention.reckoning import AwaitedKind
from retention.redating import Shift, compare
from retention.triggers import CODES


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFact:
    """Something to be recorded, with the document that proves it."""

    kind: str
    evidence: str
    code: str = ""
    words: str = ""
    happened_on: date | None = None
    answer: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What the person who records says of its consequence."""

    earlier: bool = False
    """That the case may be free earlier, or no longer blocked."""


_LATEST: Final = date(2999, 12, 31)
_DECISIONS: Final = frozenset({"need_ended", "prolonged", "appraised"})
"""Kinds that are recorded only if something follows from them."""


async def find_fact(fact_id: UUID) -> CaseFact:
    """Return something recorded of a case of the current institution; raise `NotFound`."""
    found = await CaseFact.get_or_none(id=fact_id)
    if found is None:
        raise NotFound
    return found


async def record_fact(work: Work, case: Case, fact: NewFact, accepted: Acceptance, *, today: date) -> CaseFact:
    """Record something of a case and date it anew.

    Raises `UnknownEventCode`, `ImpossibleCaseDate`, `StaleState`, or `CaseStepRefused` when the table of steps does
    not allow what follows from it.
    """
    if fact.kind == "event" and fact.code not in CODES:
        raise UnknownEventCode(codes=list(CODES))
    if fact.happened_on is not None:
        coming = fact.kind == "prolonged"
        require_day("kept_until" if coming else "happened_on", fact.happened_on, EARLIEST, _LATEST if coming else today)
    locked, before = await _judged(work, case, today)
    fact_id = new_id()
    members = {name: getattr(fact, name) for name in NewFact.__dataclass_fields__}
    await CaseFact.create(id=fact_id, case_id=case.id, recorded_by=actor(work), recorded_at=work.now, **members)
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in members.items()}
    work.record("case.fact_recorded", "case", case.id, {"fact": str(fact_id), **said})
    await _follow(work, locked, before, fact.kind, accepted, today=today)
    return await find_fact(fact_id)


async def revoke_fact(
    work: Work, case: Case, fact: CaseFact, reason: str, accepted: Acceptance, *, today: date
) -> Case:
    """Take back what was recorded by mistake; raise `FactRevoked`, `StaleState` or `CaseStepRefused`."""
    if fact.kind == "revoked":
        raise FactRevoked
    locked, before = await _judged(work, case, today)
    try:
        await CaseFact.create(
            id=new_id(),
            case_id=case.id,
            kind="revoked",
            evidence=reason,
            revokes_id=fact.id,
            recorded_by=actor(work),
            recorded_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) == "case_facts_revoked_once":
            raise FactRevoked from error
        raise
    work.record("case.fact_revoked", "case", case.id, {"fact": str(fact.id), "reason": reason})
    await _follow(work, locked, before, f"revoked_{fact.kind}", accepted, today=today)
    return await find_case(case.id)


async def _judged(work: Work, case: Case, today: date) -> tuple[Case, Judgement]:
    locked = await lock_case(case.id)
    if locked.revision != case.revision:
        raise StaleState
    return locked, await judge(work, locked, today=today)


async def _follow(work: Work, case: Case, before: Judgement, kind: str, accepted: Acceptance, *, today: date) -> None:
    """Take the step that follows from what was recorded, if the case is closed already."""
    if case.state is CaseState.OPEN and kind != "prolonged":
        await Case.filter(id=case.id).update(revision=case.revision + 1)
        return
    after = await judge(work, case, today=today)
    if case.state in COMPUTED and kind not in _DECISIONS and _is_unmoved(before, after):
        await keep(work, case, case.state, after)
        return
    facts = CaseFacts(
        held=bool(after.verdict.holds),
        verdict=after.verdict,
        verdict_before=before.verdict,
        bound=case.bound,
        reason_given=True,
        evidence_given=True,
        minutes_given=True,
        previewed=True,
        earlier_accepted=accepted.earlier,
        floor_passed=_need_is_over(after),
    )
    step = _step(case.state, kind, after)
    state = require_step(case.state, step, facts)
    if state is CaseState.RETAINED and after.state is CaseState.EXPIRED:
        state = require_step(state, steps.EXPIRE, facts)
    await keep(work, case, state, after)


def _is_unmoved(before: Judgement, after: Judgement) -> bool:
    return before.state is after.state and compare(before.verdict, after.verdict).shift is Shift.UNCHANGED


def _need_is_over(judgement: Judgement) -> bool:
    """Say whether the recorded decision that the need ended counts: it does not before its floor has passed."""
    return all(each.kind is not AwaitedKind.END_OF_NEED for each in judgement.verdict.awaited)


def _step(state: CaseState, kind: str, after: Judgement) -> steps.Transition:
    """Return the step of the table that recording `kind` asks for."""
    if kind == "event":
        return _event(state, after)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if kind == "prolonged":
        return steps.APPRAISE_PROLONG if state is CaseState.EXPIRED else steps.PROLONG
    if kind == "appraised":
        return _appraisal(state, after)
    if kind == "revoked_event" and after.state is CaseState.AWAITING_EVENT:
        return steps.RETRACT_EVENT
    # An answer may make the case free earlier; so may taking one back, or one of several events.
    return _of_family(steps.ACCEPT, after.state, state)


_SIMPLE: Final[Mapping[str, steps.Transition]] = {
    "need_ended": steps.END_NEED,
    "revoked_need_ended": steps.RENEW_NEED,
}


def _event(state: CaseState, after: Judgement) -> steps.Transition:
    if state is not CaseState.AWAITING_EVENT:
        return steps.RECORD_LATER_EVENT
    retained = CaseState.RETAINED if after.state is CaseState.EXPIRED else after.state
    return _of_family(steps.RECORD_EVENT, retained, state)


def _appraisal(state: CaseState, after: Judgement) -> steps.Transition:
    if state is CaseState.PERMANENT:
        return _of_family(steps.REAPPRAISE, after.state, state)
    return steps.APPRAISE_KEEP if after.state is CaseState.PERMANENT else steps.APPRAISE_DESTROY


def _of_family(family: Mapping[CaseState, steps.Transition], wanted: CaseState, state: CaseState) -> steps.Transition:
    if wanted not in family:
        raise CaseStepRefused(state=state.value, step="record", reasons=["verdict_differs"], remedies=[])
    return family[wanted]
