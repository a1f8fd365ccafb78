"""The end of an execution: the store gives the space of what was deleted back, then the act says how it ended."""

from datetime import datetime
from typing import Final
from uuid import UUID

from core.disposal.execution.errors import VacuumNotDue
from core.disposal.execution.models import ActAttempt, ActVacuum
from core.disposal.execution.services import SPACE_JOB, ExecutionServices
from core.disposal.gates import simple_facts
from core.disposal.holding import take_held_off
from core.disposal.lives import BY_SYSTEM, find_act, lock_act, move_act, require_act_step
from core.disposal.models import DisposalAct
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.ids import new_id
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from retention import disposal
from retention.act_lines import LineState
from retention.disposal_facts import ActFacts, ActState
from storage.errors import StorageError

EXTERNAL: Final = "the object storage is not the embedded one; its operator gives space back"


async def end_execution(services: ExecutionServices, context: JobContext, act: DisposalAct, attempt_id: UUID) -> None:
    """Have the space given back unless a line failed, and let the act end as executed or partial."""
    async with context.work() as work:
        facts = await simple_facts(await find_act(act.id))
        began = work.now
    if not facts.in_state(LineState.FAILED):
        await _vacuum(services, context, act, attempt_id, began)
    async with context.work() as work:
        locked = await lock_act(await find_act(act.id))
        await take_held_off(work, locked)
        facts = await simple_facts(locked)
        if facts.in_state(LineState.LISTED, LineState.DESTROYING) and not facts.in_state(LineState.FAILED):
            raise StaleState
        await _end(work, locked, attempt_id, facts)


async def _end(work: Work, act: DisposalAct, attempt_id: UUID, facts: ActFacts) -> None:
    step = disposal.FINISH_PARTLY if facts.in_state(LineState.FAILED) else disposal.FINISH
    to_state = require_act_step(act, step, facts, BY_SYSTEM)
    await ActAttempt.filter(id=attempt_id, ended_at=None).update(outcome=to_state.value, ended_at=work.now)
    lines = {state.value: count for state, count in facts.lines.items()}
    await move_act(work, act, to_state, "disposal_act.execution_ended", {"lines": lines})


async def _vacuum(
    services: ExecutionServices, context: JobContext, act: DisposalAct, attempt_id: UUID, began: datetime
) -> None:
    """Give space back once for this attempt; a store that does not is written down, and asked again by people."""
    async with context.work():
        if await ActVacuum.filter(attempt_id=attempt_id).exists():
            return
    outcome, detail = await give_space_back(services)
    async with context.work() as work:
        await record_vacuum(work, act.id, attempt_id, began, outcome, detail)


async def give_space_back(services: ExecutionServices) -> tuple[str, str]:
    """Return `done`, `not_applicable` or `failed`, and what there is to say of it."""
    if services.vacuum is None:
        return "not_applicable", EXTERNAL
    try:
        await services.vacuum()
    except StorageError as error:
        return "failed", type(error).__name__
    return "done", ""


async def record_vacuum(work: Work, act_id: UUID, attempt_id: UUID, began: datetime, outcome: str, detail: str) -> None:
    """Write down how giving space back ended, as part of the proof of the act."""
    await ActVacuum.create(
        id=new_id(),
        act_id=act_id,
        attempt_id=attempt_id,
        outcome=outcome,
        detail=detail,
        began_at=began,
        ended_at=work.now,
    )
    work.record("disposal_act.space_given_back", "disposal_act", act_id, {"outcome": outcome, "detail": detail})


async def ask_for_space(work: Work, act: DisposalAct) -> None:
    """Have space given back once more for an executed act, by a job; raise `VacuumNotDue`."""
    if act.state is not ActState.EXECUTED:
        raise VacuumNotDue(state=act.state.value)
    work.record("disposal_act.space_asked", "disposal_act", act.id)
    work.defer(
        SPACE_JOB,
        subject_type="disposal_act",
        subject_id=act.id,
        arguments={"act": str(act.id)},
        lock=f"disposal:{act.id}",
    )


def space_job(services: ExecutionServices) -> JobHandler:
    """Return the handler of `SPACE_JOB`; it may run again, because giving space back may be repeated."""

    async def handle(context: JobContext, *, act: str) -> None:
        async with context.work() as work:
            found = await find_act(UUID(act))
            attempt = await ActAttempt.filter(act_id=found.id, ended_at__isnull=False).order_by("-number").first()
            began = work.now
        if attempt is None or found.state is not ActState.EXECUTED:
            return
        outcome, detail = await give_space_back(services)
        async with context.work() as work:
            await record_vacuum(work, found.id, attempt.id, began, outcome, detail)

    return handle
