"""What a snapshot says: its tables as CSV and its raw answers, text by text, and the digest of all of it.

Whether anything has changed is asked of the same texts that a package is made of, only that nobody keeps them. So an
answer «unchanged» can differ from what would be built in nothing but the moments of the reading.
"""

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Any, Final

from core.papers.canonical import digest as digest_of
from core.period_exports.reading import LEFT_OUT, RAW, rows_of
from core.period_exports.tables import KEYED_BY, TABLES

FORMAT: Final = 1
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_RUN_BY_SPREADSHEETS: Final = "=+\\-@\t\r\n＝＋－＠"
_FORMULA: Final = re.compile(f"'|[ \u00a0\ufeff\u200b]*[{_RUN_BY_SPREADSHEETS}]")
_ANY_FORMULA: Final = re.compile(f"\x00(?:{_FORMULA.pattern})")
"""The same in cells that stand side by side, each after a zero, which no text of PostgreSQL holds."""


class UnorderedRows(RuntimeError):
    """Rows came out of order: what is written of them could not be compared, so nothing is."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a package."""

    sha256: str
    size: int
    rows: int | None = None

    def said(self) -> dict[str, Any]:
        """Return what the manifest says of it."""
        rows = {} if self.rows is None else {"rows": self.rows}
        return {"sha256": self.sha256, "size": self.size, **rows}


@dataclass(slots=True)
class _Open:
    """A file that is being said."""

    name: str
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0
    rows: int = 0


class Contents:
    """Measures what a snapshot says; `take` every line of the reading in order, then `digest`."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.left_out = 0
        self.rows = 0
        """Taken so far."""
        self._now: _Open | None = None
        self._part = -1
        self._last: list[str] = []

    def take(self, lines: bytes) -> None:
        """Go through some lines of `core.period_exports.reading`; blocking. Raises `UnorderedRows`."""
        for part, rows in rows_of(lines):
            self._advance(part)
            if part == LEFT_OUT:
                self.left_out = int(rows[0][0])
            elif part == RAW:
                self._in_order(rows)
                self._take_raw(rows)
            else:
                self._in_order(rows)
                self._say(table_bytes(rows), len(rows))
                self.rows_said(part, rows)
            self.rows += len(rows)

    def _in_order(self, rows: Sequence[list[str]]) -> None:
        last = self._last
        for row in rows:
            key = row[:KEYED_BY]
            if key <= last:
                raise UnorderedRows(self._part)
            last = key
        self._last = last

    def _take_raw(self, rows: Sequence[list[str]]) -> None:
        start = 0
        while start < len(rows):
            stream = rows[start][0]
            end = next((at for at in range(start, len(rows)) if rows[at][0] != stream), len(rows))
            name = f"raw/{_safe(stream)}.jsonl"
            if self._now is None or self._now.name != name:
                self._end()
                self._begin(name)
            said = [f'{{"record":{encode_basestring(record)},"raw":{raw}}}\n' for _, record, raw in rows[start:end]]
            self._say("".join(said).encode(), end - start)
            start = end

    def _advance(self, part: int) -> None:
        if part < self._part:
            raise UnorderedRows(part)
        while self._part < part:
            self._part += 1
            self._last = []
            self._end()
            if self._part < len(TABLES):
                self._begin(TABLES[self._part].file_name)
                self._say(BYTE_ORDER_MARK + _lines([TABLES[self._part].heads]), 0)

    def _begin(self, name: str) -> None:
        self._now = _Open(name)
        self.begun(name)

    def _say(self, content: bytes, rows: int) -> None:
        if self._now is None:
            raise UnorderedRows(self._part)
        self._now.digest.update(content)
        self._now.size += len(content)
        self._now.rows += rows
        self.said(content)

    def _end(self) -> None:
        if self._now is not None:
            self.ended()
            self.members[self._now.name] = Member(self._now.digest.hexdigest(), self._now.size, self._now.rows)
            self._now = None

    def digest(self, facts: Mapping[str, Any]) -> str:
        """End what was begun; return the digest of the snapshot: of `facts`, and of every file as the manifest has it.

        Of what the manifest says only the moments of the reading are no part of it.
        """
        self._advance(LEFT_OUT)
        self._end()
        files = {name: member.said() for name, member in self.members.items() if member.rows is not None}
        return digest_of({"format": FORMAT, **facts, "left_out": self.left_out, "files": files})

    def begun(self, name: str) -> None:
        """Hear that a file begins."""

    def said(self, content: bytes) -> None:
        """Hear what the file goes on with."""

    def ended(self) -> None:
        """Hear that the file is over."""

    def rows_said(self, part: int, rows: Sequence[Sequence[str]]) -> None:
        """Hear of the rows of `TABLES[part]` that were said."""


def table_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as CSV: UTF-8, semicolons, CRLF.

    A cell that a spreadsheet would run as a formula, or that begins with an apostrophe, gets an apostrophe in front;
    a sign alone is a mark and stays as it is.
    """
    return _lines([_guarded(row) for row in rows])


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _guarded(row: Sequence[str]) -> Sequence[str]:
    if _ANY_FORMULA.search("\x00" + "\x00".join(row)) is None:
        return row
    return [f"'{cell}" if cell[:1] == "'" or (len(cell) > 1 and _FORMULA.match(cell)) else cell for cell in row]


def _safe(stream: str) -> str:
    return "".join(each if each.isascii() and (each.isalnum() or each in "_-") else "_" for each in stream)
