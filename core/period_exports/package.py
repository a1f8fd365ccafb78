"""The package of a snapshot: one ZIP file with a manifest, the tables as CSV and XLSX, and the raw answers.

It is written row by row into a folder of the local disk. Nothing in it says when it was made, so the same data give the
same bytes; the digest of the snapshot is that of what it says, without the moments at which it was read.
"""

import csv
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from core.papers.canonical import canonical_json
from core.papers.canonical import digest as digest_of
from core.period_exports.reading import LEFT_OUT, RAW, Row
from core.period_exports.tables import KEYED_BY, TABLES
from core.period_exports.workbook import TablesWorkbook

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
WORKBOOK: Final = "tables.xlsx"
MEDIA_TYPE: Final = "application/zip"
_RUN_BY_SPREADSHEETS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CHUNK: Final = 1 << 20
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
_EVERYBODY_READS: Final = 0o644 << 16


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
    """A member that is being written."""

    name: str
    stream: IO[bytes]
    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0
    rows: int = 0

    def write(self, content: bytes) -> None:
        self.digest.update(content)
        self.size += len(content)
        self.stream.write(content)


class PackageWriter:
    """Writes one package; `take` every row in order, then `finish`."""

    def __init__(self, path: Path) -> None:
        self.members: dict[str, Member] = {}
        self.left_out = 0
        self.rows = 0
        """Taken so far."""
        self._path = path
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._workbook_path = path.with_suffix(".xlsx")
        self._workbook = TablesWorkbook(self._workbook_path)
        self._now: _Open | None = None
        self._part = -1
        self._last: tuple[str, ...] = ()

    def take(self, rows: Sequence[Row]) -> None:
        """Write some rows; blocking. Raises `UnorderedRows`."""
        start = 0
        while start < len(rows):
            part = rows[start][0]
            end = next((at for at in range(start, len(rows)) if rows[at][0] != part), len(rows))
            self._take_part(part, [[cell or "" for cell in cells] for _, cells in rows[start:end]])
            start = end
        self.rows += len(rows)

    def _take_part(self, part: int, rows: list[list[str]]) -> None:
        self._advance(part)
        if part == LEFT_OUT:
            self.left_out = int(rows[0][0])
            return
        for row in rows:
            key = tuple(row[:KEYED_BY])
            if key <= self._last:
                raise UnorderedRows(part)
            self._last = key
        if part == RAW:
            self._take_raw(rows)
            return
        opened = self._table()
        opened.write(table_bytes(rows))
        opened.rows += len(rows)
        self._workbook.add(part, rows)

    def _take_raw(self, rows: list[list[str]]) -> None:
        for stream, record, raw in rows:
            name = f"raw/{_safe(stream)}.jsonl"
            if self._now is None or self._now.name != name:
                self._end()
                self._begin(name)
            opened = self._table()
            opened.write(f'{{"record":{json.dumps(record, ensure_ascii=False)},"raw":{raw}}}\n'.encode())
            opened.rows += 1

    def _advance(self, part: int) -> None:
        if part < self._part:
            raise UnorderedRows(part)
        while self._part < part:
            self._part += 1
            self._last = ()
            self._end()
            if self._part < len(TABLES):
                self._begin(TABLES[self._part].file_name)
                self._table().write(b"\xef\xbb\xbf" + _lines([TABLES[self._part].heads]))

    def _table(self) -> _Open:
        if self._now is None:
            raise UnorderedRows(self._part)
        return self._now

    def _begin(self, name: str) -> None:
        self._now = _Open(name, self._archive.open(_info(name), "w"))

    def _end(self) -> None:
        if self._now is not None:
            self._now.stream.close()
            self.members[self._now.name] = Member(self._now.digest.hexdigest(), self._now.size, self._now.rows)
            self._now = None

    def finish(self, said: Mapping[str, Any], read: Mapping[str, Any], *, complete: bool) -> str:
        """Close the package; return the digest of the snapshot. Blocking.

        `said` is what the snapshot is of, `read` what is known of the reading: the moments of it are in the manifest,
        and no part of the digest; whether it was complete is.
        """
        self._advance(LEFT_OUT)
        self._end()
        tables = {name: member.said() for name, member in self.members.items()}
        digest = digest_of({"format": FORMAT, **said, "files": tables, "left_out": self.left_out, "complete": complete})
        self._workbook.close()
        self._copy(WORKBOOK, self._workbook_path)
        manifest = {
            "format": FORMAT,
            "digest": digest,
            **said,
            **read,
            "left_out": self.left_out,
            "files": {name: member.said() for name, member in sorted(self.members.items())},
        }
        with self._archive.open(_info(MANIFEST), "w") as target:
            target.write(json.dumps(json.loads(canonical_json(manifest)), ensure_ascii=False, indent=2).encode())
        self._archive.close()
        return digest

    def _copy(self, name: str, path: Path) -> None:
        opened = hashlib.sha256()
        with path.open("rb") as source, self._archive.open(_info(name), "w") as target:
            while chunk := source.read(_CHUNK):
                opened.update(chunk)
                target.write(chunk)
        self.members[name] = Member(opened.hexdigest(), path.stat().st_size)
        path.unlink()

    def abandon(self) -> None:
        """Give up what was begun and remove its files; the other files of the folder are the caller's."""
        if self._now is not None:
            self._now.stream.close()
            self._now = None
        self._archive.close()
        # It holds a file open for each sheet until then.
        self._workbook.close()
        shutil.rmtree(self._path.parent, ignore_errors=True)


def table_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """Return rows as CSV: UTF-8, semicolons, CRLF.

    A cell that a spreadsheet would run as a formula, or that begins with an apostrophe, gets an apostrophe in front;
    a sign alone is a mark and stays as it is.
    """
    return _lines([[_guarded(cell) for cell in row] for row in rows])


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _guarded(cell: str) -> str:
    if cell[:1] == "'" or (len(cell) > 1 and cell.lstrip(" \u00a0\ufeff\u200b").startswith(_RUN_BY_SPREADSHEETS)):
        return f"'{cell}"
    return cell


def _safe(stream: str) -> str:
    return "".join(each if each.isascii() and (each.isalnum() or each in "_-") else "_" for each in stream)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=_FIRST_DAY)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = _EVERYBODY_READS
    return info


class Package:
    """A package that is read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.manifest: Mapping[str, Any] = json.loads(archive.read(MANIFEST))

    @property
    def names(self) -> list[str]:
        """Return the names of its files."""
        return self._archive.namelist()

    def rows(self, file_name: str) -> Iterator[list[str]]:
        """Yield the rows of a table without their heading, as the platform said them."""
        with (
            self._archive.open(file_name) as stream,
            io.TextIOWrapper(stream, "utf-8-sig", newline="") as text,
        ):
            reader = csv.reader(text, delimiter=";")
            next(reader, None)
            for row in reader:
                yield [cell.removeprefix("'") for cell in row]

    def measured(self, name: str) -> tuple[int, bytes]:
        """Return the size of a file and its SHA-256, read anew; blocking."""
        digest = hashlib.sha256()
        for chunk in self.chunks(name):
            digest.update(chunk)
        return self._archive.getinfo(name).file_size, digest.digest()

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file; raise `KeyError`."""
        with self._archive.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Open a package on the local disk."""
    with zipfile.ZipFile(path) as archive:
        yield Package(archive)
