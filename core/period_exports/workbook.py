"""The tables of a snapshot as one workbook, written row by row; the same rows give the same bytes."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from core.period_exports.tables import TABLES

MOST_ROWS: Final = 1_000_000
"""Rows of one sheet, the heading aside; more go on in a further sheet."""
_LONGEST: Final = 32_000
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What a file says of its own making would make every copy another one.
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - the format knows no time zones
_WIDE: Final = 24


class TablesWorkbook:
    """Every table on a sheet of its own, all cells texts, so that nothing is taken for a number or a formula."""

    def __init__(self, path: Path) -> None:
        self._book = Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": str(path.parent),
            },
        )
        self._book.set_properties({"created": _MADE, "title": "Результаты с образовательной платформы"})
        self._head = self._book.add_format({"bold": True, "bottom": 1})
        self._closed = False
        self._sheets: dict[int, tuple[Worksheet, int]] = {}
        for part in range(len(TABLES)):
            self._begin(part, "")

    def add(self, part: int, rows: Sequence[Sequence[str]]) -> None:
        """Write rows of the table that is `TABLES[part]`."""
        sheet, at = self._sheets[part]
        for row in rows:
            if at and at % MOST_ROWS == 0:
                self._begin(part, f" ({at // MOST_ROWS + 1})")
                sheet = self._sheets[part][0]
            at += 1
            for column, cell in enumerate(row):
                if cell:
                    sheet.write_string((at - 1) % MOST_ROWS + 1, column, _shown(cell))
        self._sheets[part] = sheet, at

    def close(self) -> None:
        """Write the file, once."""
        if not self._closed:
            self._closed = True
            self._book.close()

    def _begin(self, part: int, suffix: str) -> None:
        table = TABLES[part]
        sheet = self._book.add_worksheet(f"{table.title}{suffix}")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(table.columns) - 1, _WIDE)
        for column, head in enumerate(table.heads):
            sheet.write_string(0, column, head, self._head)
        self._sheets[part] = sheet, self._sheets[part][1] if part in self._sheets else 0


def _shown(text: str) -> str:
    """A sheet holds no control characters and no longer cells; the tables in CSV have them."""
    shown = _NOT_XML.sub("\ufffd", text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
