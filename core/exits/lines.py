"""Lines of transfers: whose case may still go, and which were taken off by holds, changes or people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.cases.holds import pass_gate
from core.cases.models import Case
from core.exits.contents import cells, files_of, line_digest
from core.exits.models import Transfer, TransferLine, TransferState
from core.kernel.database.work import Work
from retention import cases as case_steps
from retention.case_facts import CaseFacts
from retention.transitions import Refused

_HELD: Final = "SELECT line_id, hold_id FROM transfer_lines_held($1, $2)"


@dataclass(frozen=True, slots=True)
class TakenOff:
    """Why a line does not go any more."""

    state: str
    reason: str = ""
    hold_id: UUID | None = None


async def living_lines(transfer_id: UUID) -> list[TransferLine]:
    """Return the lines whose cases are to go, in their order."""
    return await TransferLine.filter(transfer_id=transfer_id, living=True).order_by("position")


async def held_lines(work: Work, transfer_id: UUID) -> dict[UUID, UUID]:
    """Return the living lines that a hold has taken off since they were listed, each with one hold that did."""
    rows = await work.rows(_HELD, [work.scope.institution_id, transfer_id])
    return {row["line_id"]: row["hold_id"] for row in rows}


async def promised(case_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the cases that an approved transfer has promised to an archive."""
    lines = await TransferLine.filter(case_id__in=list(case_ids), living=True).values_list("transfer_id", "case_id")
    approved = Transfer.filter(id__in=[transfer_id for transfer_id, _ in lines], state=TransferState.APPROVED)
    ids = set(await approved.values_list("id", flat=True))
    return {case_id for transfer_id, case_id in lines if transfer_id in ids}


async def lock_cases(case_ids: Sequence[UUID]) -> list[Case]:
    """Return cases in the order of their ids and keep them as they are until the end of the transaction."""
    return await Case.filter(id__in=list(case_ids)).order_by("id").select_for_update()


async def look_over(work: Work, lines: Sequence[TransferLine]) -> dict[UUID, TakenOff]:
    """Return, by line, why it may not go; locks the cases, then passes the gate of holds.

    Until the end of the transaction no hold can be placed and no case changes.
    """
    if not lines:
        return {}
    await lock_cases([line.case_id for line in lines])
    await pass_gate(work)
    return await off_now(work, lines)


async def off_now(work: Work, lines: Sequence[TransferLine]) -> dict[UUID, TakenOff]:
    """Return, by line, why it may not go at this moment; for those who only look."""
    if not lines:
        return {}
    states = {case.id: case.state for case in await Case.filter(id__in=[line.case_id for line in lines])}
    held = await held_lines(work, lines[0].transfer_id)
    said = {row["case_id"]: row for row in await cells(work, list(states))}
    files = await files_of(work, list(states))
    off = {}
    for line in lines:
        decision = case_steps.CASE.decide(
            states[line.case_id], case_steps.TRANSFER, CaseFacts(held=False, handed_over=True)
        )
        if line.id in held:
            off[line.id] = TakenOff("held", hold_id=held[line.id])
        elif isinstance(decision, Refused):
            off[line.id] = TakenOff("changed", decision.reasons[0].code)
        elif line_digest(said[line.case_id], files[line.case_id]) != line.digest:
            off[line.id] = TakenOff("changed", "content_changed")
    return off


async def take_off(work: Work, transfer: Transfer) -> list[TransferLine]:
    """Mark what holds and changes have taken off a transfer, and return the lines that still go.

    The caller has the transfer locked.
    """
    lines = await living_lines(transfer.id)
    off = await look_over(work, lines)
    for line in lines:
        if line.id in off:
            await end_line(work, line, off[line.id])
    return [line for line in lines if line.id not in off]


async def end_line(work: Work, line: TransferLine, why: TakenOff) -> None:
    """Take one case off; it stays what it is."""
    await TransferLine.filter(id=line.id, living=True).update(
        state=why.state, living=False, reason=why.reason, hold_id=why.hold_id, ended_at=work.now
    )
    facts = {"transfer": str(line.transfer_id), "reason": why.reason, "hold": str(why.hold_id) if why.hold_id else ""}
    work.record(f"transfer.line_{why.state}", "case", line.case_id, facts)
