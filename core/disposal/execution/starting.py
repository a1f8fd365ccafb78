"""Two executors start an act: the first one announces the execution, the second one confirms it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.access.models import Membership
from core.access.permissions import Role as AccountRole
from core.cases.asking import asking
from core.disposal.errors import DisposalStepRefused
from core.disposal.execution.errors import ExecutionNotAnnounced, ReviewersUnavailable
from core.disposal.execution.models import ActAttempt, Attempt
from core.disposal.execution.reviewing import objections_to
from core.disposal.execution.services import EXECUTION_JOB, ExecutionServices, Means
from core.disposal.gates import look, simple_facts
from core.disposal.holding import take_held_off
from core.disposal.lives import lock_act, move_act, require_act_step
from core.disposal.models import DisposalAct, DisposalActLine
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.ids import new_id
from core.kernel.plugins import PLUGIN_FAILED
from core.kernel.scope import Scope
from core.nomenclature.drafting import actor
from retention import disposal
from retention.act_lines import LineState
from retention.disposal_facts import ActFacts, ActState
from retention.transitions import NO_SECOND_PERSON, Actor, Asking, Refused, Role, begins

_AT_ONCE: Final = 500
_EXECUTOR: Final = frozenset({Role.EXECUTOR})
_GO_ON: Final = """
UPDATE disposal_act_lines SET state = 'destroying', reason = '', ended_at = NULL
 WHERE institution_id = $1 AND act_id = $2 AND state = 'failed'
