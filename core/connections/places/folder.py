"""A folder on the host: a network scanner writes into it, the connection reads it.

Every name is opened below the descriptor of the folder above it and never through a symbolic link, so that nothing
outside can be reached, whatever is put there while it is read.
"""

import asyncio
import contextlib
import errno
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core.connections.places.names import REJECTED, asides, told_reason
from core.sdk.connectors import PlacedFile
from core.sdk.errors import ConnectorError, ConnectorMisconfigured, ConnectorRecordRefused, ConnectorTransient

_PIECE: Final = 1024 * 1024
_DEEPEST: Final = 16
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a pipe that replaced a file would wait for ever.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """`parts` below `root`: the institution's folder, then the connection's."""

    root: Path
    parts: tuple[str, ...]

    async def ready(self) -> None:
        """Return if files can be read here and taken away."""
        await asyncio.to_thread(self._try)

    def _try(self) -> None:
        with self._top() as top:
            if not os.access(".", os.R_OK | os.W_OK | os.X_OK, dir_fd=top):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    async def listing(self) -> AsyncIterator[PlacedFile]:
        """Return what lies there now; links, devices, pipes and sockets are no files."""
        waiting: list[tuple[str, ...]] = [()]
        while waiting:
            above = waiting.pop()
            files, folders = await asyncio.to_thread(self._look, above)
            if len(above) < _DEEPEST:
                waiting += sorted(folders, reverse=True)
            for file in files:
                yield file

    def _look(self, above: tuple[str, ...]) -> tuple[list[PlacedFile], list[tuple[str, ...]]]:
        files: list[PlacedFile] = []
        folders: list[tuple[str, ...]] = []
        with self._top() as top, _below(top, above) as folder:
            if folder is None:
                return files, folders
            with os.scandir(folder) as entries:
                for entry in entries:
                    if not above and entry.name == REJECTED:
                        continue
                    with contextlib.suppress(FileNotFoundError):
                        found = entry.stat(follow_symlinks=False)
                        if stat.S_ISREG(found.st_mode):
                            files.append(_placed("/".join((*above, entry.name)), found))
                        elif stat.S_ISDIR(found.st_mode):
                            folders.append((*above, entry.name))
        return sorted(files, key=lambda file: file.path), folders

    async def open(self, file: PlacedFile) -> AsyncIterator[bytes]:
        """Return the bytes of this very version; what changes while it is read is refused at the end."""
        descriptor = await asyncio.to_thread(self._begin, file)
        try:
            while piece := await asyncio.to_thread(self._read, descriptor):
                yield piece
            _require_same(file, os.fstat(descriptor))
        finally:
            os.close(descriptor)

    def _begin(self, file: PlacedFile) -> int:
        above, name = _way(file)
        with self._top() as top, _below(top, above) as folder:
            try:
                if folder is None:
                    raise FileNotFoundError(errno.ENOENT, name)
                descriptor = os.open(name, _FILE, dir_fd=folder)
            except OSError as error:
                if error.errno in {errno.EACCES, errno.EPERM, errno.ENXIO, *_GONE}:
                    detail = f"«{file.path}» is gone or may not be read"
                    raise ConnectorRecordRefused(detail) from error
                raise
            try:
                _require_same(file, os.fstat(descriptor))
            except BaseException:
                os.close(descriptor)
                raise
            return descriptor

    def _read(self, descriptor: int) -> bytes:
        with self._faults():
            return os.read(descriptor, _PIECE)

    async def release(self, file: PlacedFile) -> None:
        """Remove the file, unless it has changed since or is gone."""
        await asyncio.to_thread(self._release, file)

    def _release(self, file: PlacedFile) -> None:
        above, name = _way(file)
        with self._top() as top, _below(top, above) as folder:
            if folder is not None and _is_same(file, _found(folder, name)):
                os.unlink(name, dir_fd=folder)
                _flush(folder)

    async def set_aside(self, file: PlacedFile, reason: str) -> None:
        """Move the file, unless it has changed since or is gone, to the refused ones, with the reason beside it."""
        await asyncio.to_thread(self._set_aside, file, told_reason(file, reason))

    def _set_aside(self, file: PlacedFile, told: bytes) -> None:
        above, name = _way(file)
        with self._top() as top, _below(top, above) as folder:
            if folder is None or not _is_same(file, _found(folder, name)):
                return
            with contextlib.suppress(FileExistsError):
                os.mkdir(REJECTED, 0o770, dir_fd=top)
            rejected = _rejected(top)
            try:
                target = next((each for each, note in _pairs(file) if _is_free(rejected, each, note, told)), None)
                if target is None:
                    detail = f"too many refused files are called «{file.path}»; empty the folder «{REJECTED}»"
                    raise ConnectorMisconfigured(detail)
                os.rename(name, target, src_dir_fd=folder, dst_dir_fd=rejected)
                _flush(rejected)
                _flush(folder)
            finally:
                os.close(rejected)

    @contextmanager
    def _top(self) -> Iterator[int]:
        """Open the place; no step below the root is a symbolic link."""
        with self._faults():
            root = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            top = _stepped(root, self.parts)
            try:
                yield top
            finally:
                os.close(top)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Say what is wrong with the place; the whole path is for the operator alone."""
        try:
            yield
        except ConnectorError:
            raise
        except OSError as error:
            shown = "/".join(self.parts)
            if error.errno in _GONE:
                detail = f"there is no folder {shown} below connections.scan_folders; have it made, or mounted again"
                raise ConnectorMisconfigured(detail) from error
            if error.errno in _FORBIDDEN:
                detail = f"the service may not read and change the folder {shown} below connections.scan_folders"
                raise ConnectorMisconfigured(detail) from error
            detail = f"the folder {shown} does not answer: {os.strerror(error.errno or errno.EIO)}"
            raise ConnectorTransient(detail) from error


def _version(found: os.stat_result) -> str:
    # With the time of the last change of any kind: a file that is put there again is another one, whatever its own
    # time says.
    return f"{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}"


def _placed(path: str, found: os.stat_result) -> PlacedFile:
    changed = datetime.fromtimestamp(max(found.st_mtime, found.st_ctime), UTC)
    return PlacedFile(path=path, size=found.st_size, modified_at=changed, version=_version(found))


def _is_same(file: PlacedFile, found: os.stat_result | None) -> bool:
    return found is not None and stat.S_ISREG(found.st_mode) and _version(found) == file.version


def _require_same(file: PlacedFile, found: os.stat_result) -> None:
    if not _is_same(file, found):
        detail = f"«{file.path}» has changed since it was listed; what lies there now is looked at anew"
        raise ConnectorRecordRefused(detail)


def _way(file: PlacedFile) -> tuple[tuple[str, ...], str]:
    """Return the folders above a file, and its name; what is no way down from the place is no file of it."""
    *above, name = file.path.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in (*above, name)):
        detail = "the name leads out of the place"
        raise ConnectorRecordRefused(detail)
    return tuple(above), name


def _stepped(folder: int, parts: tuple[str, ...]) -> int:
    """Go down step by step, and close what was opened on the way."""
    for part in parts:
        try:
            inner = os.open(part, _FOLDER, dir_fd=folder)
        finally:
            os.close(folder)
        folder = inner
    return folder


@contextmanager
def _below(top: int, parts: tuple[str, ...]) -> Iterator[int | None]:
    """Open a folder within the place; `None` if there is none any more, the place itself being there."""
    try:
        folder = _stepped(os.dup(top), parts)
    except OSError as error:
        if error.errno not in _GONE:
            raise
        yield None
        return
    try:
        yield folder
    finally:
        os.close(folder)


def _rejected(top: int) -> int:
    try:
        return os.open(REJECTED, _FOLDER, dir_fd=top)
    except OSError as error:
        if error.errno not in _GONE:
            raise
        detail = f"«{REJECTED}» in the place is no folder; remove it"
        raise ConnectorMisconfigured(detail) from error


def _found(folder: int, name: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _flush(folder: int) -> None:
    """Make names durable, where the file system can."""
    with contextlib.suppress(OSError):
        os.fsync(folder)


def _pairs(file: PlacedFile) -> Iterator[tuple[str, str]]:
    for aside, note in asides(file.path):
        yield aside.partition("/")[2], note.partition("/")[2]


def _is_free(folder: int, target: str, note: str, told: bytes) -> bool:
    """Say whether a refused file may be moved here: the name is free, and the reason stands beside it."""
    return _found(folder, target) is None and _written(folder, note, told)


def _written(folder: int, name: str, told: bytes) -> bool:
    """Write a reason under a new name, flushed; answer whether it stands there now, written earlier included."""
    try:
        descriptor = os.open(name, _NEW, 0o660, dir_fd=folder)
    except FileExistsError:
        return _reads(folder, name, told)
    try:
        view = memoryview(told)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    except BaseException:
        os.unlink(name, dir_fd=folder)
        raise
    finally:
        os.close(descriptor)
    return True


def _reads(folder: int, name: str, told: bytes) -> bool:
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except OSError:
        return False
    try:
        return stat.S_ISREG(os.fstat(descriptor).st_mode) and os.read(descriptor, len(told) + 1) == told
    finally:
        os.close(descriptor)
