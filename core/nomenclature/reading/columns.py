"""Which column holds what: headings with their synonyms, over one or several rows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.nomenclature.reading.content import Cell, Line, plain


class Role(StrEnum):
    """What a column of the form holds."""

    INDEX = "index"
    NUMBER = "number"
    """A running number («№ п/п») that is no index."""
    TITLE = "title"
    QUANTITY = "quantity"
    TERM = "term"
    ARTICLE = "article"
    NOTE = "note"
    OTHER = "other"
    INDEX_AND_TITLE = "index_and_title"


_WORDS = re.compile(
    r"индекс\w*|дел[оау]?|дела|заголов\w*|том\w*|част\w*|кол|во|количеств\w*|числ[оа]|срок\w*|хранен\w*|и|с|n|no|номер\w*|"
    r"стат\w*|ст|по|перечн\w*|пункт\w*|примеч\w*|наименован\w*|назван\w*|п|пп|документ\w*|раздел\w*|структурн\w*|"
    r"подразделен\w*|index|title|term|article|notes?|quantity|number|section|отметк\w*|типов\w*|ед|хр|единиц\w*|год\w*|"
    r"основан\w*|лист\w*|вид\w*|носител\w*|ответствен\w*|мест\w*|шифр|лиц\w*|лет|экспертн\w*|эпк|из|к|а|для|о|об|отв|"
    r"содержан\w*|номенклатур\w*|дата|начал\w*|окончан\w*|код|ячейк\w*|всего|дело|штук|шт|экз\w*|копи\w*|"
    r"управленческ\w*|архивн\w*|указан\w*|ссылк\w*|ссылка|нпа|нормативн\w*|акт\w*|описани\w*|краткое|форм\w*|ведени\w*",
    re.IGNORECASE,
)
_LONGEST_HEADING: Final = 160
_HEADER_ROWS: Final = 4
_RULES: Final = (
    (re.compile(r"примеч|\bnotes?\b"), Role.NOTE),
    (re.compile(r"кол\W{0,2}во|количеств|^число дел|quantity"), Role.QUANTITY),
    (re.compile(r"срок|\bterm\b"), Role.TERM),
    (re.compile(r"(?:индекс|index).*(?:заголов|наименован|title)"), Role.INDEX_AND_TITLE),
    (re.compile(r"индекс|\bindex\b|шифр|(?:№|номер\w*) дел"), Role.INDEX),
    (re.compile(r"заголов|наименован|назван|\btitle\b|содержание дел"), Role.TITLE),
    (re.compile(r"стать|статей|\bст\b|основани|перечн|\barticle\b|ссылк"), Role.ARTICLE),
    (re.compile(r"п\W?п|^(?:№+|n|no|номер)$"), Role.NUMBER),
)
_BASIS = re.compile(r"стать|статей|\bст\b|перечн|основани")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table: where it lies in the grid, what it holds and what stands over it."""

    start: int
    end: int
    role: Role
    heading: str


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, from left to right."""

    columns: tuple[Column, ...]

    def roles(self) -> set[Role]:
        """What the columns hold."""
        return {column.role for column in self.columns}

    def under(self, role: Role, otherwise: Column) -> Column:
        """The column that holds `role`."""
        return next((column for column in self.columns if column.role is role), otherwise)

    def place(self, line: Line) -> list[tuple[Column, Cell]]:
        """Each filled cell of a line with its column; a cell that lies in none goes to the nearest on its left."""
        # Word rows of one table may be cut differently; equally many cells then mean the same columns.
        by_order = len(line.cells) == len(self.columns) and any(not cell.text for cell in line.cells)
        exact = {column.start for column in self.columns} >= {cell.column for cell in line.cells}
        placed = []
        for order, cell in enumerate(line.cells):
            if not cell.text:
                continue
            by_grid = max(
                (each for each in self.columns if each.start <= cell.column), key=_start, default=self.columns[0]
            )
            placed.append((self.columns[order] if by_order and not exact else by_grid, cell))
        return placed

    def covered(self, cell: Cell) -> list[Column]:
        """The columns that a cell lies over."""
        return [each for each in self.columns if each.start < cell.column + cell.span and each.end > cell.column]


def _start(column: Column) -> int:
    return column.start


def normal(text: str) -> str:
    """A heading in lower case, hyphenation and doubled spaces undone."""
    joined = re.sub(r"(?<=[а-яё])[-\xad]\n(?=[а-яё])", "", text.lower().replace("ё", "е"))
    return plain(joined.replace("\xad", "").replace("№№", "№").replace("_", " "))


def role_of(heading: str) -> Role | None:
    """What a heading says of its column; None if it says nothing that is known."""
    said = normal(heading)
    return next((role for pattern, role in _RULES if pattern.search(said)), None)


def is_heading(text: str) -> bool:
    """Whether a cell holds only words that headings are made of."""
    said = normal(text)
    words = re.findall(r"[^\W\d]+", said)
    if len(said) > _LONGEST_HEADING:
        return False
    return all(_WORDS.fullmatch(word) for word in words) if words else said.strip(". ") in ("№", "#")


def header_score(texts: Iterable[str]) -> int:
    """How many different columns of the form these headings name, 0 if they are no header."""
    filled = [text for text in texts if text.strip()]
    roles = {role_of(text) for text in filled if is_heading(text)} - {None}
    main = roles & {Role.INDEX, Role.TITLE, Role.TERM, Role.INDEX_AND_TITLE, Role.NUMBER}
    is_header = len(main) > 1 and roles & {Role.TITLE, Role.INDEX_AND_TITLE}
    return len(roles) if is_header and sum(map(is_heading, filled)) * 2 > len(filled) else 0


def is_header(line: Line) -> bool:
    """Whether a line is the first row of a header."""
    return line.table is not None and header_score(cell.text for cell in line.cells if not cell.down) > 0


def continues_header(line: Line, header: Line) -> bool:
    """Whether a line is a further row of the header above it: fragments of headings, nothing that could be a row."""
    own = line.filled
    if not own or line.table != header.table or not all(is_heading(cell.text) for cell in own):
        return False
    merged = any(cell.down for cell in line.cells)
    fragments = all(normal(cell.text)[0] != "№" and cell.text.strip()[0].islower() for cell in own)
    halves = all(role_of(cell.text) in {Role.TERM, Role.ARTICLE, Role.QUANTITY, Role.INDEX, Role.OTHER} for cell in own)
    return merged or fragments or (halves and header_score(cell.text for cell in own) == 0)


def read_header(lines: Sequence[Line], at: int) -> tuple[Columns, int]:
    """The columns that the header beginning at line `at` describes, and how many lines it takes."""
    taken = 1
    while taken < _HEADER_ROWS and at + taken < len(lines) and continues_header(lines[at + taken], lines[at]):
        taken += 1
    return columns_of(lines[at : at + taken]), taken


def columns_of(header: Sequence[Line]) -> Columns:
    """The columns of a header: a heading over several columns is divided where a lower row divides it."""
    starts = sorted({cell.column for line in header for cell in line.cells if cell.text or len(header) == 1})
    ends = [*starts[1:], max(cell.column + cell.span for line in header for cell in line.cells)]
    found = []
    for start, end in zip(starts, ends, strict=True):
        over = [
            cell.text
            for line in header
            for cell in line.cells
            if cell.text and not cell.down and cell.column <= start < cell.column + cell.span
        ]
        lowest = role_of(over[-1]) if over else None
        whole = role_of(" ".join(over)) if over else None
        halved = len(over) > 1 and lowest in {Role.ARTICLE, Role.TERM}
        found.append(Column(start, end, (lowest if halved else whole) or Role.OTHER, plain(" ".join(over))))
    return Columns(tuple(_settled(found)))


def _settled(columns: Sequence[Column]) -> Iterable[Column]:
    """No role twice, and the running number is the index where there is no other."""
    roles = {column.role for column in columns}
    seen: set[Role] = set()
    for column in columns:
        role = column.role
        if role is Role.NUMBER and not roles & {Role.INDEX, Role.INDEX_AND_TITLE}:
            role = Role.INDEX
        if role is Role.ARTICLE and Role.TERM not in roles and Role.TERM not in seen:
            role = Role.TERM if _BASIS.search(normal(column.heading)) and "хран" in normal(column.heading) else role
        if role in seen and role is not Role.OTHER:
            role = Role.OTHER
        seen.add(role)
        yield Column(column.start, column.end, role, column.heading)
