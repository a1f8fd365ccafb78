"""Excel workbooks (.xlsx) as lines of cells, read as a stream: a million empty rows cost time, but no memory."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from core.nomenclature.reading.content import MAX_LINES, MAX_TEXT, Cell, FileContent, Line, within_limits
from core.nomenclature.reading.errors import NomenclatureFileTooLarge
from core.nomenclature.reading.package import Node, Package, parse
from core.nomenclature.reading.xlsx_values import STRUCK, Shown, Style, read_string, read_styles, show_cell

_EMPTY_CELLS = re.compile(rb"(?:<(?:\w{1,9}:)?c [^<>]*(?:/>|></(?:\w{1,9}:)?c>))+")
_EMPTY_ROWS = re.compile(rb"(?:<(?:\w{1,9}:)?row [^<>]*(?:/>|>\s*</(?:\w{1,9}:)?row>))+")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_MAX_SHEETS: Final = 100
_MAX_MERGES: Final = 50_000
_MAX_CELLS: Final = 400_000
_CODES = re.compile(r"&(?:[LCRPNDTGAFZBIUSEXYKH]|\"[^\"]*\"|\d+)")


@dataclass(slots=True)
class _Row:
    number: int
    hidden: bool
    cells: dict[int, Shown] = field(default_factory=dict)


@dataclass(slots=True)
class _Sheet:
    rows: list[_Row] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Book:
    strings: list[Shown]
    styles: list[Style]
    since_1904: bool


def read_xlsx(package: Package, main: str) -> FileContent:
    """Every cell of every sheet; hidden sheets with their own source.

    Raises:
        BrokenNomenclatureFile: a part is damaged.
        NomenclatureFileTooLarge: there is too much of it.
    """
    root = package.tree(main)
    properties = root.find("workbookPr")
    strings = [
        read_string(node) for name in package.of_kind(main, "sharedStrings") for node in package.tree(name).all("si")
    ]
    styles = [style for name in package.of_kind(main, "styles") for style in read_styles(package.tree(name))]
    since_1904 = properties is not None and properties.get("date1904") in {"1", "true"}
    book = _Book(strings, styles, since_1904)
    related = package.related(main)
    lines: list[Line] = []
    sheets = root.find("sheets")
    for number, node in enumerate(sheets.children if sheets is not None else (), start=1):
        kind, name = related.get(node.get("id"), ("", ""))
        if number > _MAX_SHEETS:
            raise NomenclatureFileTooLarge(what="sheets", limit=_MAX_SHEETS)
        if kind == "worksheet" and package.has(name):
            hidden = node.get("state", "visible") != "visible"
            lines += within_limits(_lines_of_sheet(package, name, node.get("name"), number, book, hidden=hidden))
    return FileContent(lines=tuple(within_limits(iter(lines))))


def _lines_of_sheet(
    package: Package, name: str, title: str, number: int, book: _Book, *, hidden: bool
) -> Iterator[Line]:
    source = "hidden_sheet" if hidden else "body"
    sheet = _SheetReader(book).read(_without_empty(package.blocks(name)), name)
    for drawing in package.of_kind(name, "drawing"):
        for text in _paragraphs(package.tree(drawing)):
            yield _single(title, text, "hidden_sheet" if hidden else "text_box")
    for text in sheet.headers:
        yield _single(title, text, "page_header")
    for row, cells in _merged(sheet):
        yield Line(place=f"{title}, {row.number}", cells=tuple(cells), table=number, source=source, hidden=row.hidden)
    for comments in package.of_kind(name, "comments"):
        for comment in _descendants(package.tree(comments), "comment"):
            said = comment.find("text")
            if said is not None:
                yield _single(f"{title}, {comment.get('ref')}", read_string(said).text, "comment")


def _single(place: str, text: str, source: str) -> Line:
    return Line(place=place, cells=(Cell(column=0, text=text.strip()),), source=source)


def _descendants(node: Node, tag: str) -> Iterator[Node]:
    for child in node.children:
        if child.tag == tag:
            yield child
        else:
            yield from _descendants(child, tag)


def _paragraphs(drawing: Node) -> Iterator[str]:
    for paragraph in _descendants(drawing, "p"):
        yield "".join(run.text for run in _descendants(paragraph, "t"))


def _without_empty(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Leave out cells and rows without contents before the parser sees them; nothing else can look like them."""
    rest = b""
    for block in blocks:
        whole = rest + block
        end = whole.rfind(b">") + 1
        rest = whole[end:]
        piece = whole[:end]
        if len(rest) > MAX_TEXT:
            raise NomenclatureFileTooLarge(what="characters", limit=MAX_TEXT)
        # A section of character data may hold anything.
        yield piece if b"<!" in piece else _EMPTY_ROWS.sub(b"", _EMPTY_CELLS.sub(b"", piece))
    yield rest


