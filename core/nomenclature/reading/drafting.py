"""Rows while they are put together: cells placed under their columns, continued, merged, remarked on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.nomenclature.reading.columns import Column, Columns, Role
from core.nomenclature.reading.content import Cell, Line, plain
from core.nomenclature.reading.lines import footnotes_of_note, references_in
from retention.nomenclature import DraftRow, Finding, Severity, index_key

_SPLIT_INDEX = re.compile(r"\s*(\d[\d\s.\-–—/]*)[\s.)]+(\D.*)", re.DOTALL)
_BASIS = re.compile(r"\W*(?:ст\b|ст\.|п\.|решени|приказ|письмо|закон|порядок)", re.IGNORECASE)
_BRACKETED = re.compile(r"[(<\[]\s*(?:\d{1,2}|\*{1,4})\s*[)>\]]|[¹²³⁰⁴-⁹]+")
_SEVERITY: Final = {
    "struck_text": Severity.ERROR,
    "formula_without_value": Severity.ERROR,
    "cell_error": Severity.ERROR,
    "text_under_merge": Severity.ERROR,
}
_MOST_CELLS: Final = 100
_ONLY_IN_INDEX: Final = "auto_number"
_HARMLESS_COLUMNS: Final = {Role.QUANTITY, Role.OTHER, Role.NUMBER}

Placed = Sequence[tuple[Column, Cell]]


@dataclass(slots=True, eq=False)
class RowInProgress:
    """A row that further lines may still continue."""

    place: str
    position: int
    """Of its line in the file."""
    section: str | None
    values: dict[Role, str] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    cells: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    own_footnotes: list[tuple[str, str]] = field(default_factory=list)
    index: str = ""

    @property
    def is_full(self) -> bool:
        """Whether it was continued more often than any page breaks."""
        return len(self.cells) > _MOST_CELLS

    def value(self, role: Role) -> str:
        """The text under a column."""
        return self.values.get(role, "")

    def remark(self, code: str, severity: Severity, **facts: str | int) -> None:
        """Say something of this row, once."""
        finding = Finding(code=code, severity=severity, place=self.place, facts=facts)
        if finding not in self.findings:
            self.findings.append(finding)

    def take(self, column: Column, cell: Cell, columns: Columns) -> None:
        """Put a cell under its column."""
        role = column.role
        if cell.down:
            self._take_merged(role, cell)
            return
        self.cells.append(cell.text)
        self.own_footnotes += cell.footnotes
        self._remark_on(role, cell, columns)
        if role in {Role.OTHER, Role.NUMBER}:
            heading = column.heading or "№"
            self.other[heading] = f"{self.other[heading]} {cell.text}" if heading in self.other else cell.text
        elif role is Role.INDEX_AND_TITLE:
            found = _SPLIT_INDEX.fullmatch(cell.text)
            self.values[Role.INDEX], self.values[Role.TITLE] = (found[1], found[2]) if found else ("", cell.text)
        elif (
            role is Role.TERM
            and role in self.values
            and _BASIS.match(cell.text)
            and Role.ARTICLE not in columns.roles()
        ):
            self.values[Role.ARTICLE] = cell.text
        else:
            self.values[role] = f"{self.values[role]} {cell.text}" if role in self.values else cell.text

    def _take_merged(self, role: Role, cell: Cell) -> None:
        if role in _HARMLESS_COLUMNS or role in self.values:
            return
        self.values[role] = cell.text
        self.own_footnotes += cell.footnotes
        self.remark("merged_cell", Severity.WARNING, column=role.value, text=plain(cell.text))

    def _remark_on(self, role: Role, cell: Cell, columns: Columns) -> None:
        for code in cell.remarks:
            if code != _ONLY_IN_INDEX or role in {Role.INDEX, Role.INDEX_AND_TITLE}:
                severity = Severity.WARNING if role in _HARMLESS_COLUMNS else _SEVERITY.get(code, Severity.WARNING)
                self.remark(code, severity, text=plain(cell.text))
        covered = {column.role for column in columns.covered(cell)} - {role, Role.OTHER}
        if covered and not (role is Role.TERM and covered == {Role.ARTICLE}):
            severity = Severity.WARNING if Role.TERM in covered | {role} else Severity.NOTE
            self.remark("merged_across", severity, text=plain(cell.text))

    def join(self, placed: Placed, line: Line, columns: Columns) -> None:
        """Continue this row with the fragments of a further line."""
        for column, cell in placed:
            if cell.down:
                continue
            self.cells.append(cell.text)
            self.own_footnotes += cell.footnotes
            self._remark_on(column.role, cell, columns)
            if column.role in {Role.OTHER, Role.NUMBER}:
                self.other[column.heading] = f"{self.other.get(column.heading, '')} {cell.text}".strip()
                continue
            role = Role.TITLE if column.role is Role.INDEX_AND_TITLE else column.role
            before = self.value(role)
            # A hyphen at the end of a line may belong to the word, so it stays.
            gap = "" if not before or re.search(r"[^\W\d_]-$", before) else " "
            self.values[role] = before + gap + cell.text
        self.remark("row_continued", Severity.WARNING, text=line.text, at=line.place)

    def finished(self, footnotes: "Footnotes") -> DraftRow:
        """The row as a value, with the footnotes it refers to."""
        found = footnotes.of(self)
        return DraftRow(
            place=self.place,
            section=self.section,
            index=self.index,
            index_written=self.value(Role.INDEX),
            title=self.value(Role.TITLE),
            quantity=self.value(Role.QUANTITY),
            term=self.value(Role.TERM),
            article=self.value(Role.ARTICLE),
            note=self.value(Role.NOTE),
            footnotes=found,
            other=self.other,
            cells=tuple(self.cells),
            findings=tuple(self.findings),
        )


def placed_index(placed: Placed) -> Cell | None:
    """The cell under the index column; of a column that holds index and title together, the index alone."""
    for column, cell in placed:
        if column.role is Role.INDEX:
            return cell
        if column.role is Role.INDEX_AND_TITLE:
            found = _SPLIT_INDEX.fullmatch(cell.text)
            return Cell(column=cell.column, text=found[1].strip()) if found and index_key(found[1]) else None
    return None


def placed_text(placed: Placed, role: Role) -> str:
    """The text under a column."""
    wanted = {role, Role.INDEX_AND_TITLE} if role is Role.TITLE else {role}
    return " ".join(cell.text for column, cell in placed if column.role in wanted)


class Footnotes:
    """The footnotes below the tables, and which rows they belong to."""

    def __init__(self) -> None:
        self._defined: list[tuple[int, str, str]] = []
        self._used: set[int] = set()

    def define(self, position: int, pairs: Sequence[tuple[str, str]]) -> None:
        """Note the footnotes of one line."""
        self._defined += [(position, mark, text) for mark, text in pairs]

    def of(self, row: RowInProgress) -> Mapping[str, str]:
        """Text by mark of what the row refers to or brings itself; a reference to nothing is said."""
        own = dict(row.own_footnotes)
        brought = dict(footnotes_of_note(row.value(Role.NOTE)))
        found: dict[str, str] = {}
        for mark, is_certain in self._references(row):
            text = own.get(mark) or brought.get(mark) or self._below(mark, row.position)
            if text:
                found[mark] = text
            elif is_certain:
                row.remark("footnote_missing", Severity.WARNING, mark=mark)
        return found | own | {mark: text for mark, text in brought.items() if mark not in found and mark not in own}

    @staticmethod
    def _references(row: RowInProgress) -> Iterator[tuple[str, bool]]:
        for mark in references_in(row.value(Role.TERM)):
            yield mark, True
        for role in (Role.TITLE, Role.QUANTITY, Role.ARTICLE, Role.NOTE):
            for bracketed in _BRACKETED.finditer(row.value(role)):
                for mark in references_in(bracketed[0]):
                    yield mark, False

    def _below(self, mark: str, position: int) -> str | None:
        known = [(at, where) for at, (where, said, _) in enumerate(self._defined) if said == mark]
        chosen = next((at for at, where in known if where > position), known[-1][0] if known else None)
        if chosen is None:
            return None
        self._used.add(chosen)
        return self._defined[chosen][2]

    def unused(self) -> list[tuple[str, str]]:
        """Marks and texts of the footnotes that no row refers to."""
        return [(mark, text) for at, (_, mark, text) in enumerate(self._defined) if at not in self._used]
