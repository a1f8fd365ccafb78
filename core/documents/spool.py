"""The spool: a local write-ahead log of uploads, flushed to disk before anything is acknowledged.

A file in the spool is named after the identifiers of what it will become, so it says by itself where its bytes
belong: `<institution>.<document>.<version>.spool`. The process that takes an upload in holds an exclusive lock on
the file until the upload is settled one way or the other; a file without a lock belongs to nobody any more, and
the keeper (`core.documents.keeper`) settles it. Nothing here knows the database or the object storage.
"""

import asyncio
import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVarTuple
from uuid import UUID

from core.documents.errors import SpoolBusy, UploadCut, UploadTooBig
from core.documents.spares import SpareFiles
from core.kernel.errors import NoSpace

SUFFIX: Final = ".spool"
BUFFER: Final = 1024 * 1024
PATIENCE: Final = 20.0
"""Seconds for which somebody waits for the file that somebody else works on."""
_POLL: Final = 0.02
_LULL: Final = 0.5
"""Seconds without an upload that count as a lull."""
_LONGEST_RUSH: Final = 5.0
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})

Ts = TypeVarTuple("Ts")


@dataclass(frozen=True, slots=True)
class SpoolName:
    """Whose bytes a spool file holds."""

    institution_id: UUID
    document_id: UUID
    version_id: UUID

    @property
    def file_name(self) -> str:
        """The name of the file inside the spool folder."""
        return f"{self.institution_id}.{self.document_id}.{self.version_id}{SUFFIX}"

    @classmethod
    def parse(cls, file_name: str) -> Self | None:
        """Return the name a file stands for, or None for a stranger."""
        parts = file_name.removesuffix(SUFFIX).split(".")
        try:
            institution_id, document_id, version_id = (UUID(part) for part in parts)
        except ValueError:
            return None
        name = cls(institution_id, document_id, version_id)
        return name if name.file_name == file_name else None


@dataclass(frozen=True, slots=True)
class Spooled:
    """A complete upload on the local disk."""

    name: SpoolName
    path: Path
    size: int
    """Bytes."""
    sha256: str
    """64 lower-case hexadecimal digits."""
    content: bytes | None = None
    """The bytes themselves, if they are fewer than `BUFFER`."""


class Spool:
    """One folder on a local disk; several processes of one host may share it."""

    def __init__(self, folder: Path, *, reserve: int) -> None:
        self.folder = folder
        self._reserve = reserve
        self._last_change = 0
        self._quiet_since = 0.0
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._spares = SpareFiles(folder / "spare")

    def path(self, name: SpoolName) -> Path:
        """Return where the bytes of `name` lie, or would lie."""
        return self.folder / name.file_name

    def require_space(self, size: int) -> None:
        """Raise `NoSpace` unless `size` bytes fit and the reserve stays free."""
        if shutil.disk_usage(self.folder).free - size < self._reserve:
            raise NoSpace(needed_bytes=size)

    @asynccontextmanager
    async def receive(
        self, name: SpoolName, chunks: AsyncIterable[bytes], *, limit: int, expected: int | None, fresh: bool = False
    ) -> AsyncIterator[Spooled]:
        """Write `chunks` to disk, flushed, and lend the result; the lock is held for the block.

        A `fresh` name was made for this call, so that nobody else can know it. The file stays after the block unless
        the block calls `discard`. Raises `UploadTooBig` past `limit` bytes, `UploadCut` when fewer or more bytes came
        than the `expected` number, `NoSpace` when the disk is full; the file is then gone.
        """
        if expected is not None and expected > limit:
            raise UploadTooBig(limit_bytes=limit)
        self.require_space(expected or 0)
        path = self.path(name)
        if fresh:
            with _disk_errors():
                self._spares.take(path)
        descriptor = await self._create(path)
        try:
            try:
                os.ftruncate(descriptor, 0)
                size, digest, content = await self._write(descriptor, chunks, limit, expected)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            yield Spooled(name, path, size, digest, content)
        finally:
            os.close(descriptor)

    async def _create(self, path: Path) -> int:
        """Return the file, locked; wait for whoever works on it, and make it anew if that one removed it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with _disk_errors():
                descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            if _lock_now(descriptor, path):
                return descriptor
            os.close(descriptor)
            await _pause(deadline)

    async def _write(
        self, descriptor: int, chunks: AsyncIterable[bytes], limit: int, expected: int | None
    ) -> tuple[int, str, bytes | None]:
        behind = _Behind(descriptor)
        size = 0
        buffer: list[bytes] = []
        waiting = 0
        try:
            async for chunk in chunks:
                size += len(chunk)
                _require_within(size, limit)
                buffer.append(chunk)
                waiting += len(chunk)
                if waiting >= BUFFER:
                    self.require_space(waiting)
                    await behind.begin(buffer)
                    buffer, waiting = [], 0
            _require_whole(size, expected)
            last = b"".join(buffer)
            await behind.finish(last, self._flush)
        except BaseException:
            with contextlib.suppress(NoSpace, OSError):
                await behind.settle()
            raise
        return size, behind.digest.hexdigest(), last if len(last) == size else None

    def _flush(self, descriptor: int) -> None:
        with _disk_errors():
            os.fsync(descriptor)
            self._flush_folder()

    def _flush_folder(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self, name: SpoolName) -> None:
        """Remove the file and its bytes, while its lock is held; it is no error if it is gone."""
        self._spares.leave(self.path(name))

    async def keep_spares(self) -> None:
        """See to it, in a lull, that uploads find empty files, and not too many. Raises `NoSpace`."""
        if await self.lull():
            with _disk_errors():
                await asyncio.to_thread(self._spares.keep_enough)

    def second_name(self, name: SpoolName, path: Path, size: int) -> bool:
        """Make `path` a second name of the file, under which its `size` bytes stay readable; False where that fails."""
        with contextlib.suppress(OSError):
            path.hardlink_to(self.path(name))
            with path.open("rb") as file:
                # Whoever removes the file holds its lock, and looks for second names before it empties the file.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                if os.fstat(file.fileno()).st_size == size:
                    return True
        path.unlink(missing_ok=True)
        return False

    def forsake(self, name: SpoolName) -> None:
        """Give up an upload that may have left an object behind: the bytes go, the name stays for the keeper."""
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self.path(name), 0)

    async def lull(self) -> bool:
        """Wait until no upload has come or gone for a moment; return False when they did not stop for some seconds."""
        deadline = time.monotonic() + _LONGEST_RUSH
        while (now := time.monotonic()) < deadline:
            # The time of the folder changes with every file that comes or goes, whichever process brought it.
            change = self.folder.stat().st_mtime_ns
            if change != self._last_change:
                self._last_change, self._quiet_since = change, now
            quiet = now - self._quiet_since
            if quiet >= _LULL:
                return True
            await asyncio.sleep(_LULL - quiet)
        return False

    def names(self) -> Iterator[SpoolName]:
        """Yield what lies in the spool, ordered by name."""
        for path in sorted(self.folder.iterdir()):
            name = SpoolName.parse(path.name)
            if name is not None:
                yield name

    @contextmanager
    def claim(self, name: SpoolName) -> Iterator[Path | None]:
        """Lend the file if nobody else works on it: its path with the lock held, or None."""
        path = self.path(name)
        descriptor = _open_existing(path)
        if descriptor is None:
            yield None
            return
        try:
            yield path if _lock_now(descriptor, path) else None
        finally:
            os.close(descriptor)

    @asynccontextmanager
    async def hold(self, name: SpoolName) -> AsyncIterator[Path | None]:
        """Lend the file with the lock held, waiting for whoever works on it; None if there is no such file.

        Raises `SpoolBusy` if that one does not come to an end.
        """
        path = self.path(name)
        deadline = time.monotonic() + PATIENCE
        while (descriptor := _open_existing(path)) is not None:
            if _lock_now(descriptor, path):
                break
            os.close(descriptor)
            await _pause(deadline)
        try:
            yield None if descriptor is None else path
        finally:
            if descriptor is not None:
                os.close(descriptor)


def _require_within(size: int, limit: int) -> None:
    if size > limit:
        raise UploadTooBig(limit_bytes=limit)


def _require_whole(size: int, expected: int | None) -> None:
    if expected is not None and size != expected:
        raise UploadCut(expected_bytes=expected, received_bytes=size)


def _open_existing(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def _lock_now(descriptor: int, path: Path) -> bool:
    """Lock the file if nobody else has it and it still lies at `path`: whoever had it may have removed it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(descriptor).st_ino == path.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


