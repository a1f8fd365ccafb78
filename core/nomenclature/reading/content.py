"""What every format is brought to before anybody looks for rows: lines of cells, in the order of the file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from core.nomenclature.reading.errors import BrokenNomenclatureFile, NomenclatureFileTooLarge

MAX_LINES: Final = 20_000
"""Lines that hold text; a university of 200 units has some 6,000."""
MAX_TEXT: Final = 6_000_000
"""Characters of all cells together."""
BODY: Final = "body"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table, or a paragraph outside of tables."""

    column: int
    """From 0, in the grid of its table."""
    text: str
    """Without spaces at its ends; line breaks are kept."""
    span: int = 1
    """Columns it covers."""
    down: bool = False
    """Whether it belongs to a cell above (merged downwards); `text` is that cell's then and not counted again."""
    bold: bool = False
    remarks: tuple[str, ...] = ()
    """Codes of what was odd about it: `struck_text`, `formula_without_value`, …"""
    footnotes: tuple[tuple[str, str], ...] = ()
    """Mark and text of footnotes that hang on this very cell."""
    readings: tuple[str, ...] = ()
    """What may have been typed where a program keeps a date or a number; the likeliest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a table or a paragraph."""

    place: str
    """For people: «Лист1, 12», «таблица 1, 3», «абзац 7», «строка 4»."""
    cells: tuple[Cell, ...]
    table: int | None = None
    """Number of its table (sheet); None for a paragraph."""
    source: str = BODY
    """`body`, or where else it stood: `text_box`, `page_header`, `comment`, `hidden_sheet`, `deleted_text`, …"""
    hidden: bool = False

    @property
    def filled(self) -> tuple[Cell, ...]:
        """The cells that bring text of their own."""
        return tuple(cell for cell in self.cells if cell.text and not cell.down)

    @property
    def text(self) -> str:
        """Its texts, separated by ` | `."""
        return " | ".join(cell.text for cell in self.filled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something odd about the file as a whole."""

    code: str
    place: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """Everything a file says, in order."""

    lines: tuple[Line, ...]
    remarks: tuple[Remark, ...] = ()


def plain(text: str) -> str:
    """A text in one line, with ordinary spaces."""
    return " ".join(text.split())


def within_limits(lines: Iterator[Line]) -> Iterator[Line]:
    """Hand on the lines that hold text, as long as there are not too many.

    Raises:
        NomenclatureFileTooLarge: there are.
    """
    count = characters = 0
    for line in lines:
        if not line.filled:
            continue
        count += 1
        characters += sum(len(cell.text) for cell in line.cells)
        if count > MAX_LINES:
            raise NomenclatureFileTooLarge(what="lines", limit=MAX_LINES)
        if characters > MAX_TEXT:
            raise NomenclatureFileTooLarge(what="characters", limit=MAX_TEXT)
        yield line


def content_to_wire(content: FileContent) -> Json:
    """As plain values, for the way out of a child process."""
    return {
        "lines": [
            [line.place, [_cell_to_wire(cell) for cell in line.cells], line.table, line.source, line.hidden]
            for line in content.lines
        ],
        "remarks": [[remark.code, remark.place, remark.text] for remark in content.remarks],
    }


def content_from_wire(message: Json) -> FileContent:
    """What `content_to_wire` wrote; whatever came out of the child is taken for hostile.

    Raises:
        BrokenNomenclatureFile: it is nothing of the kind.
        NomenclatureFileTooLarge: it passes the limits.
    """
    try:
        lines = (
            Line(
                place=str(place),
                cells=tuple(_cell_from_wire(cell) for cell in cells),
                table=None if table is None else int(table),
                source=str(source),
                hidden=bool(hidden),
            )
            for place, cells, table, source, hidden in message["lines"]
        )
        remarks = tuple(
            Remark(code=str(code), place=str(place), text=str(text)) for code, place, text in message["remarks"]
        )
        return FileContent(lines=tuple(within_limits(lines)), remarks=remarks)
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenNomenclatureFile(part="answer") from error


def _cell_to_wire(cell: Cell) -> list[Any]:
    short = [cell.column, cell.text, cell.span, int(cell.down), int(cell.bold)]
    odd = [cell.remarks, cell.footnotes, cell.readings]
    return [*short, *odd] if any(odd) else short


def _cell_from_wire(wire: list[Any]) -> Cell:
    column, text, span, down, bold, *odd = wire
    remarks, footnotes, readings = odd or ((), (), ())
    return Cell(
        column=int(column),
        text=str(text),
        span=int(span),
        down=bool(down),
        bold=bool(bold),
        remarks=tuple(str(each) for each in remarks),
        footnotes=tuple((str(mark), str(said)) for mark, said in footnotes),
        readings=tuple(str(each) for each in readings),
    )
