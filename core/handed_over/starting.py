"""Two executors start the destruction of copies: the first one announces it, the second one confirms it."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final
from uuid import UUID

from core.access.permissions import Role as AccountRole
from core.cases.asking import asking
from core.disposal.execution.errors import ExecutionNotAnnounced
from core.disposal.execution.services import ExecutionServices
from core.disposal.execution.starting import confirm_attempt, roles_now
from core.exits.packages import supersede
from core.handed_over.deciding import under
from core.handed_over.errors import CopyStepRefused
from core.handed_over.lives import DECISIONS, EXECUTE, facts_of, lock_decision, move_decision, require_copy_step
from core.handed_over.models import CopyAttempt, CopyDecision, CopyLine, CopyLineState
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.nomenclature.drafting import actor
from retention.transitions import NO_SECOND_PERSON, Actor, Asking, Refused

COPIES_JOB: Final = "copies.destroy"
"""Destroys the copies of one decision; `copy_decisions_without_driver` in the migration names it too."""


async def announce_copies(work: Work, decision: CopyDecision, who: Asking) -> CopyDecision:
    """Say as the first of two executors that copies shall go; nothing starts before another one confirms.

    Raises `CopyStepRefused` or `StaleState`.
    """
    locked = await lock_decision(decision)
    against = DECISIONS.decide(locked.state, EXECUTE, facts_of(locked), under(locked, who))
    reasons = [each for each in against.reasons if each != NO_SECOND_PERSON] if isinstance(against, Refused) else []
    if reasons:
        codes, remedies = [each.code for each in reasons], [each.remedy for each in reasons]
        raise CopyStepRefused(state=locked.state.value, step=EXECUTE.name, reasons=codes, remedies=remedies)
    waiting = await _announced(locked)
    if waiting is not None and waiting.announced_by == actor(work):
        return locked
    number = await CopyAttempt.filter(decision_id=locked.id).count() + 1
    await CopyAttempt.create(
        id=new_id(), decision_id=locked.id, number=number, announced_by=actor(work), announced_at=work.now
    )
    work.emit("copy_decision.execution_announced", {"decision": str(locked.id)})
    return await move_decision(work, locked, locked.state, "copy_decision.execution_announced", {"attempt": number})


async def confirm_copies(
    services: ExecutionServices, scope: Scope, roles: Collection[AccountRole], decision: CopyDecision
) -> CopyDecision:
    """Start what another executor announced; from here on only holds save what has not begun. A job does the rest.

    The package of the transfer, which holds copies too, goes with them. Raises `CopyStepRefused`,
    `ExecutionNotAnnounced` or `StaleState`.
    """
    async with services.database.work(scope) as work:
        locked = await lock_decision(decision)
        attempt = await _announced(locked)
        if attempt is None:
            _require_state(locked)
            raise ExecutionNotAnnounced
        second = Actor(str(attempt.announced_by), await roles_now(attempt.announced_by))
        who = replace(under(locked, asking(work, roles)), second=second)
        to_state = require_copy_step(locked, EXECUTE, facts_of(locked), who)
        said = await confirm_attempt(work, attempt, services.means)
        moved = await move_decision(work, locked, to_state, "copy_decision.execution_started", said)
        # A half-destroyed line can only be finished.
        await CopyLine.filter(decision_id=locked.id, state=CopyLineState.FAILED).update(
            state=CopyLineState.DESTROYING, reason=""
        )
        await supersede(work, locked.transfer_id)
        defer_destruction(work, locked.id)
        return moved


def defer_destruction(work: Work, decision_id: UUID) -> None:
    """Have the job of a decision run after the commit; two of one decision never run side by side."""
    work.defer(
        COPIES_JOB,
        subject_type="copy_decision",
        subject_id=decision_id,
        arguments={"decision": str(decision_id)},
        lock=f"copies:{decision_id}",
    )


def _require_state(decision: CopyDecision) -> None:
    """Raise `CopyStepRefused` for a decision that cannot be executed in its state."""
    if decision.state not in EXECUTE.from_states:
        against = DECISIONS.refusal_of_state(decision.state)
        raise CopyStepRefused(
            state=decision.state.value, step=EXECUTE.name, reasons=[against.code], remedies=[against.remedy]
        )


async def _announced(decision: CopyDecision) -> CopyAttempt | None:
    latest = await CopyAttempt.filter(decision_id=decision.id).order_by("-number").first()
    return latest if latest is not None and latest.confirmed_by is None else None
