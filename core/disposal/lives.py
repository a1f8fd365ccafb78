"""Where acts, lines and cases take their steps: asked of `retention`, refused in words, written under guard."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.disposal.errors import ActNumberTaken, DisposalLinesRefused, DisposalStepRefused
from core.disposal.models import DisposalAct, DisposalActLine
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from retention import act_lines, disposal
from retention.act_lines import LineFacts, LineState
from retention.case_facts import CaseState
from retention.disposal_facts import ActFacts, ActState
from retention.errors import TransitionRefused
from retention.transitions import SYSTEM, Asking, Refused

_MOVE_CASES: Final = """
UPDATE cases SET state = $3, revision = revision + 1
 WHERE institution_id = $1 AND id = ANY ($2::uuid[]) AND state = ANY ($4::text[])
"""
_LOCK_CASES: Final = """
WITH locked AS (
  SELECT id FROM cases WHERE institution_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE)
SELECT count(*) FROM locked
"""
BY_SYSTEM: Final = Asking(SYSTEM)


async def find_act(act_id: UUID) -> DisposalAct:
    """Return an act of the current institution; raise `NotFound`."""
    found = await DisposalAct.get_or_none(id=act_id)
    if found is None:
        raise NotFound
    return found


async def lock_act(act: DisposalAct) -> DisposalAct:
    """Return the act as it is, and keep it so until the end of the transaction; raise `StaleState` if it has moved on.

    Everything that changes an act or its lines begins here, so steps of one act never run side by side.
    """
    found = await DisposalAct.filter(id=act.id).select_for_update().first()
    if found is None:
        raise NotFound
    if found.revision != act.revision:
        raise StaleState
    return found


async def find_line(line_id: UUID) -> DisposalActLine:
    """Return a line of an act of the current institution; raise `NotFound`."""
    found = await DisposalActLine.get_or_none(id=line_id)
    if found is None:
        raise NotFound
    return found


def require_act_step(act: DisposalAct, step: disposal.Transition, facts: ActFacts, who: Asking) -> ActState:
    """Return the state of an act after a step; raise `DisposalStepRefused` with every reason against it."""
    try:
        return disposal.require(act.state, step, facts, who)
    except TransitionRefused as refusal:
        raise DisposalStepRefused(
            state=act.state.value, step=step.name, reasons=list(refusal.reasons), remedies=list(refusal.remedies)
        ) from refusal


def require_line_step(line: DisposalActLine, step: act_lines.Transition, facts: LineFacts, who: Asking) -> LineState:
    """Return the state of a line after a step; raise `DisposalLinesRefused` with every reason against it."""
    decision = act_lines.decide(line.state, step, facts, who)
    if isinstance(decision, Refused):
        codes = [reason.code for reason in decision.reasons]
        refused = [{"case": str(line.case_id), "reason": code} for code in codes]
        remedies = [reason.remedy for reason in decision.reasons]
        raise DisposalLinesRefused(step=step.name, reasons=codes, remedies=remedies, cases=refused)
    return decision.to_state


async def move_act(
    work: Work,
    act: DisposalAct,
    to_state: ActState,
    action: str,
    facts: dict[str, Any],
    **values: Any,  # noqa: ANN401 - columns
) -> DisposalAct:
    """Write a step over the state and revision that `act` shows; raise `StaleState`, or `ActNumberTaken`."""
    present = DisposalAct.filter(id=act.id, state=act.state, revision=act.revision)
    try:
        changed = await present.update(**values, state=to_state, revision=act.revision + 1)
    except IntegrityError as error:
        if violated_constraint(error) == "disposal_acts_number":
            raise ActNumberTaken(number=values.get("number", "")) from error
        raise
    if changed != 1:
        raise StaleState
    work.record(
        action, "disposal_act", act.id, {"state": {"before": act.state.value, "after": to_state.value}, **facts}
    )
    if to_state is not act.state:
        work.emit(f"disposal_act.{to_state.value}", {"act": str(act.id)})
    return await find_act(act.id)


async def move_cases(
    work: Work, case_ids: Sequence[UUID], from_states: Iterable[CaseState], to_state: CaseState
) -> None:
    """Write the state of cases that this transaction holds locked; raise `StaleState` unless every one moved."""
    values = [work.scope.institution_id, list(case_ids), to_state.value, [state.value for state in from_states]]
    if await work.run(_MOVE_CASES, values) != len(case_ids):
        raise StaleState


async def lock_cases(work: Work, case_ids: Sequence[UUID]) -> None:
    """Keep cases as they are until the end of the transaction; locks them in the order of their ids."""
    await work.rows(_LOCK_CASES, [work.scope.institution_id, sorted(case_ids)])
