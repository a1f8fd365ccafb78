"""Writing many rows of a draft at once, from another version or from a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.nomenclature.errors import ClassIndexTaken, SectionCodeTaken
from core.nomenclature.models import NomenclatureVersion, RecordClass, Section
from core.nomenclature.rules import NewRules
from core.nomenclature.term_reading import RuleCells

PLACES: Final = 1_000_000
"""Rows of one section stand between two multiples of this."""

_SECTIONS: Final = """
INSERT INTO nomenclature_sections (id, institution_id, version_id, position, code, title, last_position)
SELECT s.id, $1, $2, s.position, s.code, s.title, s.last_position
  FROM jsonb_to_recordset($3::jsonb) AS s(id uuid, position integer, code text, title text, last_position integer)
"""
_CLASSES: Final = """
INSERT INTO record_classes (id, institution_id, version_id, section_id, place, lineage_id, class_index, title, quantity,
  term, note, footnote, article, paper_carrier, electronic_carrier, carried_over, reserve, rule_root_id, created_at)
SELECT c.id, $1, $2, c.section_id, c.place, c.lineage_id, c.class_index, c.title, c.quantity, c.term, c.note,
       c.footnote, c.article,
       c.paper_carrier, c.electronic_carrier, c.carried_over, c.reserve, c.rule_root_id, $4
  FROM jsonb_to_recordset($3::jsonb) AS c(id uuid, section_id uuid, place bigint, lineage_id uuid, class_index text,
    title text, quantity text, term text, note text, footnote text,
    article text, paper_carrier boolean, electronic_carrier boolean,
    carried_over boolean, reserve boolean, rule_root_id uuid)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """What stands in one row, as it was written."""

    class_index: str
    title: str = ""
    quantity: str = ""
    term: str = ""
    note: str = ""
    footnote: str = ""
    article: str = ""
    paper_carrier: bool = True
    electronic_carrier: bool = False
    carried_over: bool = False
    reserve: bool = False

    @property
    def rule_cells(self) -> RuleCells:
        """Those cells that the rule is read from."""
        return RuleCells(term=self.term, footnote=self.footnote, article=self.article)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClass:
    """A row to be written; with a lineage it continues that class, with a rule it keeps that rule."""

    cells: Cells
    lineage_id: UUID = field(default_factory=new_id)
    rule_root_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSection:
    """A section to be written, with its rows in order."""

    code: str
    title: str
    classes: Sequence[NewClass] = ()


async def insert_sections(
    work: Work, version: NomenclatureVersion, sections: Sequence[NewSection], *, after: int = 0
) -> int:
    """Write sections with their rows behind position `after`; return how many rows.

    Raises `ClassIndexTaken` or `SectionCodeTaken`.
    """
    rules = NewRules()
    section_rows, class_rows = [], []
    for position, section in enumerate(sections, start=after + 1):
        row = {"id": str(new_id()), "position": position, "code": section.code, "title": section.title}
        section_rows.append({**row, "last_position": len(section.classes)})
        for number, each in enumerate(section.classes, start=1):
            place = {"section_id": row["id"], "place": position * PLACES + number}
            class_rows.append({**_class_row(each, rules), **place})
    await rules.keep(work)
    ids = [work.scope.institution_id, version.id]
    try:
        await work.run(_SECTIONS, [*ids, json.dumps(section_rows, ensure_ascii=False)])
        await work.run(_CLASSES, [*ids, json.dumps(class_rows, ensure_ascii=False), work.now])
    except IntegrityError as error:
        raise_taken(error)
    return len(class_rows)


def _class_row(each: NewClass, rules: NewRules) -> dict[str, Any]:
    cells = each.cells
    root = each.rule_root_id
    if root is None and not cells.reserve:
        root, _ = rules.add(each.lineage_id, cells.rule_cells)
    return {
        **asdict(cells),
        "id": str(new_id()),
        "lineage_id": str(each.lineage_id),
        "rule_root_id": None if root is None else str(root),
    }


def raise_taken(error: IntegrityError, facts: Mapping[str, str] | None = None) -> None:
    """Raise what a broken rule of the schema means to a person; or the error itself."""
    named = dict(facts or {})
    match violated_constraint(error):
        case "record_classes_index":
            raise ClassIndexTaken(**named) from error
        case "nomenclature_sections_code":
            raise SectionCodeTaken(**named) from error
        case _:
            raise error


async def copied_sections(source_id: UUID) -> list[NewSection]:
    """Return what a version holds, ready to be written into another one: the same classes under the same rules."""
    sections = await Section.filter(version_id=source_id).order_by("position")
    classes = await RecordClass.filter(version_id=source_id).order_by("place", "id")
    by_section: dict[UUID, list[NewClass]] = {section.id: [] for section in sections}
    for row in classes:
        cells = Cells(**{name: getattr(row, name) for name in Cells.__dataclass_fields__})
        copied = NewClass(cells=cells, lineage_id=row.lineage_id, rule_root_id=row.rule_root_id)
        by_section[row.section_id].append(copied)
    return [NewSection(code=section.code, title=section.title, classes=by_section[section.id]) for section in sections]
