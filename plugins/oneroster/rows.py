"""Rows of one CSV file of a bundle (RFC 4180), found by the names of their columns."""

import csv
import io
from collections.abc import Iterator
from typing import IO, NoReturn

from core.sdk.connectors import Problem, ProblemClass
from plugins.oneroster.archive import BundleArchive
from plugins.oneroster.columns import EXTENSION, FILES, NEVER_STORED, ONLY_WHAT_IS_READ, Column, CsvFile
from plugins.oneroster.encoding import EncodingUnknown, encoding_of
from plugins.oneroster.mapping import Item
from plugins.oneroster.values import NOTHING, Unfit

LONGEST_LINE = 1_000_000
"""Characters; a line that goes on is not read into memory."""


class CsvTable:
    """One file of a bundle: its header is read at once, its rows as they are asked for.

    Raises `ConnectorMisconfigured` for a file that cannot be read at all.
    """

    def __init__(self, archive: BundleArchive, name: str, encoding: str) -> None:
        self._archive = archive
        self._file = f"{name}.csv"
        self._csv: CsvFile = FILES[name]
        self._keep_all = name not in ONLY_WHAT_IS_READ
        try:
            with archive.open(self._file.lower()) as content:
                self.encoding = encoding_of(content, wanted=encoding)
        except EncodingUnknown as error:
            self._refuse(str(error))
        with archive.open(self._file.lower()) as content:
            self.header = self._header(next(self._cells(content), []))
        self._plan = self._planned()

    def _refuse(self, detail: str) -> NoReturn:
        self._archive.refuse(f"{self._file} {detail}")

    def _header(self, cells: list[str]) -> list[str]:
        header = [cell.strip() for cell in cells]
        folded = [name.lower() for name in header]
        if not any(folded):
            self._refuse("has no header")
        if len(folded) == 1 and ";" in folded[0]:
            self._refuse("is separated by semicolons; the specification wants commas")
        doubled = {name for name in folded if name and folded.count(name) > 1}
        if doubled:
            self._refuse(f"has two columns {', '.join(sorted(doubled))}")
        missing = sorted(self._csv.required - set(folded))
        if missing:
            self._refuse(f"has no column {', '.join(missing)}")
        if not any(self._csv.columns[name].field == "sourcedId" for name in folded if name in self._csv.columns):
            self._refuse("has no column sourcedId")
        return header

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        """Columns that neither the specification nor its way of extension knows."""
        known = self._csv.columns.keys() | self._csv.known
        return tuple(
            name for name in self.header if name.lower() not in known and not name.lower().startswith(EXTENSION)
        )

    def _planned(self) -> list[tuple[int, str, Column | None]]:
        plan = []
        for index, name in enumerate(self.header):
            column = self._csv.columns.get(name.lower())
            if name.lower() not in NEVER_STORED and (column or self._keep_all):
                plan.append((index, name, column))
        return plan

    def rows(self) -> Iterator[Item | Problem]:
        """Return every row as an object in the shape of REST, or what is wrong with it."""
        with self._archive.open(self._file.lower()) as content:
            cells = self._cells(content)
            next(cells)
            width = len(self.header)
            for number, row in enumerate(cells, 2):
                if len(row) != width and (len(row) < width or any(row[width:])):
                    message = f"{self._file}, row {number}: {len(row)} cells where the header has {width}"
                    yield Problem(ProblemClass.RECORD, message)
                else:
                    yield self._item(row, number)

    def _item(self, row: list[str], number: int) -> Item | Problem:
        entry = {}
        raw = {}
        try:
            for index, name, column in self._plan:
                cell = row[index]
                if cell and cell != NOTHING:
                    raw[name] = cell
                    if column is not None:
                        entry[column.field] = column.convert(cell)
        except Unfit as error:
            return Problem(
                ProblemClass.RECORD,
                f"{self._file}, row {number}: {error}",
                external_id=entry.get("sourcedId"),
                raw=raw,
            )
        if not entry.get("sourcedId"):
            return Problem(ProblemClass.RECORD, f"{self._file}, row {number}: there is no sourcedId", raw=raw)
        return Item(entry, raw)

    def _cells(self, content: IO[bytes]) -> Iterator[list[str]]:
        text = io.TextIOWrapper(content, encoding=self.encoding, errors="strict", newline="")
        try:
            for row in csv.reader(self._lines(text), strict=True):
                if row:
                    yield row
        except csv.Error as error:
            self._refuse(f"is no CSV from some row on ({error}); export it again")
        finally:
            text.detach()

    def _lines(self, text: io.TextIOWrapper) -> Iterator[str]:
        while line := text.readline(LONGEST_LINE):
            if len(line) >= LONGEST_LINE:
                self._refuse(f"has a line of more than {LONGEST_LINE} characters")
            yield line
