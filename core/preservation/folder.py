"""The folder of backups: generations side by side, the bytes of objects shared between them.

Layout: `generations/STAMP/` with `manifest.json`, `database.dump` and `ledger.json`; `objects/XX/ROW-SHA256`; `lock`.
A generation is written under another name and gets its own by one rename, after everything it names is on the disk.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core.preservation.errors import BackupUnsound, TargetBusy, TargetUnusable
from core.preservation.manifest import NAME, Manifest, SavedFile
from storage.digest import sha256_of_file

DUMP: Final = "database.dump"
LEDGER: Final = "ledger.json"
_GENERATIONS: Final = "generations"
_OBJECTS: Final = "objects"
_UNFINISHED: Final = ".unfinished-"


@contextmanager
def disk_faults(folder: Path) -> Iterator[None]:
    """Turn what the operating system refuses (a full disk, missing rights) into `TargetUnusable`."""
    try:
        yield
    except OSError as error:
        detail = f"{folder}: {error.strerror or error}"
        raise TargetUnusable(detail, folder=str(folder), reason=error.strerror or str(error)) from error


def sync_folder(folder: Path) -> None:
    """Force the names in a folder onto the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Force a file onto the disk, and let the next reader read it from there."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class BackupFolder:
    """Where backups lie."""

    path: Path

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder for one writer and clear away what a killed one left; raise `TargetBusy`."""
        with disk_faults(self.path):
            for folder in (self.path, self.path / _GENERATIONS, self.path / _OBJECTS):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TargetBusy(str(self.path), folder=str(self.path)) from error
            with disk_faults(self.path):
                self._clear()
            yield
        finally:
            os.close(descriptor)

    def _clear(self) -> None:
        for leftover in (self.path / _GENERATIONS).glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover)
        for leftover in (self.path / _OBJECTS).glob(f"*/{_UNFINISHED}*"):
            leftover.unlink()

    def begin(self, taken_at: datetime) -> tuple[Path, str]:
        """Make the folder of a new generation under an unfinished name; return it with the final name."""
        name = f"{taken_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
        folder = self.path / _GENERATIONS / f"{_UNFINISHED}{name}"
        folder.mkdir(mode=0o700)
        return folder, name

    def finish(self, unfinished: Path, name: str) -> Path:
        """Give a generation, whose files are on the disk, its name; raise `OSError` when there is one of that name."""
        final = unfinished.with_name(name)
        sync_folder(unfinished)
        unfinished.rename(final)
        sync_folder(final.parent)
        return final

    def place(self, name: str, file: str) -> str:
        """Return the path, below this folder, of a file of generation `name`."""
        return f"{_GENERATIONS}/{name}/{file}"

    def partial(self, file: str) -> Path:
        """Return the unfinished name of the object file `file`, in a folder that exists."""
        final = self.path / file
        if not final.parent.exists():
            final.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(final.parent.parent)
        return final.with_name(f"{_UNFINISHED}{final.name}")

    def generations(self) -> list[str]:
        """Return the names of the whole generations, the oldest first."""
        with contextlib.suppress(FileNotFoundError):
            return sorted(
                each.name for each in (self.path / _GENERATIONS).iterdir() if not each.name.startswith(_UNFINISHED)
            )
        return []

    def manifest(self, name: str) -> Manifest:
        """Read the manifest of a generation; raise `BackupUnsound`."""
        file = self.path / _GENERATIONS / name / NAME
        try:
            return Manifest.from_json(file.read_bytes())
        except (OSError, ValueError) as error:
            detail = f"{file}: {error}"
            raise BackupUnsound(detail, faults=[detail]) from error

    def newest(self) -> str:
        """Return the name of the newest generation; raise `BackupUnsound` when there is none."""
        names = self.generations()
        if not names:
            detail = f"{self.path} holds no backup"
            raise BackupUnsound(detail, faults=[detail])
        return names[-1]

    def saved(self, file: str) -> SavedFile:
        """Describe a file that lies below this folder; raise `OSError`."""
        sha256, size = sha256_of_file(self.path / file)
        return SavedFile(file=file, sha256=sha256, size=size)