async def _pause(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise SpoolBusy
    await asyncio.sleep(_POLL)


class _Behind:
    """Hashes and writes one piece, beside each other, in threads while the next piece comes in."""

    def __init__(self, descriptor: int) -> None:
        self.digest = hashlib.sha256()
        self._descriptor = descriptor
        self._running: asyncio.Future[None] | None = None

    async def begin(self, piece: list[bytes]) -> None:
        """Wait for the piece before, then have this one written."""
        await self.settle()
        self._running = asyncio.ensure_future(self._take(piece))

    async def _take(self, piece: list[bytes]) -> None:
        hashing = asyncio.to_thread(_hash, self.digest, piece)
        writing = asyncio.to_thread(_append, self._descriptor, piece)
        for outcome in await asyncio.gather(hashing, writing, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def finish(self, piece: bytes, flush: Callable[[int], None]) -> None:
        """Take the last piece, mostly the only one, and flush the file, in one thread; return when that is done."""
        await self.settle()
        await _to_the_end(_take_last, self._descriptor, piece, self.digest, flush)

    async def settle(self) -> None:
        """Wait until nothing is being written any more, also when cancelled; raise what the writing raised."""
        running, self._running = self._running, None
        if running is not None:
            await _ended(running)


async def _to_the_end(function: Callable[[*Ts], None], *arguments: *Ts) -> None:
    """Run `function` in a thread and wait for its end also when cancelled."""
    await _ended(asyncio.ensure_future(asyncio.to_thread(function, *arguments)))


async def _ended(running: asyncio.Future[None]) -> None:
    """Wait for the end of a thread's work also when cancelled.

    Otherwise the caller would close a descriptor that the thread still writes to, and the number of the descriptor
    might belong to another upload by then.
    """
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({running})
        if not running.cancelled():
            running.exception()
        raise


def _take_last(descriptor: int, piece: bytes, digest: "hashlib._Hash", flush: Callable[[int], None]) -> None:
    digest.update(piece)
    _append(descriptor, [piece])
    flush(descriptor)


def _hash(digest: "hashlib._Hash", piece: list[bytes]) -> None:
    for chunk in piece:
        digest.update(chunk)


def _append(descriptor: int, piece: list[bytes]) -> None:
    with _disk_errors():
        for chunk in piece:
            view = memoryview(chunk)
            while view:
                view = view[os.write(descriptor, view) :]


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace from error
        raise
