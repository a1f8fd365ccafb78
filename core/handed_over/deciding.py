"""Deciding about copies: the records officer proposes to keep or to destroy them, the head approves under a number."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.exits.contents import files_of
from core.exits.lives import find_transfer, require_exit_day
from core.exits.models import Transfer, TransferLine, TransferState
from core.handed_over.errors import CopiesNotDecidable, CopyDecisionOpen
from core.handed_over.lives import (
    APPROVE,
    CANCEL,
    KEEP,
    facts_of,
    find_decision,
    lock_decision,
    move_decision,
    require_copy_step,
)
from core.handed_over.models import CopyDecision, CopyLine
from core.inventories.policy import single_person_mode
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from retention.transitions import Asking

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCopyDecision:
    """What is proposed."""

    outcome: str
    """`keep` or `destroy`."""
    basis: str
    evidence: str = ""


async def propose_copies(work: Work, transfer_id: UUID, new: NewCopyDecision) -> CopyDecision:
    """Propose what becomes of the files that stayed after an accepted transfer; nothing happens to them yet.

    Cases without a file here are left out. Raises `NotFound`, `CopiesNotDecidable` or `CopyDecisionOpen`.
    """
    transfer = await find_transfer(transfer_id)
    lines = await _lines_with_copies(work, transfer)
    mode = await single_person_mode()
    try:
        made = await CopyDecision.create(
            id=new_id(),
            transfer_id=transfer.id,
            outcome=new.outcome,
            basis=new.basis,
            evidence=new.evidence,
            author_id=actor(work),
            single_person=mode is not None,
            single_person_since=mode.declared_on if mode else None,
            single_person_ground=mode.ground if mode else "",
            created_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) == "copy_decisions_one_open":
            raise CopyDecisionOpen from error
        raise
    rows = [
        CopyLine(
            id=new_id(),
            decision_id=made.id,
            transfer_line_id=line.id,
            case_id=line.case_id,
            listed_at=work.now,
        )
        for line in lines
    ]
    await CopyLine.bulk_create(rows, batch_size=_AT_ONCE)
    said = {"transfer": str(transfer.id), "outcome": new.outcome, "cases": len(rows)}
    work.record("copy_decision.proposed", "copy_decision", made.id, said)
    work.emit("copy_decision.proposed", {"decision": str(made.id), "transfer": str(transfer.id)})
    return await find_decision(made.id)


async def _lines_with_copies(work: Work, transfer: Transfer) -> list[TransferLine]:
    if transfer.state is not TransferState.ACCEPTED:
        raise CopiesNotDecidable(reason="not_accepted")
    lines = await TransferLine.filter(transfer_id=transfer.id, state="transferred").order_by("position")
    files = await files_of(work, [line.case_id for line in lines])
    found = [line for line in lines if files[line.case_id]]
    if not found:
        raise CopiesNotDecidable(reason="no_files_here")
    return found


async def approve_copies(
    work: Work, decision: CopyDecision, who: Asking, number: str, approved_on: date, *, today: date
) -> CopyDecision:
    """Approve under a number, as another person than the author; copies that are to go wait for two executors.

    Raises `CopyStepRefused`, `ImpossibleExitDate`, `CopyDecisionNumberTaken` or `StaleState`.
    """
    locked = await lock_decision(decision)
    transfer = await find_transfer(locked.transfer_id)
    step = APPROVE if locked.outcome == "destroy" else KEEP
    to_state = require_copy_step(locked, step, facts_of(locked), under(locked, who))
    require_exit_day(approved_on, transfer.accepted_on or approved_on, today)
    return await move_decision(
        work,
        locked,
        to_state,
        "copy_decision.approved",
        {"number": number, "outcome": locked.outcome},
        number=number,
        approved_on=approved_on,
        approved_by=actor(work),
    )


async def cancel_copies(work: Work, decision: CopyDecision, who: Asking, reason: str) -> CopyDecision:
    """Give a decision up before anything began; the copies stay. Raises `CopyStepRefused` or `StaleState`."""
    locked = await lock_decision(decision)
    to_state = require_copy_step(locked, CANCEL, facts_of(locked, reason=reason), who)
    return await move_decision(work, locked, to_state, "copy_decision.cancelled", {"reason": reason}, reason=reason)


def under(decision: CopyDecision, who: Asking) -> Asking:
    """Return who asks, under the mode in which the decision was proposed."""
    return replace(who, single_person=decision.single_person)
