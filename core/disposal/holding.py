"""A hold takes its cases off every act, whatever the act's state; see `docs/decisions/0021-disposal-acts.md`.

A line counts as held from the commit of the hold on: whether its case was held at any time since it was listed can be
computed from the holds, which are never removed. The mark follows when anybody takes the next step of the act, or when
the keeper passes by; a hold that was lifted before the mark counts as well.
"""

from typing import Final
from uuid import UUID

from core.cases.holds import pass_gate
from core.disposal.lives import BY_SYSTEM, lock_act, lock_cases, move_cases, require_line_step
from core.disposal.models import DisposalAct, DisposalActLine
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.scope import Scope, installation_scope
from retention import cases as case_steps
from retention.act_lines import HOLD_PLACED, LineFacts
from retention.case_facts import CaseFacts, CaseState
from retention.disposal_facts import ACT_ENDS

_HELD: Final = "SELECT line_id, hold_id FROM lines_held_since_listed($1, $2)"
_SOURCE: Final = "disposal"
_AT_ONCE: Final = 1000


async def held_lines(work: Work, act_id: UUID) -> dict[UUID, UUID]:
    """Return the listed lines of an act that a hold has taken off, each with one hold that did."""
    rows = await work.rows(_HELD, [work.scope.institution_id, act_id])
    return {row["line_id"]: row["hold_id"] for row in rows}


async def take_held_off(work: Work, act: DisposalAct) -> int:
    """Mark the lines that holds have taken off a locked act; their cases go back to the selection. Returns how many.

    Passes the gate of holds: until the end of the transaction none can be placed. Locks the cases of every listed line
    first, in the order that whoever places a hold takes them in.
    """
    listed = await DisposalActLine.filter(act_id=act.id, living=True, state="listed").values_list("case_id", flat=True)
    await lock_cases(work, list(listed))  # type: ignore[arg-type]
    await pass_gate(work)
    held = await held_lines(work, act.id)
    if not held:
        return 0
    line_ids = sorted(held)
    for start in range(0, len(line_ids), _AT_ONCE):
        await _mark(work, act, {key: held[key] for key in line_ids[start : start + _AT_ONCE]})
    return len(held)


async def _mark(work: Work, act: DisposalAct, held: dict[UUID, UUID]) -> None:
    lines = await DisposalActLine.filter(id__in=list(held)).order_by("id").only("id", "case_id", "state")
    for line in lines:
        require_line_step(line, HOLD_PLACED, LineFacts(), BY_SYSTEM)
        case_steps.require(CaseState.ON_ACT, case_steps.HOLD_PLACED, CaseFacts(destruction_begun=False), BY_SYSTEM)
        work.record("disposal_act.line_held", "case", line.case_id, {"act": str(act.id), "hold": str(held[line.id])})
    changed = await DisposalActLine.filter(id__in=list(held), state="listed").update(
        state=HOLD_PLACED.to_state, living=False, ended_at=work.now
    )
    if changed != len(held):
        raise StaleState
    await move_cases(
        work, [line.case_id for line in lines], case_steps.HOLD_PLACED.from_states, case_steps.HOLD_PLACED.to_state
    )
    await work.flush()


async def settle_held_lines(database: Database) -> int:
    """Mark what holds have taken off any act of any institution; return how many lines. For a loop of the worker."""
    async with database.work(installation_scope(source=_SOURCE)) as work:
        rows = await work.rows("SELECT id FROM institutions")
    marked = 0
    for row in rows:
        scope = Scope(institution_id=row["id"], source=_SOURCE)
        async with database.work(scope) as work:
            acts = await DisposalAct.exclude(state__in=list(ACT_ENDS)).order_by("id")
            waiting = [act for act in acts if await held_lines(work, act.id)]
        for act in waiting:
            marked += await _settle(database, scope, act)
    return marked


async def _settle(database: Database, scope: Scope, act: DisposalAct) -> int:
    try:
        async with database.work(scope) as work:
            return await take_held_off(work, await lock_act(act))
    except StaleState:
        # Somebody took a step of the act meanwhile, and with it marked the lines.
        return 0
