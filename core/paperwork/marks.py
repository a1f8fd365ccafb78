"""Marks of destruction («отметка об уничтожении»): which cases of a class or an inventory certified acts have ended.

A mark is read from the lines of certified acts, which nobody can change; nothing is written into the nomenclature or
the inventory, whose approved versions stay as they were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.nomenclature.models import NomenclatureVersion
from core.papers.numerals import CASE, short_date

_OF_VERSION: Final = """
SELECT rc.class_index AS place, a.id AS act_id, a.number, a.approved_on, count(*)::integer AS cases
  FROM disposal_act_lines l
  JOIN disposal_acts a ON a.institution_id = l.institution_id AND a.id = l.act_id AND a.state = 'certified'
  JOIN cases c ON c.institution_id = l.institution_id AND c.id = l.case_id AND c.year = $3
  JOIN record_classes rc ON rc.institution_id = l.institution_id AND rc.version_id = $2 AND rc.lineage_id = c.lineage_id
 WHERE l.institution_id = $1 AND l.state = 'destroyed'
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 4, 2
"""
_OF_INVENTORY: Final = """
SELECT i.position::text AS place, a.id AS act_id, a.number, a.approved_on, 1 AS cases
  FROM inventory_lines i
  JOIN disposal_act_lines l ON l.institution_id = i.institution_id AND l.case_id = i.case_id AND l.state = 'destroyed'
  JOIN disposal_acts a ON a.institution_id = l.institution_id AND a.id = l.act_id AND a.state = 'certified'
 WHERE i.institution_id = $1 AND i.inventory_id = $2 ORDER BY i.position
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionMark:
    """That an act ended cases of one row."""

    place: str
    """Index of the row of the nomenclature, or number of the line of the inventory."""
    act_id: UUID
    number: str
    approved_on: date
    cases: int

    @property
    def act(self) -> str:
        """Return «акт № 3 от 05.03.2026»."""
        return f"акт № {self.number} от {short_date(self.approved_on)}"


async def marks_of_version(work: Work, version: NomenclatureVersion) -> list[DestructionMark]:
    """Return the marks at the rows of a version: of cases opened under them in its year."""
    return _marks(await work.rows(_OF_VERSION, [work.scope.institution_id, version.id, version.year]))


async def marks_of_inventory(work: Work, inventory_id: UUID) -> list[DestructionMark]:
    """Return the marks at the lines of an inventory."""
    return _marks(await work.rows(_OF_INVENTORY, [work.scope.institution_id, inventory_id]))


def notes_of_rows(marks: Sequence[DestructionMark]) -> dict[str, str]:
    """Return what the note of each row says: «Уничтожено 2 дела, акт № 3 от 05.03.2026»."""
    notes: dict[str, list[str]] = {}
    for mark in marks:
        notes.setdefault(mark.place, []).append(f"{mark.cases} {CASE.after(mark.cases)}, {mark.act}")
    return {place: f"Уничтожено {'; '.join(said)}" for place, said in notes.items()}


def notes_of_lines(marks: Sequence[DestructionMark]) -> dict[int, str]:
    """Return what the note of each line says: «Уничтожено, акт № 3 от 05.03.2026»."""
    return {int(mark.place): f"Уничтожено, {mark.act}" for mark in marks}


def _marks(rows: Sequence[dict[str, Any]]) -> list[DestructionMark]:
    return [DestructionMark(**row) for row in rows]
