"""Enrolments: who is in which group, from when to when. Who changes group has an ended one and a new one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.origins.hands import noted
from core.people.errors import require_order
from core.people.grouping import find_group
from core.people.keeping import find_person
from core.sdk.connectors import EntityKind
from core.staff.keeping import find_member
from core.studies.errors import AlreadyEnrolled, EnrolmentUnfit
from core.studies.models import Enrolment, EnrolmentRole
from core.studies.subjects import find_subject

EDITABLE: Final = frozenset({"role", "subject_id", "starts_on", "ends_on", "archived"})

_TWIN: Final = ("group_id", "person_id", "staff_id", "role", "subject_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedEnrolment:
    """An enrolment to be made, of exactly one of learner and member of the staff."""

    group_id: UUID
    role: EnrolmentRole
    person_id: UUID | None = None
    staff_id: UUID | None = None
    subject_id: UUID | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    archived: bool = False


def present_on(day: date) -> Q:
    """Return what enrolments fit that hold on `day`."""
    return (
        Q(gone_at=None, archived=False)
        & (Q(starts_on=None) | Q(starts_on__lte=day))
        & (Q(ends_on=None) | Q(ends_on__gte=day))
    )


async def find_enrolment(enrolment_id: UUID) -> Enrolment:
    """Return an enrolment of the current institution; raise `NotFound`."""
    enrolment = await Enrolment.get_or_none(id=enrolment_id)
    if enrolment is None:
        raise NotFound
    return enrolment


async def create_enrolment(work: Work, wanted: WantedEnrolment) -> Enrolment:
    """Put somebody into a group; raise `EnrolmentUnfit`, `EndsBeforeStart`, `AlreadyEnrolled` or `NotFound`."""
    values = asdict(wanted)
    _require_fit(wanted.person_id, wanted.staff_id, wanted.role)
    require_order(wanted.starts_on, wanted.ends_on)
    await _require_known(wanted)
    await _refuse_twin(values, None)
    try:
        enrolment = await Enrolment.create(**values, created_at=work.now)
    except IntegrityError as error:
        _refuse(error)
        raise
    work.record("enrolment.created", "enrolment", enrolment.id, values)
    work.emit("enrolment.created", {"enrolment": str(enrolment.id), "group": str(enrolment.group_id)})
    return enrolment


async def edit_enrolment(work: Work, enrolment: Enrolment, changes: Mapping[str, Any]) -> Enrolment:
    """Write `changes` over the revision that `enrolment` shows; return the enrolment as it then is.

    Raises `EnrolmentUnfit`, `EndsBeforeStart`, `AlreadyEnrolled`, `NotFound` (no such subject) or `StaleState`.
    """
    given = {name: value for name, value in changes.items() if name in EDITABLE}
    wanted = {name: value for name, value in given.items() if value != getattr(enrolment, name)}
    if not wanted:
        return enrolment
    after = {name: wanted.get(name, getattr(enrolment, name)) for name in (*EDITABLE, *_TWIN)}
    _require_fit(enrolment.person_id, enrolment.staff_id, after["role"])
    require_order(after["starts_on"], after["ends_on"])
    if wanted.get("subject_id") is not None:
        await find_subject(wanted["subject_id"])
    await _refuse_twin(after, enrolment.id)
    try:
        changed = await Enrolment.filter(id=enrolment.id, revision=enrolment.revision).update(
            **wanted, revision=enrolment.revision + 1
        )
    except IntegrityError as error:
        _refuse(error)
        raise
    if changed != 1:
        raise StaleState
    await noted(work, EntityKind.ENROLMENTS, enrolment.id, wanted)
    before = {name: getattr(enrolment, name) for name in sorted(wanted)}
    work.record(
        "enrolment.edited", "enrolment", enrolment.id, {"before": before, "after": dict(sorted(wanted.items()))}
    )
    work.emit("enrolment.edited", {"enrolment": str(enrolment.id), "fields": sorted(wanted)})
    return await find_enrolment(enrolment.id)


def _require_fit(person_id: UUID | None, staff_id: UUID | None, role: EnrolmentRole) -> None:
    if (person_id is None) == (staff_id is None) or (person_id is not None) != (role is EnrolmentRole.LEARNER):
        raise EnrolmentUnfit


async def _require_known(wanted: WantedEnrolment) -> None:
    await find_group(wanted.group_id)
    if wanted.person_id is not None:
        await find_person(wanted.person_id)
    if wanted.staff_id is not None:
        await find_member(wanted.staff_id)
    if wanted.subject_id is not None:
        await find_subject(wanted.subject_id)


async def _refuse_twin(wanted: Mapping[str, Any], own_id: UUID | None) -> None:
    """Name the open enrolment that says the same; whoever comes before the commit meets the constraint."""
    if wanted["ends_on"] is not None or wanted["archived"]:
        return
    same = {name: wanted[name] for name in _TWIN}
    twin = await Enrolment.filter(**same, ends_on=None, archived=False, gone_at=None).first()
    if twin is not None and twin.id != own_id:
        raise AlreadyEnrolled(enrolment=str(twin.id), address=f"/api/v1/enrolments/{twin.id}")


def _refuse(error: IntegrityError) -> None:
    if violated_constraint(error) == "enrolments_one_open":
        raise AlreadyEnrolled from error
