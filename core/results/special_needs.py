"""Learners who need special conditions or show talent (№ 9b): in no list and no search, with a right of their own."""

from datetime import date
from uuid import UUID

from core.institutions.registry import present_day
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.ids import INSTALLATION
from core.people.keeping import find_person
from core.results.errors import SpecialNeedEnded
from core.results.models import SpecialNeed
from core.results.will import EARLIEST, check_day


async def find_need(need_id: UUID) -> SpecialNeed:
    """Return a special need of the current institution; raise `NotFound`."""
    found = await SpecialNeed.get_or_none(id=need_id)
    if found is None:
        raise NotFound
    return found


async def record_need(
    work: Work, person_id: UUID, *, nature: str, description: str, evidence: str, starts_on: date
) -> SpecialNeed:
    """Write down what a learner needs or is talented in; raise `NotFound` (person) or `ImpossibleResultDate`."""
    await find_person(person_id)
    check_day("starts_on", starts_on, EARLIEST, await present_day(work))
    made = await SpecialNeed.create(
        person_id=person_id,
        nature=nature,
        description=description,
        evidence=evidence,
        starts_on=starts_on,
        recorded_by=work.scope.actor_id or INSTALLATION,
        recorded_at=work.now,
    )
    # The description stays out of the audit trail, which people read who may not read this.
    work.record("special_need.recorded", "special_need", made.id, {"person": str(person_id), "nature": nature})
    return made


async def end_need(work: Work, need: SpecialNeed, *, ends_on: date, reason: str) -> SpecialNeed:
    """Write down its last day; raise `ImpossibleResultDate` or `SpecialNeedEnded`."""
    check_day("ends_on", ends_on, need.starts_on, await present_day(work))
    changed = await SpecialNeed.filter(id=need.id, ends_on=None).update(
        ends_on=ends_on, end_reason=reason, ended_by=work.scope.actor_id or INSTALLATION, ended_at=work.now
    )
    if changed != 1:
        raise SpecialNeedEnded
    work.record("special_need.ended", "special_need", need.id, {"ends_on": ends_on.isoformat()})
    return await find_need(need.id)
