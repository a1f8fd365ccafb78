"""The way of an act from the draft to the waiting time, and back: one verb a step of `retention.disposal`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.disposal.errors import ImpossibleDecisionDate
from core.disposal.gates import look, opinions_of_round, simple_facts
from core.disposal.holding import take_held_off
from core.disposal.listing import release_cases
from core.disposal.lives import BY_SYSTEM, lock_act, move_act, require_act_step
from core.disposal.models import ActOpinion, DisposalAct, DisposalActLine
from core.disposal.snapshots import Going
from core.disposal.unarchived import require_archived
from core.inventories.policy import single_person_mode, waiting_days
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from retention import disposal
from retention.act_lines import LineState
from retention.disposal_facts import ActState, waiting_ends
from retention.transitions import Asking

_EARLIEST: Final = date(1900, 1, 1)
_UNAPPROVED: Final[Mapping[str, Any]] = {"number": "", "approved_on": None, "approved_by": None, "waiting_until": None}
_AT_ONCE: Final = 1000
_REFRESH: Final = """
UPDATE disposal_act_lines l SET content = n.content, carried = n.carried, digest = n.digest
  FROM jsonb_to_recordset($2::jsonb) AS n(id uuid, content jsonb, carried jsonb, digest bytea)
 WHERE l.institution_id = $1 AND l.id = n.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Minutes, an agreement or an approval: when, under which number, by whom."""

    decided_on: date
    number: str
    members: Sequence[str] = ()


async def submit(work: Work, act: DisposalAct, who: Asking, answers: Mapping[UUID, str], *, today: date) -> DisposalAct:
    """Hand the list to the commission, for the first time or again: lines and files are frozen, opinions start anew.

    `answers` say of rejected lines why they stay. The single-person mode that holds now holds for the act from here on.
    Raises `DisposalStepRefused`, `NotFound` for a line, or `StaleState`.
    """
    locked = await lock_act(act)
    await take_held_off(work, locked)
    await _answer(locked, answers)
    again = locked.state is ActState.CHANGES_REQUESTED
    step = disposal.RESUBMIT if again else disposal.SUBMIT
    open_lines = DisposalActLine.filter(act_id=act.id, living=True, state=LineState.LISTED)
    answered = not await open_lines.exclude(rejection="").filter(answer="").exists()
    looked = await look(work, locked, today=today, rejected_lines_answered=answered)
    await require_archived(looked.unarchived)
    mode = await single_person_mode()
    to_state = require_act_step(locked, step, looked.facts, replace(who, single_person=mode is not None))
    number = locked.round + 1
    lines = await open_lines.update(round=number)
    await _refresh(work, looked.refreshed)
    await _give(work, locked, "submitted", number=number)
    values = {
        "round": number,
        "list_digest": looked.listed_digest,
        "single_person": mode is not None,
        "single_person_since": mode.declared_on if mode else None,
        "single_person_ground": mode.ground if mode else "",
    }
    facts = {"round": number, "lines": lines, "list": looked.listed_digest.hex(), "single_person": bool(mode)}
    return await move_act(work, locked, to_state, "disposal_act.submitted", facts, **values)


async def _refresh(work: Work, lines: Mapping[UUID, tuple[Going, bytes]]) -> None:
    """Write what lines hold now, and their digests."""
    changed = sorted(lines.items())
    for start in range(0, len(changed), _AT_ONCE):
        rows = [
            {"id": str(key), "content": now.content, "carried": now.carried, "digest": f"\\x{digest.hex()}"}
            for key, (now, digest) in changed[start : start + _AT_ONCE]
        ]
        if await work.run(_REFRESH, [work.scope.institution_id, json.dumps(rows)]) != len(rows):
            raise StaleState


async def _answer(act: DisposalAct, answers: Mapping[UUID, str]) -> None:
    for line_id, answer in answers.items():
        lines = DisposalActLine.filter(id=line_id, act_id=act.id, living=True, state=LineState.LISTED)
        if act.state is ActState.CHANGES_REQUESTED and await lines.exclude(rejection="").update(answer=answer) != 1:
            raise NotFound(line=str(line_id))


async def request_changes(
    work: Work, act: DisposalAct, who: Asking, comment: str, rejected: Mapping[UUID, str]
) -> DisposalAct:
    """Send an act back to its author, with what is wrong with it and with which lines; the freeze is released.

    Raises `DisposalStepRefused`, `NotFound` for a line, or `StaleState`.
    """
    locked = await lock_act(act)
    await take_held_off(work, locked)
    facts = await simple_facts(locked, reason_given=bool(comment.strip()))
    to_state = require_act_step(locked, disposal.REQUEST_CHANGES, facts, _under(locked, who))
    await _give(work, locked, "changes_requested", comment=comment)
    said = {"comment": comment, "rejected": {str(line_id): reason for line_id, reason in rejected.items()}}
    moved = await move_act(work, locked, to_state, "disposal_act.changes_requested", said)
    await DisposalActLine.filter(act_id=act.id).exclude(rejection="").update(rejection="", answer="")
    for line_id, reason in rejected.items():
        if await DisposalActLine.filter(id=line_id, act_id=act.id, living=True).update(rejection=reason) != 1:
            raise NotFound(line=str(line_id))
    return moved


async def agree(work: Work, act: DisposalAct, who: Asking, minutes: Decision, *, today: date) -> DisposalAct:
    """Write down the minutes by which the commission agrees; raise `DisposalStepRefused`, `ImpossibleDecisionDate`."""
    locked = await lock_act(act)
    await take_held_off(work, locked)
    _require_day(minutes.decided_on, today, _EARLIEST)
    complete = bool(minutes.number.strip()) and bool(minutes.members)
    looked = await look(work, locked, today=today, minutes_complete=complete)
    to_state = require_act_step(locked, disposal.AGREE, looked.facts, _under(locked, who))
    await _give(work, locked, "agreed", minutes)
    return await move_act(work, locked, to_state, "disposal_act.agreed", _said(minutes))


async def record_archive_agreement(
    work: Work, act: DisposalAct, who: Asking, decision: Decision, *, today: date
) -> DisposalAct:
    """Write down that the archive agrees; only where the institution supplies one («источник комплектования»).

    Raises `DisposalStepRefused`, `ImpossibleDecisionDate` or `StaleState`.
    """
    locked = await lock_act(act)
    await take_held_off(work, locked)
    _require_day(decision.decided_on, today, _EARLIEST)
    looked = await look(work, locked, today=today)
    facts = replace(looked.facts, archive_decision=looked.coverage.archive_agreed)
    to_state = require_act_step(locked, disposal.ARCHIVE_AGREES, facts, _under(locked, who))
    await _give(work, locked, "archive_agreed", decision)
    return await move_act(work, locked, to_state, "disposal_act.archive_agreed", _said(decision))


async def approve(work: Work, act: DisposalAct, who: Asking, decision: Decision, *, today: date) -> DisposalAct:
    """Approve an act under a number: neither author nor reviewer may; its waiting time starts at once.

    Raises `DisposalStepRefused`, `ImpossibleDecisionDate`, `ActNumberTaken` or `StaleState`.
    """
    locked = await lock_act(act)
    await take_held_off(work, locked)
    looked = await look(work, locked, today=today, number_given=bool(decision.number.strip()))
    step = disposal.APPROVE_AGREED if locked.state is ActState.AGREED else disposal.APPROVE
    to_state = require_act_step(locked, step, looked.facts, _under(locked, who))
    agreed = [each.decided_on for each in await opinions_of_round(locked) if each.decided_on]
    _require_day(decision.decided_on, today, max(agreed, default=_EARLIEST))
    await _give(work, locked, "approved", decision)
    values = {"number": decision.number, "approved_on": decision.decided_on, "approved_by": actor(work)}
    approved = await move_act(work, locked, to_state, "disposal_act.approved", _said(decision), **values)
    return await start_waiting(work, approved, today=today)


async def start_waiting(work: Work, act: DisposalAct, *, today: date) -> DisposalAct:
    """Let an approved act wait, counted from the day on which the approval was recorded; raise `DisposalStepRefused`.

    People hear of it by the event `disposal_act.waiting`, and may abort meanwhile.
    """
    to_state = require_act_step(act, disposal.START_WAITING, await simple_facts(act), BY_SYSTEM)
    until = waiting_ends(today, await waiting_days())
    facts = {"waiting_until": until.isoformat()}
    return await move_act(work, act, to_state, "disposal_act.waiting_started", facts, waiting_until=until)


async def abort(work: Work, act: DisposalAct, who: Asking, reason: str) -> DisposalAct:
    """Make a submitted act a draft again: the freeze is released, minutes and approval are void.

    Raises `DisposalStepRefused` or `StaleState`.
    """
    locked = await lock_act(act)
    facts = await simple_facts(locked, reason_given=bool(reason.strip()))
    to_state = require_act_step(locked, disposal.ABORT, facts, _under(locked, who))
    await _give(work, locked, "aborted", comment=reason)
    return await move_act(work, locked, to_state, "disposal_act.aborted", {"reason": reason}, **_UNAPPROVED)


async def cancel(work: Work, act: DisposalAct, who: Asking, reason: str, *, today: date) -> DisposalAct:
    """Give an act up for good; its cases go where today's verdicts put them. Raises `DisposalStepRefused`."""
    locked = await lock_act(act)
    await take_held_off(work, locked)
    facts = await simple_facts(locked, reason_given=bool(reason.strip()))
    to_state = require_act_step(locked, disposal.CANCEL, facts, _under(locked, who))
    await _give(work, locked, "cancelled", comment=reason)
    moved = await move_act(work, locked, to_state, "disposal_act.cancelled", {"reason": reason}, **_UNAPPROVED)
    living = DisposalActLine.filter(act_id=act.id, living=True)
    case_ids: list[UUID] = await living.order_by("case_id").values_list("case_id", flat=True)  # type: ignore[assignment]
    await living.update(living=False, ended_at=work.now)
    await release_cases(work, case_ids, today=today)
    return moved


def _under(act: DisposalAct, who: Asking) -> Asking:
    """Return who asks, under the mode that was declared when the act was submitted."""
    return replace(who, single_person=act.single_person)


def _require_day(day: date, today: date, earliest: date) -> None:
    if not earliest <= day <= today:
        raise ImpossibleDecisionDate(earliest=earliest.isoformat(), latest=today.isoformat())


def _said(decision: Decision) -> dict[str, Any]:
    return {
        "date": decision.decided_on.isoformat(),
        "number": decision.number,
        "members": list(decision.members),
    }


async def _give(
    work: Work,
    act: DisposalAct,
    kind: str,
    decision: Decision | None = None,
    *,
    comment: str = "",
    number: int | None = None,
) -> None:
    await ActOpinion.create(
        id=new_id(),
        act_id=act.id,
        round=act.round if number is None else number,
        kind=kind,
        decided_on=decision.decided_on if decision else None,
        number=decision.number if decision else "",
        members=list(decision.members) if decision else [],
        comment=comment,
        given_by=actor(work),
        given_at=work.now,
    )
