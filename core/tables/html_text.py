"""HTML tables, which some programs save under the name of a spreadsheet."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from core.tables.csv_text import encoding_of

_PIECE: Final = 256 * 1024
_WIDEST_SPAN: Final = 200
_BREAKS: Final = frozenset({"br", "p", "div", "li"})


class TableParser(HTMLParser):
    """Collects the rows of every table; text outside of tables becomes rows of one cell.

    A cell that spans columns is followed by empty ones, and one that spans rows keeps its place in the rows below, so
    that columns stay in line.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = [[]]
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._spans = (1, 1)
        self._below: dict[int, int] = {}
        self._outside: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, row or cell."""
        if tag in {"script", "style"}:
            self._silent += 1
        elif tag == "table":
            self._say_outside()
            self.tables.append([])
            self._below = {}
        elif tag == "tr":
            self._end_row()
            self._say_outside()
            self._row = []
        elif tag in {"td", "th"}:
            self._end_cell()
            self._row = [] if self._row is None else self._row
            self._skip_spanned()
            given = dict(attrs)
            self._cell, self._spans = [], (_span(given.get("colspan")), _span(given.get("rowspan")))
        elif tag in _BREAKS:
            self.handle_data(" ")
            if self._cell is None:
                self._say_outside()

    def handle_endtag(self, tag: str) -> None:
        """End a table, row or cell."""
        if tag in {"script", "style"}:
            self._silent = max(0, self._silent - 1)
        elif tag in {"td", "th"}:
            self._end_cell()
        elif tag == "tr":
            self._end_row()
        elif tag == "table":
            self._end_row()
            self.tables.append([])
        elif tag in _BREAKS and self._cell is None:
            self._say_outside()

    def handle_data(self, data: str) -> None:
        """Add to the cell, or to the text outside."""
        if not self._silent:
            (self._outside if self._cell is None else self._cell).append(data)

    def close(self) -> None:
        """End everything that was left open."""
        super().close()
        self._end_row()
        self._say_outside()

    def _skip_spanned(self) -> None:
        row = self._row if self._row is not None else []
        while self._below.get(len(row), 0):
            self._below[len(row)] -= 1
            row.append("")

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        across, down = self._spans
        for number in range(across):
            if down > 1:
                self._below[len(self._row)] = down - 1
            self._row.append("".join(self._cell) if number == 0 else "")
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is not None:
            self._skip_spanned()
            self.tables[-1].append(self._row)
        self._row = None

    def _say_outside(self) -> None:
        text = " ".join("".join(self._outside).split())
        self._outside = []
        if text and self._row is None:
            self.tables[-1].append([text])


def _span(said: str | None) -> int:
    return min(int(said), _WIDEST_SPAN) if said and said.isascii() and said.isdigit() and int(said) > 0 else 1


def tables_of(path: Path) -> list[list[list[str]]]:
    """Return the tables of an HTML file, and the text between them, as rows; raise `TableEncodingUnknown`."""
    parser = TableParser()
    with path.open(encoding=encoding_of(path)) as file:
        while piece := file.read(_PIECE):
            parser.feed(piece)
    parser.close()
    return [table for table in parser.tables if table]
