"""Attendance entered by hand: what the register says of a learner at a lesson."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.institutions.registry import present_day
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.origins.hands import noted
from core.people.models import Person
from core.results.entering import check_places, refusal, said
from core.results.errors import ResultStruckOut, UnknownReference
from core.results.models import Attendance
from core.results.rows import ATTENDANCE, Change, insert_rows, update_rows
from core.results.will import EARLIEST, check_day
from core.sdk.connectors import EntityKind

EDITABLE: Final = ("group_id", "subject_id", "period_id", "lesson_on", "lesson_number", "status", "comment")
_STRIKE: Final = """
UPDATE attendance SET state = 'struck_out', struck_out_by = $4, struck_out_at = $5, strike_reason = $6,
  revision = revision + 1, changed_at = $5, changed_by = $4
 WHERE institution_id = $1 AND id = $2 AND revision = $3 AND state <> 'struck_out'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttendance:
    """What is to be written into the register."""

    person_id: UUID
    lesson_on: date
    status: str
    lesson_number: int | None = None
    group_id: UUID | None = None
    subject_id: UUID | None = None
    period_id: UUID | None = None
    comment: str = ""


async def find_attendance(attendance_id: UUID) -> Attendance:
    """Return an entry of the register; raise `NotFound`."""
    found = await Attendance.get_or_none(id=attendance_id)
    if found is None:
        raise NotFound
    return found


async def enter_attendance(work: Work, wanted: NewAttendance) -> Attendance:
    """Write into the register; raise `UnknownReference` or `ImpossibleResultDate`."""
    values = {name: getattr(wanted, name) for name in NewAttendance.__dataclass_fields__}
    if await Person.get_or_none(id=wanted.person_id) is None:
        raise UnknownReference(field="person_id")
    await check_places(work, values, set(EDITABLE))
    check_day("lesson_on", wanted.lesson_on, EARLIEST, await present_day(work))
    entry_id = new_id()
    try:
        await insert_rows(work, ATTENDANCE, [(entry_id, values)], entered_by=work.scope.actor_id)
    except IntegrityError as error:
        raise refusal(error) from error
    work.record("attendance.entered", "attendance", entry_id, said(values))
    return await find_attendance(entry_id)


async def correct_attendance(work: Work, entry: Attendance, changes: Mapping[str, Any]) -> Attendance:
    """Write `changes` over the revision that `entry` shows; raise `ResultStruckOut`, `StaleState`, and as above."""
    if entry.state == "struck_out":
        raise ResultStruckOut
    wanted = {name: changes[name] for name in EDITABLE if name in changes and changes[name] != getattr(entry, name)}
    if not wanted:
        return entry
    await check_places(work, wanted, set(wanted))
    if "lesson_on" in wanted:
        check_day("lesson_on", wanted["lesson_on"], EARLIEST, await present_day(work))
    change = Change(entry.id, wanted, revision=entry.revision)
    try:
        changed = await update_rows(work, ATTENDANCE, [change], entered_by=work.scope.actor_id)
    except IntegrityError as error:
        raise refusal(error) from error
    if changed != 1:
        raise StaleState
    await noted(work, EntityKind.ATTENDANCE, entry.id, wanted)
    before = {name: getattr(entry, name) for name in wanted}
    work.record("attendance.corrected", "attendance", entry.id, {"before": said(before), "after": said(wanted)})
    return await find_attendance(entry.id)


async def strike_attendance_out(work: Work, entry: Attendance, reason: str) -> Attendance:
    """Strike an entry out; it stays visible with the reason. Raises `ResultStruckOut` or `StaleState`."""
    if entry.state == "struck_out":
        raise ResultStruckOut
    values = [work.scope.institution_id, entry.id, entry.revision, work.scope.actor_id, work.now, reason]
    if await work.run(_STRIKE, values) != 1:
        raise StaleState
    work.record("attendance.struck_out", "attendance", entry.id, {"reason": reason, "status": entry.status})
    return await find_attendance(entry.id)
