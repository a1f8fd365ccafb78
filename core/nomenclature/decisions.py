"""What a term means that was not understood: a records officer proposes it, a second person confirms it."""

from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from core.nomenclature.errors import (
    DecisionAnswered,
    DecisionNotUnderstood,
    DecisionPending,
    SamePerson,
    TermUnderstood,
)
from core.nomenclature.models import RecordClass, TermDecision
from core.nomenclature.rules import current_rule, keep_decided_rule
from core.nomenclature.term_reading import RuleCells, read_term

RULE_DECIDED_JOB: Final = "nomenclature.apply_decision"
"""Recomputes what a decision changes; those who compute dates register its handler."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The term as it shall be read, in words that are understood, on which basis and why."""

    cells: RuleCells
    basis: str
    reason: str


async def find_decision(decision_id: UUID) -> TermDecision:
    """Return a decision of the current institution; raise `NotFound`."""
    found = await TermDecision.get_or_none(id=decision_id)
    if found is None:
        raise NotFound
    return found


async def propose(work: Work, row: RecordClass, proposal: Proposal) -> TermDecision:
    """Say what the term of a row means; nothing changes before another person confirms it.

    Raises `NotFound` for a reserve number, `TermUnderstood`, `DecisionNotUnderstood`,
    `DecisionPending` or `StaleState`.
    """
    if row.rule_root_id is None:
        raise NotFound
    rule = await current_rule(work, row.rule_root_id)
    if rule.origin == "nomenclature" and rule.status == "understood":
        raise TermUnderstood
    reading = read_term(proposal.cells)
    if reading.status != "understood":
        raise DecisionNotUnderstood(not_understood=reading.not_understood)
    await _refuse_second(rule.root_id)
    decision_id = new_id()
    try:
        await TermDecision.create(
            id=decision_id,
            root_id=rule.root_id,
            about_rule_id=rule.id,
            class_id=row.id,
            **asdict(proposal.cells),
            reading=reading.content,
            basis=proposal.basis,
            reason=proposal.reason,
            state="proposed",
            proposed_by=actor(work),
            proposed_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) != "term_decisions_one_open":
            raise
        raise StaleState from error
    facts = {"record_class": str(row.id), **asdict(proposal.cells), "basis": proposal.basis, "reason": proposal.reason}
    work.record("term.decision_proposed", "term_decision", decision_id, facts)
    return await find_decision(decision_id)


async def _refuse_second(root_id: UUID) -> None:
    pending = await TermDecision.get_or_none(root_id=root_id, state="proposed")
    if pending is not None:
        raise DecisionPending(decision=str(pending.id), address=f"/api/v1/term-decisions/{pending.id}")


async def confirm(work: Work, decision: TermDecision, reason: str) -> TermDecision:
    """Confirm another person's proposal: it is a version of the rule from now on, and dates are computed anew.

    Raises `SamePerson` or `DecisionAnswered`.
    """
    await _answer(work, decision)
    rule_id = await keep_decided_rule(work, decision.id)
    await TermDecision.filter(id=decision.id).update(
        state="confirmed", answered_by=actor(work), answered_at=work.now, answer_reason=reason, rule_id=rule_id
    )
    work.record("term.decision_confirmed", "term_decision", decision.id, {"rule": str(rule_id), "reason": reason})
    work.emit("term.decided", {"decision": str(decision.id), "rule": str(rule_id)})
    work.defer(
        RULE_DECIDED_JOB,
        subject_type="term_decision",
        subject_id=decision.id,
        arguments={"root": str(decision.root_id)},
        lock=f"rule:{decision.root_id}",
    )
    return await find_decision(decision.id)


async def reject(work: Work, decision: TermDecision, reason: str) -> TermDecision:
    """Refuse another person's proposal; raise `SamePerson` or `DecisionAnswered`."""
    await _answer(work, decision)
    await TermDecision.filter(id=decision.id).update(
        state="rejected", answered_by=actor(work), answered_at=work.now, answer_reason=reason
    )
    work.record("term.decision_rejected", "term_decision", decision.id, {"reason": reason})
    return await find_decision(decision.id)


async def _answer(work: Work, decision: TermDecision) -> None:
    """Lock a proposal for its one answer by somebody else."""
    locked = await TermDecision.filter(id=decision.id).select_for_update().first()
    if locked is None or locked.state != "proposed":
        raise DecisionAnswered
    if locked.proposed_by == actor(work):
        raise SamePerson(step="proposal")