class _SheetReader:
    """Collects the filled cells of one sheet while it is parsed."""

    def __init__(self, book: _Book) -> None:
        self._book = book
        self._sheet = _Sheet()
        self._path: list[str] = []
        self._row = _Row(0, hidden=False)
        self._column = 0
        self._cell: Mapping[str, str] | None = None
        self._texts: dict[str, list[str]] = {}
        self._string: list[Node] = []
        self._string_read: Shown | None = None
        self._cells = 0

    def read(self, blocks: Iterator[bytes], name: str) -> _Sheet:
        """The sheet that these bytes describe."""
        parse(blocks, name, self._start, self._end, self._data)
        return self._sheet

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._path.append(tag)
        if self._string:
            node = Node(tag, dict(attributes))
            self._string[-1].children.append(node)
            self._string.append(node)
        elif tag == "c":
            self._begin_cell(attributes)
        elif tag == "is":
            self._string = [Node(tag, dict(attributes))]
        elif tag in {"v", "f", "oddHeader", "oddFooter", "firstHeader", "firstFooter"}:
            self._texts[tag] = []
        elif tag == "row":
            number = attributes.get("r", "")
            following = int(number) if number.isdigit() else self._row.number + 1
            hidden = attributes.get("hidden") in {"1", "true"} or attributes.get("zeroHeight") in {"1", "true"}
            self._row, self._column = _Row(following, hidden=hidden), -1
        elif tag == "col":
            self._note_column(attributes)
        elif tag == "mergeCell":
            self._note_merge(attributes.get("ref", ""))

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        found = _REFERENCE.fullmatch(attributes.get("r", ""))
        self._column = column_number(found[1]) if found else self._column + 1
        self._cell, self._texts, self._string_read = attributes, {}, None

    def _end(self, tag: str) -> None:
        self._path.pop()
        if self._string:
            node = self._string.pop()
            if not self._string:
                self._string_read = read_string(node)
        elif tag == "c":
            self._end_cell()
        elif tag == "row" and self._row.cells:
            if len(self._sheet.rows) >= MAX_LINES:
                raise NomenclatureFileTooLarge(what="lines", limit=MAX_LINES)
            self._sheet.rows.append(self._row)
        elif tag in {"oddHeader", "oddFooter", "firstHeader", "firstFooter"}:
            self._sheet.headers.append(_CODES.sub(" ", "".join(self._texts.pop(tag, []))).strip())

    def _data(self, text: str) -> None:
        if self._string:
            self._string[-1].text += text
        elif self._path and self._path[-1] in self._texts:
            self._texts[self._path[-1]].append(text)

    def _end_cell(self) -> None:
        attributes = self._cell or {}
        number = attributes.get("s", "0")
        styles = self._book.styles
        style = styles[int(number)] if number.isdigit() and int(number) < len(styles) else Style()
        value = "".join(self._texts["v"]) if "v" in self._texts else None
        shown = self._string_read or show_cell(
            attributes.get("t", "n"), value, style, self._book.strings, since_1904=self._book.since_1904
        )
        if "f" in self._texts and not value and self._string_read is None:
            formula = "".join(self._texts["f"])
            shown = Shown(f"={formula}" if formula else "=", ("formula_without_value",))
        text = shown.text.strip()
        if text:
            self._cells += 1
            if self._cells > _MAX_CELLS:
                raise NomenclatureFileTooLarge(what="cells", limit=_MAX_CELLS)
            remarks = (*shown.remarks, *((STRUCK,) if style.struck and STRUCK not in shown.remarks else ()))
            self._row.cells[self._column] = replace(shown, text=text, remarks=remarks, bold=shown.bold or style.bold)
        self._cell, self._string_read = None, None

    def _note_column(self, attributes: Mapping[str, str]) -> None:
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if attributes.get("hidden") in {"1", "true"} and first.isdigit() and last.isdigit():
            self._sheet.hidden_columns.append((int(first) - 1, int(last) - 1))

    def _note_merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        start, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if start and end:
            self._sheet.merges.append((int(start[2]), column_number(start[1]), int(end[2]), column_number(end[1])))
        if len(self._sheet.merges) > _MAX_MERGES:
            raise NomenclatureFileTooLarge(what="merges", limit=_MAX_MERGES)


def column_number(letters: str) -> int:
    """Number of a column from 0: `A` is 0, `AA` is 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _merged(sheet: _Sheet) -> Iterator[tuple[_Row, list[Cell]]]:
    """The rows with their merges: a cell that is merged downwards is handed on to every row that brings text."""
    rows = sorted(sheet.rows, key=lambda row: row.number)
    numbers = [row.number for row in rows]
    by_number = {row.number: row for row in rows}
    spans: dict[tuple[int, int], int] = {}
    covered: dict[int, dict[int, Cell]] = {}
    under: dict[int, list[tuple[int, int]]] = {}
    count = 0
    for top, left, bottom, right in sheet.merges:
        origin = by_number[top].cells.get(left) if top in by_number else None
        spans[top, left] = right - left + 1
        for number in numbers[bisect_left(numbers, top) : bisect_left(numbers, bottom + 1)]:
            under.setdefault(number, []).append((left + (number == top), right))
            if origin is not None and number > top:
                cell = Cell(column=left, text=origin.text, span=right - left + 1, down=True, bold=origin.bold)
                covered.setdefault(number, {})[left] = cell
            count += 1
            if count > _MAX_CELLS:
                raise NomenclatureFileTooLarge(what="merges", limit=_MAX_CELLS)
    for row in rows:
        cells = dict(covered.get(row.number, {}))
        for column, shown in row.cells.items():
            own = _cell(column, shown, spans.get((row.number, column), 1), sheet)
            unseen = any(first <= column <= last for first, last in under.get(row.number, ()))
            cells[column] = replace(own, remarks=(*own.remarks, "text_under_merge")) if unseen else own
        yield row, [cells[column] for column in sorted(cells)]


def _cell(column: int, shown: Shown, span: int, sheet: _Sheet) -> Cell:
    hidden = any(first <= column <= last for first, last in sheet.hidden_columns)
    return Cell(
        column=column,
        text=shown.text,
        span=span,
        bold=shown.bold,
        remarks=(*shown.remarks, *(("hidden_column",) if hidden else ())),
        readings=shown.readings,
    )
