"""Volumes and parts of a case: what an archive counts."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.cases.errors import CaseNotOpen, VolumeNumberTaken
from core.cases.models import Case, Volume
from core.cases.opening import lock_case, require_day
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from retention.case_facts import CaseState


async def find_volume(volume_id: UUID) -> Volume:
    """Return a volume of the current institution; raise `NotFound`."""
    found = await Volume.get_or_none(id=volume_id)
    if found is None:
        raise NotFound
    return found


async def add_volume(
    work: Work, case_id: UUID, *, number: int | None, part: int, opened_on: date, today: date
) -> Volume:
    """Add a volume or part to an open case; without a number it is the next one.

    Raises `NotFound`, `CaseNotOpen`, `VolumeNumberTaken` or `ImpossibleCaseDate`.
    """
    case = await require_open(case_id)
    require_day("opened_on", opened_on, case.opened_on, today)
    if number is None:
        last = await Volume.filter(case_id=case.id).order_by("-number").first()
        number = 1 if last is None else last.number + 1
    volume_id = new_id()
    try:
        await Volume.create(id=volume_id, case_id=case.id, number=number, part=part, opened_on=opened_on)
    except IntegrityError as error:
        if violated_constraint(error) == "case_volumes_number":
            raise VolumeNumberTaken(number=number, part=part) from error
        raise
    work.record("case.volume_added", "case", case.id, {"volume": str(volume_id), "number": number, "part": part})
    return await find_volume(volume_id)


async def edit_volume(work: Work, volume: Volume, changes: Mapping[str, Any], *, today: date) -> Volume:
    """Write sheets, note or `closed_on` (None opens again) over the revision that `volume` shows, in an open case.

    Raises `CaseNotOpen`, `ImpossibleCaseDate` or `StaleState`.
    """
    await require_open(volume.case_id)
    wanted = {name: value for name, value in changes.items() if value != getattr(volume, name)}
    if not wanted:
        return volume
    if wanted.get("closed_on") is not None:
        require_day("closed_on", wanted["closed_on"], volume.opened_on, today)
    changed = await Volume.filter(id=volume.id, revision=volume.revision).update(**wanted, revision=volume.revision + 1)
    if changed != 1:
        raise StaleState
    named = {name: value.isoformat() if isinstance(value, date) else value for name, value in wanted.items()}
    work.record("case.volume_edited", "case", volume.case_id, {"volume": str(volume.id), "changes": named})
    return await find_volume(volume.id)


async def require_open(case_id: UUID) -> Case:
    """Return an open case, locked; raise `NotFound` or `CaseNotOpen`."""
    case = await lock_case(case_id)
    if case.state is not CaseState.OPEN:
        raise CaseNotOpen(state=case.state.value)
    return case
