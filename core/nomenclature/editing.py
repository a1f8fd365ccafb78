"""Typing in: sections and rows of a draft are added, changed, removed; numbers are kept in reserve."""

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import touch
from core.nomenclature.errors import CarriedOverKeepsIndex, NoSpaceInSection, RowIncomplete, SectionNotEmpty
from core.nomenclature.finding import find_class, find_section, former_index
from core.nomenclature.models import NomenclatureVersion, RecordClass, Section
from core.nomenclature.rows import PLACES, Cells, NewClass, NewSection, insert_sections, raise_taken
from core.nomenclature.rules import NewRules

_NEXT_POSITION: Final = """
SELECT coalesce(max(position), 0) AS last FROM nomenclature_sections WHERE institution_id = $1 AND version_id = $2
"""
_TAKE_PLACE: Final = """
UPDATE nomenclature_sections SET last_position = last_position + 1 WHERE institution_id = $1 AND id = $2
RETURNING position, last_position
"""
_LARGEST_NUMBER: Final = 9999


async def add_section(work: Work, version: NomenclatureVersion, *, code: str, title: str) -> Section:
    """Add a section at the end of a draft; raise `NotADraft` or `SectionCodeTaken`."""
    await touch(work, version)
    last = (await work.rows(_NEXT_POSITION, [work.scope.institution_id, version.id]))[0]["last"]
    await insert_sections(work, version, [NewSection(code=code, title=title)], after=last)
    made = await Section.get(version_id=version.id, position=last + 1)
    _note(work, version, "section_added", {"section": str(made.id), "code": code, "title": title})
    return made


async def change_section(
    work: Work, version: NomenclatureVersion, section: Section, changes: Mapping[str, str]
) -> Section:
    """Give a section another code or title; raise `NotADraft`, `SectionCodeTaken` or `StaleState`."""
    await touch(work, version)
    try:
        changed = await Section.filter(id=section.id, revision=section.revision).update(
            **changes, revision=section.revision + 1
        )
    except IntegrityError as error:
        raise_taken(error, {"code_taken": changes.get("code", "")})
    else:
        if changed != 1:
            raise StaleState
    _note(work, version, "section_changed", {"section": str(section.id), **changes})
    return await find_section(section.id)


async def remove_section(work: Work, version: NomenclatureVersion, section: Section) -> None:
    """Remove a section without rows; raise `NotADraft` or `SectionNotEmpty`."""
    await touch(work, version)
    rows = await RecordClass.filter(section_id=section.id).count()
    if rows:
        raise SectionNotEmpty(rows=rows)
    if not await Section.filter(id=section.id, revision=section.revision).delete():
        raise StaleState
    _note(work, version, "section_removed", {"section": str(section.id), "title": section.title})


async def add_class(
    work: Work, version: NomenclatureVersion, section_id: UUID, cells: Cells, *, indexed: bool
) -> RecordClass:
    """Add a row at the end of a section; without an index (`indexed` is False) it gets the next running number.

    Raises `NotFound` for the section, `NotADraft`, `ClassIndexTaken`, `RowIncomplete` or `NoSpaceInSection`.
    """
    await touch(work, version)
    section = await Section.get_or_none(id=section_id, version_id=version.id)
    if section is None:
        raise NotFound(section=str(section_id))
    if not indexed:
        cells = replace(cells, class_index=(await _free_indexes(section, 1))[0])
    made = await _insert(work, version, section, cells)
    _note(work, version, "row_added", {"record_class": str(made.id), **asdict(cells)})
    return made


async def reserve_numbers(work: Work, version: NomenclatureVersion, section: Section, count: int) -> list[RecordClass]:
    """Keep the next `count` running numbers of a section free for the year; raise `NotADraft`, `NoSpaceInSection`."""
    await touch(work, version)
    indexes = await _free_indexes(section, count)
    made = [await _insert(work, version, section, Cells(class_index=index, reserve=True)) for index in indexes]
    _note(work, version, "numbers_reserved", {"section": str(section.id), "indexes": indexes})
    return made


