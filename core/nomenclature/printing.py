"""What the official form of a nomenclature says; whoever prints it decides how it looks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.institutions.models import Institution
from core.institutions.registry import present
from core.kernel.database.work import Work
from core.nomenclature.finding import find_version
from core.nomenclature.models import NomenclatureVersion, RecordClass, RuleVersion, Section
from core.nomenclature.reading.lines import footnotes_of_note
from core.nomenclature.rules import current_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedFootnote:
    """A footnote («примечание-сноска») that stood below the table; without a mark, words that belong to the note."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedRow:
    """A row of the form; the cells as they were written, a decided term beside them."""

    class_index: str
    title: str
    quantity: str
    term: str
    article: str
    note: str
    reserve: bool
    carried_over_since: int | None
    """First year in which the class stood in a nomenclature, for a class that is carried over."""
    decided_term: str
    """Term that two people decided, where the written one could not be read."""
    footnotes: tuple[PrintedFootnote, ...]
    """What its rule was read from beside the cells, and what none of the cells says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedSection:
    """A section with its rows, in the order of the paper."""

    code: str
    title: str
    rows: tuple[PrintedRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedNomenclature:
    """Everything the form needs: heading, table, minutes, approval."""

    institution: Institution
    version: NomenclatureVersion
    effective_on: date
    sections: tuple[PrintedSection, ...]


async def print_data(work: Work, version_id: UUID) -> PrintedNomenclature:
    """Return what the form of a version says, whatever its state; raise `NotFound`."""
    version = await find_version(version_id)
    sections = await Section.filter(version_id=version_id).order_by("position")
    rows = await RecordClass.filter(version_id=version_id).order_by("place", "id")
    rules = await current_rules(work, [row.rule_root_id for row in rows if row.rule_root_id is not None])
    since = await _first_years(work, [row.lineage_id for row in rows if row.carried_over])
    by_section: dict[UUID, list[PrintedRow]] = {section.id: [] for section in sections}
    for row in rows:
        rule = rules.get(row.rule_root_id) if row.rule_root_id else None
        by_section[row.section_id].append(_printed(row, rule, since.get(row.lineage_id)))
    return PrintedNomenclature(
        institution=await present(work),
        version=version,
        effective_on=version.effective_on,
        sections=tuple(
            PrintedSection(code=section.code, title=section.title, rows=tuple(by_section[section.id]))
            for section in sections
        ),
    )


def _printed(row: RecordClass, rule: RuleVersion | None, since: int | None) -> PrintedRow:
    return PrintedRow(
        class_index=row.class_index,
        title=row.title,
        quantity=row.quantity,
        term=row.term,
        article=row.article,
        note=row.note,
        reserve=row.reserve,
        carried_over_since=since,
        decided_term=rule.term if rule is not None and rule.origin == "decision" else "",
        footnotes=tuple(_outside(row.footnote, row.note)),
    )


def _outside(footnote: str, note: str) -> Iterator[PrintedFootnote]:
    """Give what the text that the rule was read from says beyond the note, by its marks."""
    rest = footnote.removeprefix(note).strip("\n") if note else footnote
    if not rest or rest in note:
        return
    pairs = footnotes_of_note(rest)
    if not pairs:
        yield PrintedFootnote(mark="", text=rest)
    for mark, text in pairs:
        if text not in note:
            yield PrintedFootnote(mark=mark, text=text)


async def _first_years(work: Work, lineages: list[UUID]) -> dict[UUID, int]:
    rows = await work.rows(
        "SELECT c.lineage_id, min(v.year) AS year FROM record_classes c JOIN nomenclature_versions v"
        " ON v.institution_id = c.institution_id AND v.id = c.version_id"
        " WHERE c.institution_id = $1 AND c.lineage_id = ANY ($2::uuid[]) GROUP BY 1",
        [work.scope.institution_id, lineages],
    )
    return {row["lineage_id"]: row["year"] for row in rows}
