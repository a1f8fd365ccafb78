"""What a snapshot says: its tables as CSV and its raw answers, text by text, and the digest of all of it.

Whether anything has changed is asked of the same texts that a package is made of, only that nobody keeps them. So an
answer «unchanged» can differ from what would be built in nothing but the moments of the reading.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any, Final

from core.papers.canonical import digest as digest_of
from core.period_exports.reading import LEFT_OUT, RAW, WIDEST, WIDTHS, cells_of, runs_of
from core.period_exports.tables import KEYED_BY, TABLES

FORMAT: Final = 1
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FORMULA: Final = re.compile("'|[ \u00a0\ufeff\u200b]*[=+\\-@\t\r\n＝＋－＠]")
_NOT_AS_IT_IS: Final = re.compile("\"|;|\\\\|\t[ \u00a0\ufeff\u200b]*['=+\\-@＝＋－＠]")
"""In a line of COPY: what CSV puts in quotes, what COPY escapes, and the beginning of what may be a formula."""


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

    def take(self, content: bytes) -> None:
        """Go through some lines of `core.period_exports.reading`; blocking. Raises `UnorderedRows`."""
        for part, lines in runs_of(content):
            self._advance(part)
            if part == LEFT_OUT:
                self.left_out = int(cells_of(lines[0], 1)[0])
                continue
            self.rows += len(lines)
            if part == RAW:
                self._take_raw([cells_of(line, WIDTHS[RAW]) for line in lines])
            else:
                self._in_order(cells_of(line, KEYED_BY) for line in lines)
                self._say("".join([_csv_line(line, WIDTHS[part]) for line in lines]).encode(), len(lines))
                self.lines_said(part, lines)

    def _in_order(self, keys: Iterable[list[str]]) -> None:
        last = self._last
        for key in keys:
            if key <= last:
                raise UnorderedRows(self._part)
            last = key
        self._last = last

    def _take_raw(self, rows: Sequence[list[str]]) -> None:
        self._in_order(row[:KEYED_BY] for row in rows)
        for stream, run in groupby(rows, itemgetter(0)):
            name = f"raw/{_safe(stream)}.jsonl"
            if self._now is None or self._now.name != name:
                self._end()
                self._begin(name)
            said = [f'{{"record":{encode_basestring(record)},"raw":{raw}}}\n' for _, record, raw in run]
            self._say("".join(said).encode(), len(said))

    def _advance(self, part: int) -> None:
        if part < self._part:
            raise UnorderedRows(part)
        while self._part < part:
            self._part += 1
            self._last = []
            self._end()
            if self._part < len(TABLES):
                self._begin(TABLES[self._part].file_name)
                self._say(BYTE_ORDER_MARK + csv_bytes([TABLES[self._part].heads]), 0)

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

    def lines_said(self, part: int, lines: Sequence[str]) -> None:
        """Hear of the lines of `TABLES[part]` that were said."""


def csv_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as CSV: UTF-8, semicolons, CRLF.

    A cell that a spreadsheet would run as a formula, or that begins with an apostrophe, gets an apostrophe in front;
    a sign alone is a mark and stays as it is.
    """
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([[_guarded(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8", "replace")


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell[:1] == "'" or (len(cell) > 1 and _FORMULA.match(cell)) else cell


def _csv_line(line: str, width: int) -> str:
    """Return a line of COPY as `csv_bytes` has its cells; most need nothing but other separators."""
    if _NOT_AS_IT_IS.search(line):
        return csv_bytes([cells_of(line, width)]).decode()
    return line[2 : len(line) - WIDEST + width].replace("\t", ";") + "\r\n"


def _safe(stream: str) -> str:
    return "".join(each if each.isascii() and (each.isalnum() or each in "_-") else "_" for each in stream)