async def change_class(
    work: Work, version: NomenclatureVersion, row: RecordClass, changes: Mapping[str, Any]
) -> RecordClass:
    """Write `changes` over the revision that `row` shows; another term, note or article is read anew, under a new rule.

    Raises `NotADraft`, `ClassIndexTaken`, `CarriedOverKeepsIndex`, `RowIncomplete` or `StaleState`.
    """
    await touch(work, version)
    before = _cells_of(row)
    after = replace(before, **changes)
    if after == before:
        return row
    await _check(work, version, row.lineage_id, after)
    values: dict[str, Any] = {name: getattr(after, name) for name in changes}
    values["rule_root_id"] = await _rule_of(work, row, before, after)
    try:
        changed = await RecordClass.filter(id=row.id, revision=row.revision).update(**values, revision=row.revision + 1)
    except IntegrityError as error:
        raise_taken(error, {"class_index": after.class_index})
    else:
        if changed != 1:
            raise StaleState
    named = {name: {"before": getattr(before, name), "after": getattr(after, name)} for name in sorted(changes)}
    _note(work, version, "row_changed", {"record_class": str(row.id), "changes": named})
    return await find_class(row.id)


async def remove_class(work: Work, version: NomenclatureVersion, row: RecordClass) -> None:
    """Remove a row of a draft; raise `NotADraft` or `StaleState`."""
    await touch(work, version)
    if not await RecordClass.filter(id=row.id, revision=row.revision).delete():
        raise StaleState
    _note(work, version, "row_removed", {"record_class": str(row.id), **asdict(_cells_of(row))})


async def _insert(work: Work, version: NomenclatureVersion, section: Section, cells: Cells) -> RecordClass:
    new = NewClass(cells=cells)
    await _check(work, version, new.lineage_id, cells)
    rules = NewRules()
    root = None if cells.reserve else rules.add(new.lineage_id, cells.rule_cells)[0]
    await rules.keep(work)
    taken = (await work.rows(_TAKE_PLACE, [work.scope.institution_id, section.id]))[0]
    row_id = new_id()
    try:
        await RecordClass.create(
            id=row_id,
            version_id=version.id,
            section_id=section.id,
            place=taken["position"] * PLACES + taken["last_position"],
            lineage_id=new.lineage_id,
            rule_root_id=root,
            created_at=work.now,
            **asdict(cells),
        )
    except IntegrityError as error:
        raise_taken(error, {"class_index": cells.class_index})
    return await find_class(row_id)


async def _rule_of(work: Work, row: RecordClass, before: Cells, after: Cells) -> UUID | None:
    """Return the rule of a changed row: the one it has while term, note, article and reserve stay."""
    if after.reserve:
        return None
    if row.rule_root_id is not None and before.rule_cells == after.rule_cells:
        return row.rule_root_id
    rules = NewRules()
    root, _ = rules.add(row.lineage_id, after.rule_cells)
    await rules.keep(work)
    return root


async def _check(work: Work, version: NomenclatureVersion, lineage_id: UUID, cells: Cells) -> None:
    empty = [] if cells.reserve or cells.title else ["title"]
    if not cells.class_index:
        empty.append("class_index")
    if not (cells.paper_carrier or cells.electronic_carrier):
        empty += ["electronic_carrier", "paper_carrier"]
    if empty:
        raise RowIncomplete(empty=sorted(empty))
    if cells.carried_over:
        former = await former_index(work, lineage_id, version)
        if former not in {None, cells.class_index}:
            raise CarriedOverKeepsIndex(class_index=former)


async def _free_indexes(section: Section, count: int) -> list[str]:
    """Return the indexes that follow the greatest running number of the section, as `01-12`, or `12` without a code."""
    prefix = f"{section.code}-" if section.code else ""
    pattern = re.compile(re.escape(prefix) + r"([0-9]{1,4})")
    taken = await RecordClass.filter(version_id=section.version_id).values_list("class_index", flat=True)
    numbers = [int(found[1]) for index in taken if (found := pattern.fullmatch(str(index)))]
    first = max(numbers, default=0) + 1
    if first + count - 1 > _LARGEST_NUMBER:
        raise NoSpaceInSection
    return [f"{prefix}{number:02}" for number in range(first, first + count)]


def _cells_of(row: RecordClass) -> Cells:
    return Cells(**{name: getattr(row, name) for name in Cells.__dataclass_fields__})


def _note(work: Work, version: NomenclatureVersion, step: str, facts: Mapping[str, object]) -> None:
    work.record(f"nomenclature.{step}", "nomenclature", version.nomenclature_id, {"version": str(version.id), **facts})
