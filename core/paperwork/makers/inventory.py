"""An inventory in its official form, with marks of destruction."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from core.cases.models import Volume
from core.inventories.making import find_inventory
from core.inventories.models import Inventory as InventoryRow
from core.inventories.models import InventoryLine as LineRow
from core.papers.inventory import Inventory, InventoryLine, InventorySection, Listed
from core.papers.paper import Minutes, Years
from core.papers.terms import term_alone
from core.paperwork.letterhead import Making, names_of
from core.paperwork.makers.made import Made
from core.paperwork.marks import marks_of_inventory, notes_of_lines

_ARCHIVE: Final = "ЭПК"


async def make_inventory(making: Making, inventory_id: UUID) -> Made:
    """Return the form of an inventory, a project until it is approved; raise `NotFound`."""
    row = await find_inventory(inventory_id)
    lines = await LineRow.filter(inventory_id=row.id).order_by("position")
    volumes = await _volumes([line.case_id for line in lines])
    marks = notes_of_lines(await marks_of_inventory(making.work, row.id))
    names = await names_of([row.approved_by, row.author_id])
    head = making.letterhead
    entries = tuple(
        entry for line in lines for entry in _entries(line, volumes.get(line.case_id, []), marks.get(line.position, ""))
    )
    paper = Inventory(
        number=row.number,
        dated=row.approved_on or making.today,
        issuer=head.issuer,
        place=head.place,
        created_at=making.created_at,
        project=row.state != "approved",
        listed=Listed(row.category),
        years=Years(first=row.first_year, last=row.last_year),
        fonds_number=head.fonds_number,
        fonds_name=head.fonds_name,
        sections=(InventorySection(title="", lines=entries),),
        approval=making.signature(head.head_post, names, row.approved_by, row.approved_on),
        compiled_by=making.signature(head.officer_post, names, row.author_id),
        agreements=tuple(_agreements(row)),
    )
    return Made(
        paper=paper,
        subject_type="inventory",
        subject_id=row.id,
        edition="archive" if row.archive_date else "",
        unready="" if row.state == "approved" else "not_approved",
    )


async def _volumes(case_ids: list[UUID]) -> dict[UUID, list[Volume]]:
    found: dict[UUID, list[Volume]] = {}
    for volume in await Volume.filter(case_id__in=case_ids).order_by("number", "part"):
        found.setdefault(volume.case_id, []).append(volume)
    return found


def _entries(line: LineRow, volumes: list[Volume], mark: str) -> Iterator[InventoryLine]:
    """Give one entry a volume: that is what an inventory counts («единица хранения»)."""
    years = str(line.first_year) if line.first_year == line.last_year else f"{line.first_year}–{line.last_year}"
    known = volumes if len(volumes) == line.volumes else []
    term = "\n".join(part for part in (term_alone(line.term), line.article) if part)
    for at in range(line.volumes):
        named = _named(known[at]) if known else f"том {at + 1}"
        yield InventoryLine(
            index=line.class_index,
            title=line.title if line.volumes == 1 else f"{line.title}, {named}",
            dates=years,
            sheets=(known[at].sheets or None) if known else None,
            term=term,
            note=mark,
        )


def _named(volume: Volume) -> str:
    return f"том {volume.number}, часть {volume.part}" if volume.part else f"том {volume.number}"


def _agreements(row: InventoryRow) -> Iterator[Minutes]:
    if row.minutes_date is not None:
        yield Minutes(body="ЭК", number=row.minutes_number, dated=row.minutes_date)
    if row.archive_date is not None:
        yield Minutes(body=_ARCHIVE, number=row.archive_number, dated=row.archive_date)
