"""Making inventories: begun by the records officer, filled, approved by the head; or recorded as none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.cases.models import Case
from core.inventories.coverage import CATEGORIES, closed_cases
from core.inventories.errors import (
    InventoryEmpty,
    InventoryIncomplete,
    InventorySpanInvalid,
    InventoryStepRefused,
    NotForThisInventory,
)
from core.inventories.models import Inventory, InventoryLine
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from core.nomenclature.errors import ImpossibleMinutesDate, SamePerson

_EARLIEST: Final = date(1900, 1, 1)
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInventory:
    """An inventory to be begun."""

    category: str
    first_year: int
    last_year: int
    empty: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryApproval:
    """By which minutes and under which number an inventory is approved."""

    number: str
    approved_on: date
    minutes_date: date
    minutes_number: str


async def find_inventory(inventory_id: UUID) -> Inventory:
    """Return an inventory of the current institution; raise `NotFound`."""
    found = await Inventory.get_or_none(id=inventory_id)
    if found is None:
        raise NotFound
    return found


async def begin_inventory(work: Work, new: NewInventory, *, today: date) -> Inventory:
    """Begin an inventory, or the statement that there are no such cases; raise `InventorySpanInvalid`."""
    if new.category not in CATEGORIES or not new.first_year <= new.last_year <= today.year:
        raise InventorySpanInvalid(latest=today.year)
    facts: dict[str, Any] = {
        "category": new.category,
        "first_year": new.first_year,
        "last_year": new.last_year,
        "empty": new.empty,
        "note": new.note,
    }
    made = await Inventory.create(**facts, author_id=actor(work), created_at=work.now)
    work.record("inventory.begun", "inventory", made.id, facts)
    return await find_inventory(made.id)


async def enter_cases(work: Work, inventory: Inventory, case_ids: Sequence[UUID] | None) -> Inventory:
    """Enter closed cases into a draft; None enters every case that belongs there and stands in none.

    Of personnel records only people know which they are, so these have to be named. Raises `InventoryStepRefused`,
    `NotForThisInventory` or `StaleState`.
    """
    _require(inventory, "enter", "draft")
    if inventory.empty or (case_ids is None and inventory.category == "personnel"):
        raise InventoryStepRefused(state=inventory.state, step="enter", reasons=["name_the_cases"], remedies=[])
    category = "long_term" if inventory.category == "personnel" else inventory.category
    fitting = await closed_cases(work, category, inventory.first_year, inventory.last_year, draft=inventory.id)
    if case_ids is not None:
        wanted = set(case_ids)
        foreign = wanted - {row["id"] for row in fitting}
        if foreign:
            raise NotForThisInventory(cases=sorted(map(str, foreign))[:_SHOWN])
        fitting = [row for row in fitting if row["id"] in wanted]
    await _step(work, inventory, {}, "inventory.entered", {"cases": [str(row["id"]) for row in fitting]})
    last = await InventoryLine.filter(inventory_id=inventory.id).order_by("-position").first()
    start = last.position + 1 if last else 1
    names = ("class_index", "title", "first_year", "last_year", "volumes", "term", "article")
    await InventoryLine.bulk_create(
        [
            InventoryLine(
                id=new_id(),
                inventory_id=inventory.id,
                position=position,
                case_id=row["id"],
                **{name: row[name] for name in names},
            )
            for position, row in enumerate(fitting, start)
        ],
        batch_size=500,
    )
    return await find_inventory(inventory.id)


async def approve_inventory(
    work: Work, inventory: Inventory, approval: InventoryApproval, *, today: date, single_person: bool
) -> Inventory:
    """Approve what somebody else made; its cases keep the rule they have from now on.

    Raises `InventoryStepRefused`, `SamePerson`, `ImpossibleMinutesDate`, `InventoryEmpty`, `InventoryIncomplete` when
    cases of its years are in no inventory, or `StaleState`.
    """
    _require(inventory, "approve", "draft")
    own = inventory.author_id == actor(work)
    if own and not single_person:
        raise SamePerson(step="author")
    _require_day(approval.minutes_date, today)
    _require_day(approval.approved_on, today, earliest=approval.minutes_date)
    await _require_complete(work, inventory)
    values = {
        "state": "approved",
        "number": approval.number,
        "minutes_date": approval.minutes_date,
        "minutes_number": approval.minutes_number,
        "approved_on": approval.approved_on,
        "approved_by": actor(work),
        "approved_at": work.now,
        "single_person": own,
    }
    facts = {
        "number": approval.number,
        "approved_on": approval.approved_on.isoformat(),
        "minutes": {"date": approval.minutes_date.isoformat(), "number": approval.minutes_number},
    }
    approved = await _step(work, inventory, values, "inventory.approved", facts)
    cases = await InventoryLine.filter(inventory_id=inventory.id).values_list("case_id", flat=True)
    await Case.filter(id__in=list(cases)).update(bound=True)
    work.emit("inventory.approved", {"inventory": str(inventory.id)})
    return approved


async def _require_complete(work: Work, inventory: Inventory) -> None:
    if not inventory.empty and not await InventoryLine.filter(inventory_id=inventory.id).exists():
        raise InventoryEmpty
    if inventory.category == "personnel":
        return
    left = await closed_cases(
        work, inventory.category, inventory.first_year, inventory.last_year, draft=inventory.id, limit=_SHOWN
    )
    if left:
        raise InventoryIncomplete(cases=[str(row["id"]) for row in left])


async def record_archive_decision(
    work: Work, inventory: Inventory, *, decided_on: date, number: str, today: date
) -> Inventory:
    """Write down what the archive's commission («ЭПК») decided of an approved inventory, once.

    Raises `InventoryStepRefused`, `ImpossibleMinutesDate` or `StaleState`.
    """
    _require(inventory, "record_archive_decision", "approved")
    if inventory.archive_date is not None:
        raise InventoryStepRefused(state=inventory.state, step="archive", reasons=["decided_already"], remedies=[])
    _require_day(decided_on, today)
    values = {"archive_date": decided_on, "archive_number": number, "archive_recorded_by": actor(work)}
    return await _step(
        work, inventory, values, "inventory.archive_decided", {"date": decided_on.isoformat(), "number": number}
    )


async def abandon_inventory(work: Work, inventory: Inventory, reason: str) -> Inventory:
    """End a draft that nobody needs; raise `InventoryStepRefused` or `StaleState`."""
    _require(inventory, "abandon", "draft")
    return await _step(
        work, inventory, {"state": "abandoned", "reason": reason}, "inventory.abandoned", {"reason": reason}
    )


def _require(inventory: Inventory, step: str, state: str) -> None:
    if inventory.state != state:
        raise InventoryStepRefused(state=inventory.state, step=step, reasons=["not_in_this_state"], remedies=[])


def _require_day(day: date, today: date, *, earliest: date = _EARLIEST) -> None:
    if not earliest <= day <= today:
        raise ImpossibleMinutesDate(earliest=earliest.isoformat(), latest=today.isoformat())


async def _step(
    work: Work, inventory: Inventory, values: dict[str, Any], action: str, facts: dict[str, Any]
) -> Inventory:
    changed = await Inventory.filter(id=inventory.id, revision=inventory.revision, state=inventory.state).update(
        **values, revision=inventory.revision + 1
    )
    if changed != 1:
        raise StaleState
    work.record(action, "inventory", inventory.id, facts)
    return await find_inventory(inventory.id)
