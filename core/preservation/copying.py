"""Copies objects out of the storage: hashed on the way, compared with their row, read back, and then named."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from io import FileIO
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from core.kernel.audit.anchors import Anchor
from core.preservation.folder import BackupFolder, disk_faults, sync_file, sync_folder
from core.preservation.manifest import ANCHOR, GIVEN, ORIGINAL, TRAY, LeftOut, SavedObject
from core.preservation.snapshot import WantedObject
from storage.digest import StreamingDigest, sha256_of_file
from storage.errors import ObjectAbsent, StorageError
from storage.vault import Vault

_AT_ONCE: Final = 4
_FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
_LIVE_VERSION: Final = """
SELECT v.object_key, v.storage_version_id,
       v.state IN ('refused', 'withdrawn') OR d.state IN ('refused', 'withdrawn')
         OR d.destruction_began_at IS NOT NULL AS ended
  FROM document_versions v JOIN documents d ON d.institution_id = v.institution_id AND d.id = v.document_id
 WHERE v.id = $1
"""
# A file that left the tray meanwhile is a version of a document, or was refused.
_LIVE_IN_TRAY: Final = """
SELECT coalesce(v.object_key, f.object_key) AS object_key,
       coalesce(v.storage_version_id, f.storage_version_id) AS storage_version_id,
       f.state <> 'tray' AND v.id IS NULL AS ended
  FROM import_files f LEFT JOIN document_versions v
    ON v.institution_id = f.institution_id AND v.document_id = f.document_id AND v.sha256 = f.sha256
   AND v.state NOT IN ('refused', 'withdrawn')
 WHERE f.id = $1
"""
_LIVE_GIVEN: Final = """
SELECT object_key, version_id AS storage_version_id, removed_at IS NOT NULL AS ended FROM connection_files WHERE id = $1
"""
_LIVE: Final = {ORIGINAL: _LIVE_VERSION, TRAY: _LIVE_IN_TRAY, GIVEN: _LIVE_GIVEN}


class ObjectCopier:
    """Copies the objects of one backup into its folder."""

    def __init__(self, folder: BackupFolder, vault: Vault, owner_url: str) -> None:
        self._folder = folder
        self._vault = vault
        self._owner_url = owner_url
        self._touched: set[Path] = set()
        self.copied = 0
        """Objects that were not in the folder before."""
        self.copied_bytes = 0

    async def copy(self, wanted: Sequence[WantedObject]) -> tuple[list[SavedObject], list[LeftOut]]:
        """Copy what the folder does not hold yet; what cannot be copied is named, and the rest goes on.

        Raises `TargetUnusable` when the folder cannot be written, and `StoreUnavailable` when the storage is gone.
        """
        waiting = iter(wanted)
        saved: list[SavedObject] = []
        left_out: list[LeftOut] = []

        async def work() -> None:
            for each in waiting:
                outcome = await self._one(each)
                if isinstance(outcome, SavedObject):
                    saved.append(outcome)
                else:
                    left_out.append(outcome)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(work())
        except BaseExceptionGroup as faults:
            raise faults.exceptions[0] from faults
        with disk_faults(self._folder.path):
            for folder in sorted(self._touched):
                await asyncio.to_thread(sync_folder, folder)
        return sorted(saved, key=_by_row), sorted(left_out, key=_by_row)

    async def _one(self, wanted: WantedObject) -> SavedObject | LeftOut:
        if wanted.sha256 is not None and wanted.size is not None:
            known = _saved(wanted, wanted.sha256, wanted.size)
            if _lies_there(self._folder.path / known.file, wanted.size):
                return known
        try:
            return await self._fetch(wanted)
        except ObjectAbsent:
            return await self._explain(wanted)
        except StorageError:
            # A store that answers has trouble with this object alone; one that does not ends the backup.
            await self._vault.ping()
            return LeftOut(row=wanted.row, key=wanted.key, why="unreadable")

    async def _explain(self, wanted: WantedObject) -> SavedObject | LeftOut:
        """Ask the live row why the object is not where the snapshot says: ended since, moved since, or lost."""
        missing = LeftOut(row=wanted.row, key=wanted.key, why="missing")
        if wanted.kind == ANCHOR:
            return missing
        connection = await asyncpg.connect(self._owner_url, timeout=10)
        try:
            live = await connection.fetchrow(_LIVE[wanted.kind], UUID(wanted.row))
        finally:
            await connection.close()
        if live is None or live["ended"]:
            return LeftOut(row=wanted.row, key=wanted.key, why="destroyed")
        if live["object_key"] == wanted.key and live["storage_version_id"] == wanted.storage_version:
            return missing
        try:
            return await self._fetch(wanted, (live["object_key"], live["storage_version_id"]))
        except ObjectAbsent:
            return missing

    async def _fetch(self, wanted: WantedObject, place: tuple[str, str] | None = None) -> SavedObject | LeftOut:
        partial = self._folder.partial(f"objects/new/{wanted.row.replace('/', '-')}")
        digest = StreamingDigest()
        key, version = place or (wanted.key, wanted.storage_version)
        try:
            async with self._vault.open(key, version) as stream:
                with disk_faults(self._folder.path):
                    await _write(partial, digest.through(aiter(stream)))
            sound = digest.hex() == wanted.sha256 if wanted.sha256 else _holds_seal(partial, wanted.seal)
            if not sound:
                partial.unlink()
                return LeftOut(row=wanted.row, key=wanted.key, why="damaged")
            with disk_faults(self._folder.path):
                return await asyncio.to_thread(self._name, partial, _saved(wanted, digest.hex(), digest.size))
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def _name(self, partial: Path, saved: SavedObject) -> SavedObject | LeftOut:
        """Give the bytes their name once they were read back from the disk as they were sent."""
        final = self._folder.partial(saved.file).parent / Path(saved.file).name
        if _lies_there(final, saved.size):
            partial.unlink()
            return saved
        sync_file(partial)
        if sha256_of_file(partial) != (saved.sha256, saved.size):
            partial.unlink()
            return LeftOut(row=saved.row, key=saved.key, why="unreadable")
        partial.rename(final)
        self._touched.add(final.parent)
        self.copied += 1
        self.copied_bytes += saved.size
        return saved


def _by_row(each: SavedObject | LeftOut) -> str:
    return each.row


def _saved(wanted: WantedObject, sha256: str, size: int) -> SavedObject:
    return SavedObject(
        kind=wanted.kind,
        row=wanted.row,
        key=wanted.key,
        storage_version=wanted.storage_version,
        media_type=wanted.media_type,
        sha256=sha256,
        size=size,
    )


def _lies_there(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _holds_seal(path: Path, seal: bytes) -> bool:
    try:
        return Anchor.from_json(path.read_bytes()).digest == seal
    except ValueError:
        return False


async def _write(path: Path, chunks: AsyncIterator[bytes]) -> None:
    with os.fdopen(os.open(path, _FRESH, 0o600), "wb", buffering=0) as file:
        async for chunk in chunks:
            await asyncio.to_thread(_write_all, file, chunk)


def _write_all(file: FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]
