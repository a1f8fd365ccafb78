"""What the child process does: a file in, one file of JSON Lines a sheet out."""

import itertools
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from python_calamine import CalamineWorkbook

from core.tables.csv_text import rows_of
from core.tables.errors import TableRefused, TableTooLarge
from core.tables.html_text import tables_of
from core.tables.texts import clean, text_of

SHEETS: Final = 50
ROWS: Final = 1_000_000
COLUMNS: Final = 500
UNPACKED: Final = 512 * 1024 * 1024
"""Bytes of all members of an XLSX file."""
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD: Final = 2048

Rows = Iterable[list[str]]


def write_sheets(source: Path, folder: Path) -> list[tuple[Path, int, int]]:
    """Write `1.jsonl`, `2.jsonl`, … and return each with its number of columns and rows.

    The first line of a file is the name of the sheet as a JSON string, each further one a row as a list of texts,
    without the empty cells at its end. Raises `TableRefused`, or what a reader raises for a damaged file.
    """
    written = []
    for number, (name, rows) in enumerate(_sheets(source), start=1):
        if number > SHEETS:
            raise TableTooLarge(what="sheets", limit=SHEETS)
        path = folder / f"{number}.jsonl"
        written.append((path, *_write(path, name, rows)))
    return written


def _write(path: Path, name: str, rows: Rows) -> tuple[int, int]:
    columns = count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(clean(name), ensure_ascii=False) + "\n")
        for row in rows:
            count += 1
            while row and not row[-1]:
                row.pop()
            columns = max(columns, len(row))
            if count > ROWS or columns > COLUMNS:
                raise TableTooLarge(what="rows" if count > ROWS else "columns", limit=max(ROWS, COLUMNS))
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return columns, count


def _sheets(source: Path) -> Iterator[tuple[str, Rows]]:
    with source.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_ZIP):
        _require_modest(source)
        yield from _workbook(source)
    elif head.startswith(_OLE):
        yield from _workbook(source)
    elif head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        for number, table in enumerate(tables_of(source), start=1):
            yield str(number), ([clean(cell) for cell in row] for row in table)
    elif b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TableRefused
    else:
        yield "", ([clean(cell) for cell in row] for row in rows_of(source))


def _workbook(source: Path) -> Iterator[tuple[str, Rows]]:
    book = CalamineWorkbook.from_path(str(source))
    for name in itertools.islice(book.sheet_names, SHEETS + 1):
        sheet = book.get_sheet_by_name(name)
        yield name, ([text_of(cell) for cell in row] for row in sheet.iter_rows())


def _require_modest(source: Path) -> None:
    with zipfile.ZipFile(source) as package:
        if sum(member.file_size for member in package.infolist()) > UNPACKED:
            raise TableTooLarge(what="bytes", limit=UNPACKED)