"""


async def announce(work: Work, act: DisposalAct, who: Asking, *, today: date) -> DisposalAct:
    """Write down that one executor wants to execute an approved act, or to go on with a partial one.

    Nothing starts before another executor confirms. An announcement of somebody else that nobody confirmed is
    replaced. Raises `DisposalStepRefused` or `StaleState`.
    """
    locked = await lock_act(act)
    await take_held_off(work, locked)
    facts = replace(await _facts(locked, today), list_unchanged=True)
    decision = disposal.decide(locked.state, _step(locked), facts, who)
    against = [each for each in decision.reasons if each != NO_SECOND_PERSON] if isinstance(decision, Refused) else []
    if against:
        codes, remedies = [each.code for each in against], [each.remedy for each in against]
        raise DisposalStepRefused(state=locked.state.value, step=_step(locked).name, reasons=codes, remedies=remedies)
    if (open_one := await _announced(locked)) is not None and open_one.announced_by == actor(work):
        return locked
    number = await ActAttempt.filter(act_id=act.id).count() + 1
    await ActAttempt.create(
        id=new_id(),
        act_id=act.id,
        number=number,
        round=locked.round,
        announced_by=actor(work),
        announced_at=work.now,
    )
    work.emit("disposal_act.execution_announced", {"act": str(act.id)})
    return await move_act(work, locked, locked.state, "disposal_act.execution_announced", {"attempt": number})


async def confirm(
    services: ExecutionServices, scope: Scope, roles: Collection[AccountRole], act: DisposalAct, *, today: date
) -> DisposalAct:
    """Start the execution that another executor announced; from here on there is no way back for the act.

    Holds are looked for, every verdict and every file is compared with what was approved, in the transaction that
    starts; each line is looked at again before its own point of no return. A job does the rest. Raises
    `DisposalStepRefused`, `ExecutionNotAnnounced`, `ReviewersUnavailable` or `StaleState`.
    """
    await _require_reviewers(services, scope, act)
    async with services.database.work(scope) as work:
        locked = await lock_act(act)
        await take_held_off(work, locked)
        attempt = await _announced(locked)
        if attempt is None:
            _require_state(locked)
            raise ExecutionNotAnnounced
        who = replace(
            asking(work, roles, single_person=locked.single_person),
            second=Actor(str(attempt.announced_by), await roles_now(attempt.announced_by)),
        )
        facts = await _facts(locked, today)
        if locked.state is ActState.WAITING:
            facts = (await look(work, locked, today=today, waiting_over=facts.waiting_over)).facts
        to_state = require_act_step(locked, _step(locked), facts, who)
        return await _start(work, locked, attempt, to_state, services.means)


async def _start(work: Work, act: DisposalAct, attempt: ActAttempt, to_state: ActState, means: Means) -> DisposalAct:
    facts = await confirm_attempt(work, attempt, means)
    moved = await move_act(work, act, to_state, "disposal_act.execution_started", facts)
    # A half-destroyed line can only be finished, so a hold is no reason any more to leave it half there.
    await work.run(_GO_ON, [work.scope.institution_id, act.id])
    defer_execution(work, act.id)
    return moved


async def confirm_attempt(work: Work, attempt: Attempt, means: Means) -> dict[str, Any]:
    """Write down who confirmed an announced attempt, and with which means; return what the trail says of it.

    Raises `StaleState` when somebody confirmed it meanwhile.
    """
    changed = (
        await type(attempt)
        .filter(id=attempt.id, confirmed_by=None)
        .update(
            confirmed_by=actor(work),
            confirmed_at=work.now,
            means_name=means.name,
            means_version=means.version,
            means_certificate=means.certificate,
        )
    )
    if changed != 1:
        raise StaleState
    executors = {"announced_by": str(attempt.announced_by), "confirmed_by": str(actor(work))}
    return {"attempt": attempt.number, **executors, "means": {"name": means.name, "version": means.version}}


def defer_execution(work: Work, act_id: UUID) -> None:
    """Have the job that drives the lines of an act run after the commit; two jobs of one act never run side by side."""
    work.defer(
        EXECUTION_JOB,
        subject_type="disposal_act",
        subject_id=act_id,
        arguments={"act": str(act_id)},
        lock=f"disposal:{act_id}",
    )


async def roles_now(account_id: UUID) -> frozenset[Role]:
    """Return `executor` if the one who announced still is one: rights may have been taken away meanwhile."""
    member = await Membership.get_or_none(account_id=account_id, deactivated_at=None)
    return _EXECUTOR if member is not None and Role.EXECUTOR.value in member.roles else frozenset()


def _require_state(act: DisposalAct) -> None:
    """Raise `DisposalStepRefused` for an act whose execution cannot start in its state."""
    step = _step(act)
    if not begins(step, act.state):
        against = disposal.ACT.refusal_of_state(act.state)
        raise DisposalStepRefused(
            state=act.state.value, step=step.name, reasons=[against.code], remedies=[against.remedy]
        )


def _step(act: DisposalAct) -> disposal.Transition:
    return disposal.RETRY if act.state is ActState.PARTIAL else disposal.EXECUTE


async def _facts(act: DisposalAct, today: date) -> ActFacts:
    over = act.waiting_until is not None and act.waiting_until <= today
    return await simple_facts(act, waiting_over=over)


async def _announced(act: DisposalAct) -> ActAttempt | None:
    """Return the latest announcement of the present round that nobody has confirmed."""
    latest = await ActAttempt.filter(act_id=act.id).order_by("-number").first()
    unconfirmed = latest is not None and latest.confirmed_by is None and latest.round == act.round
    return latest if unconfirmed else None


async def _require_reviewers(services: ExecutionServices, scope: Scope, act: DisposalAct) -> None:
    """Ask the plugins about every line beforehand: one that cannot be asked would take every case off the act."""
    last: UUID | None = None
    while True:
        async with services.database.work(scope):
            listed = DisposalActLine.filter(act_id=act.id, living=True, state=LineState.LISTED)
            some = await (listed.filter(id__gt=last) if last else listed).order_by("id").limit(_AT_ONCE)
        if not some:
            return
        raised = await objections_to(services.plugins, act, some)
        _refuse_failed([code for each in raised.values() for code in each])
        last = some[-1].id


def _refuse_failed(codes: Sequence[str]) -> None:
    ending = f".{PLUGIN_FAILED}"
    failed = sorted({code.removesuffix(ending) for code in codes if code.endswith(ending)})
    if failed:
        raise ReviewersUnavailable(plugins=failed)
