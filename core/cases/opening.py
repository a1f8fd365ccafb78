"""Opening cases and correcting what is said of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.cases.errors import ClassNotInForce, ImpossibleCaseDate, NoCarrier
from core.cases.models import Case, Volume
from core.cases.search_entry import index_case
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.nomenclature.drafting import actor
from core.nomenclature.finding import find_class, find_version, version_in_force

EARLIEST: Final = date(1900, 1, 1)
FULL_VOLUME: Final = 250
"""Sheets after which a new volume is advised (secondary source: the usual number in office practice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case to be opened; without a title it has that of its class."""

    class_id: UUID
    opened_on: date
    title: str = ""
    paper: bool | None = None
    """None: as the class says."""
    electronic: bool | None = None
    paper_place: str = ""
    note: str = ""


async def find_case(case_id: UUID) -> Case:
    """Return a case of the current institution; raise `NotFound`."""
    found = await Case.get_or_none(id=case_id)
    if found is None:
        raise NotFound
    return found


async def lock_case(case_id: UUID) -> Case:
    """Return a case and keep it as it is until the end of the transaction; raise `NotFound`."""
    found = await Case.filter(id=case_id).select_for_update().first()
    if found is None:
        raise NotFound
    return found


async def open_case(work: Work, new: NewCase, *, today: date) -> Case:
    """Open a case with its first volume, under a row of the nomenclature that is in force that day.

    Raises `NotFound` for the row, `ClassNotInForce`, `ImpossibleCaseDate` or `NoCarrier`.
    """
    row = await find_class(new.class_id)
    require_day("opened_on", new.opened_on, EARLIEST, today)
    if row.rule_root_id is None or row.version_id != await version_in_force(work, new.opened_on):
        raise ClassNotInForce
    version = await find_version(row.version_id)
    paper = row.paper_carrier if new.paper is None else new.paper
    electronic = row.electronic_carrier if new.electronic is None else new.electronic
    if not (paper or electronic):
        raise NoCarrier
    case = await Case.create(
        version_id=row.version_id,
        class_id=row.id,
        lineage_id=row.lineage_id,
        rule_root_id=row.rule_root_id,
        class_index=row.class_index,
        title=new.title or row.title,
        year=version.year,
        carried_over=row.carried_over,
        paper_fate="kept" if paper else "none",
        electronic_fate="kept" if electronic else "none",
        paper_place=new.paper_place,
        note=new.note,
        opened_on=new.opened_on,
        created_by=actor(work),
        created_at=work.now,
    )
    await Volume.create(case_id=case.id, number=1, opened_on=new.opened_on)
    facts = {"record_class": str(row.id), "class_index": row.class_index, "title": case.title, "year": case.year}
    work.record("case.opened", "case", case.id, {**facts, "opened_on": new.opened_on.isoformat()})
    work.emit("case.opened", {"case": str(case.id), "record_class": str(row.id)})
    await index_case(work, case)
    return await find_case(case.id)


async def edit_case(work: Work, case: Case, changes: Mapping[str, Any]) -> Case:
    """Write title, place or note over the revision that `case` shows; raise `StaleState`."""
    wanted = {name: value for name, value in changes.items() if value != getattr(case, name)}
    if not wanted:
        return case
    changed = await Case.filter(id=case.id, revision=case.revision).update(**wanted, revision=case.revision + 1)
    if changed != 1:
        raise StaleState
    named = {name: {"before": getattr(case, name), "after": value} for name, value in sorted(wanted.items())}
    work.record("case.edited", "case", case.id, {"changes": named})
    after = await find_case(case.id)
    if "title" in wanted:
        await index_case(work, after)
    return after


def require_day(field: str, day: date, earliest: date, latest: date) -> None:
    """Raise `ImpossibleCaseDate` for a day outside `earliest` and `latest`."""
    if not earliest <= day <= latest:
        raise ImpossibleCaseDate(field=field, earliest=earliest.isoformat(), latest=latest.isoformat())
