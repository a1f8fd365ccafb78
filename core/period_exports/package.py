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
from pathlib import Path
from typing import IO, Any, Final

from core.papers.canonical import canonical_json
from core.period_exports.contents import FORMAT, Contents, Member
from core.period_exports.reading import WIDTHS, cells_of
from core.period_exports.wording import about
from core.period_exports.workbook import TablesWorkbook

MANIFEST: Final = "manifest.json"
WORKBOOK: Final = "tables.xlsx"
MEDIA_TYPE: Final = "application/zip"
_CHUNK: Final = 1 << 20
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
_EVERYBODY_READS: Final = 0o644 << 16


class PackageWriter(Contents):
    """Writes one package; `take` every line of the reading in order, then `finish`."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._workbook_path = path.with_suffix(".xlsx")
        self._workbook = TablesWorkbook(self._workbook_path)
        self._stream: IO[bytes] | None = None

    def begun(self, name: str) -> None:
        """Begin a file of the package."""
        self._stream = self._archive.open(_info(name), "w")

    def said(self, content: bytes) -> None:
        """Write on."""
        if self._stream is not None:
            self._stream.write(content)

    def ended(self) -> None:
        """End the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def lines_said(self, part: int, lines: Sequence[str]) -> None:
        """Write rows of `TABLES[part]` into the workbook."""
        self._workbook.add(part, [cells_of(line, WIDTHS[part]) for line in lines])

    def finish(self, facts: Mapping[str, Any], read_at: Mapping[str, Any], digest: str) -> None:
        """Close the package; blocking.

        `digest` is that of `facts` and of what was taken; `read_at`, the moments of the reading, is in the manifest
        and no part of the digest.
        """
        self._workbook.close(about(facts, self.members, self.left_out, digest))
        self._copy(WORKBOOK, self._workbook_path)
        manifest = {
            "format": FORMAT,
            "digest": digest,
            **facts,
            "read_at": read_at,
            "left_out": self.left_out,
            "files": {name: member.said() for name, member in sorted(self.members.items())},
        }
        with self._archive.open(_info(MANIFEST), "w") as target:
            target.write(json.dumps(json.loads(canonical_json(manifest)), ensure_ascii=False, indent=2).encode())
        self._archive.close()

    def _copy(self, name: str, path: Path) -> None:
        """Take a file in that is deflated already."""
        opened = hashlib.sha256()
        with path.open("rb") as source, self._archive.open(_info(name, zipfile.ZIP_STORED), "w") as target:
            while chunk := source.read(_CHUNK):
                opened.update(chunk)
                target.write(chunk)
        self.members[name] = Member(opened.hexdigest(), path.stat().st_size)
        path.unlink()

    def abandon(self) -> None:
        """Give up what was begun and remove its files; the other files of the folder are the caller's."""
        self.ended()
        self._archive.close()
        self._workbook.abandon()
        shutil.rmtree(self._path.parent, ignore_errors=True)


def _info(name: str, kind: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=_FIRST_DAY)
    info.compress_type = kind
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

    def same(self, other: "Package", file_name: str) -> bool:
        """Whether both packages hold the same file, by their manifests."""
        return bool(self.manifest["files"][file_name]["sha256"] == other.manifest["files"][file_name]["sha256"])

    def rows(self, file_name: str) -> Iterator[list[str]]:
        """Yield the rows of a table without their heading, as the platform said them."""
        with (
            self._archive.open(file_name) as stream,
            io.TextIOWrapper(stream, "utf-8-sig", newline="") as text,
        ):
            reader = csv.reader(text, delimiter=";")
            next(reader, None)
            for row in reader:
                yield [cell.removeprefix("'") for cell in row] if "'" in "".join(row) else row

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
