"""The ZIP archive of a bundle: hostile until proven otherwise.

The host has checked what a clerk gave like any archive; what is checked here is what this reader relies on. Nothing is
unpacked to disk, names are never used as paths, and no more bytes are read than were announced.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn

from core.sdk import ConnectorMisconfigured

MOST_ENTRIES = 100
MOST_BYTES = 2 * 1024**3
"""Of all files together, unpacked: ten times what a million results take."""
MOST_TIMES_SMALLER = 200
"""CSV of one school shrinks to a tenth or twentieth; what shrinks further was made to."""
SMALL = 1024**2
"""Below this nobody minds how well it was packed."""

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1


class BundleArchive:
    """A bundle's archive. Raises `ConnectorMisconfigured` with what is wrong with it."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        with self._opened() as archive:
            entries = archive.infolist()
        self._refuse_a_bomb(entries, path.stat().st_size)
        self.files = self._files(entries)
        """Names in the archive by their lower-case forms."""

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self.path) as archive:
                yield archive
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError):
            self.refuse("is damaged, or no ZIP archive; export the bundle again")

    def refuse(self, detail: str) -> NoReturn:
        """Raise the error that says what is wrong with this bundle."""
        message = f"{self.name}: {detail}"
        raise ConnectorMisconfigured(message, file=self.name)

    def _refuse_a_bomb(self, entries: list[zipfile.ZipInfo], packed: int) -> None:
        if len(entries) > MOST_ENTRIES:
            self.refuse(f"has more than {MOST_ENTRIES} entries; a bundle has some twenty")
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > MOST_BYTES:
            self.refuse(f"is larger than {MOST_BYTES} bytes when unpacked")
        if unpacked > SMALL and unpacked > packed * MOST_TIMES_SMALLER:
            self.refuse(f"unpacks to more than {MOST_TIMES_SMALLER} times its size")

    def _files(self, entries: list[zipfile.ZipInfo]) -> dict[str, str]:
        files: dict[str, str] = {}
        for entry in entries:
            if entry.is_dir() or entry.filename.startswith("__MACOSX/"):
                continue
            name = entry.filename
            if "/" in name or "\\" in name or "\0" in name or name.startswith("."):
                self.refuse("has files in folders; they must lie at the root of the archive")
            if entry.flag_bits & _ENCRYPTED:
                self.refuse("is encrypted; export it without a password")
            if entry.compress_type not in _METHODS:
                self.refuse("is packed in a way that bundles do not use; pack it as plain ZIP")
            if name.lower() in files:
                self.refuse("has two files of one name")
            files[name.lower()] = name
        return files

    @contextmanager
    def open(self, file: str) -> Iterator[IO[bytes]]:
        """Open a file of the archive (lower-case name); its checksum is proven when its end is read."""
        with self._opened() as archive, archive.open(self.files[file]) as content:
            yield content
