"""Duties: made by what sets a deadline of 152-ФЗ running, settled once by a person, with note and evidence."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from core.consents.calendars import deadline_of
from core.consents.errors import DutySettled, ImpossibleSuccessor
from core.consents.models import ConsentWithdrawal, Duty, PersonalDataEvent
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.nomenclature.drafting import actor
from retention.two_clocks import DutyEvent

_SETTLE: Final = """
UPDATE duties SET state = $3, note = $4, evidence = $5, successor_id = $6, settled_by = $7, settled_at = $8,
  revision = revision + 1
 WHERE institution_id = $1 AND id = $2 AND state = 'open'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a duty ended."""

    state: str
    """`done` or `superseded`."""
    note: str
    evidence: str
    successor_id: UUID | None = None
    """The duty that took its place."""


async def find_duty(duty_id: UUID) -> Duty:
    """Return a duty of the current institution; raise `NotFound`."""
    found = await Duty.get_or_none(id=duty_id)
    if found is None:
        raise NotFound
    return found


def is_overdue(duty: Duty, today: date) -> bool:
    """Tell whether an open duty should have been done before `today`; a prolongation by notice is not counted."""
    return duty.state == "open" and duty.due_on < today


async def duty_of_withdrawal(work: Work, withdrawal: ConsentWithdrawal, person_id: UUID) -> Duty:
    """Make the duty that follows from a withdrawn consent (152-ФЗ ст. 21 ч. 5)."""
    event = DutyEvent.CONSENT_WITHDRAWN
    return await _make(work, event, withdrawal.withdrawn_on, Duty(person_id=person_id, withdrawal_id=withdrawal.id))


async def duty_of_event(work: Work, event: PersonalDataEvent) -> Duty:
    """Make the duty that follows from a recorded event."""
    made = Duty(person_id=event.person_id, event_id=event.id)
    return await _make(work, DutyEvent(event.event), event.happened_on, made)


async def _make(work: Work, event: DutyEvent, happened_on: date, duty: Duty) -> Duty:
    found = await deadline_of(work, event, happened_on)
    duty.event = event.value
    duty.duty = found.rule.duty.value
    duty.article = found.rule.article
    duty.happened_on = happened_on
    duty.due_on, duty.extended_due_on = found.day, found.extended
    duty.calendar_known = found.calendar_known
    duty.created_at = work.now
    await duty.save(force_create=True)
    payload = {"person": str(duty.person_id), "event": duty.event, "duty": duty.duty, "due_on": duty.due_on.isoformat()}
    work.record("duty.arisen", "duty", duty.id, payload)
    work.emit("duty.arisen", {"duty": str(duty.id)})
    return duty


async def settle(work: Work, duty: Duty, settlement: Settlement) -> Duty:
    """End an open duty, once and for good; raise `DutySettled` or `ImpossibleSuccessor`."""
    if duty.state != "open":
        raise DutySettled(state=duty.state)
    await _check_successor(duty, settlement.successor_id)
    values = [settlement.state, settlement.note, settlement.evidence, settlement.successor_id]
    if await work.run(_SETTLE, [work.scope.institution_id, duty.id, *values, actor(work), work.now]) != 1:
        raise DutySettled(state=(await find_duty(duty.id)).state)
    payload = {
        "note": settlement.note,
        "evidence": settlement.evidence,
        "successor": str(settlement.successor_id or ""),
    }
    work.record(f"duty.{settlement.state}", "duty", duty.id, payload)
    work.emit(f"duty.{settlement.state}", {"duty": str(duty.id)})
    return await find_duty(duty.id)


async def _check_successor(duty: Duty, successor_id: UUID | None) -> None:
    if successor_id is None:
        return
    successor = await Duty.get_or_none(id=successor_id, person_id=duty.person_id)
    if successor is None or successor.id == duty.id:
        raise ImpossibleSuccessor
