"""Takes a backup: first the database as it is at one moment, then every object that it names."""

import asyncio
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.preservation.copying import ObjectCopier
from core.preservation.folder import DUMP, LEDGER, BackupFolder, disk_faults, sync_file
from core.preservation.ledger import LedgerFile
from core.preservation.manifest import NAME, Manifest, SavedFile
from core.preservation.snapshot import Snapshot, WantedObject, snapshot
from storage.digest import sha256_of, sha256_of_file
from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A backup that was made."""

    name: str
    """Of its generation."""
    manifest: Manifest
    copied: int
    """Objects that earlier backups in the folder did not hold."""
    copied_bytes: int


async def take_backup(
    folder: BackupFolder, *, owner_url: str, vault: Vault, taken_at: datetime, deloteka: str
) -> Taken:
    """Save database and objects into `folder`; nothing counts as a backup before its last rename.

    Objects that are missing or damaged are named in the manifest, and everything else is saved. Raises
    `BackupError`, `DatabaseUnavailable` or `StorageError`; earlier backups in the folder stay whole.
    """
    with folder.writing():
        with disk_faults(folder.path):
            unfinished, name = folder.begin(taken_at)
        async with snapshot(owner_url) as seen:
            database, ledger = await _save_database(folder, unfinished, name, seen, taken_at)
            wanted: list[WantedObject] = await seen.objects()
            migrations, rows, version = await seen.migrations(), await seen.rows(), seen.server_version
        copier = ObjectCopier(folder, vault, owner_url)
        saved, left_out = await copier.copy(wanted)
        manifest = Manifest(
            taken_at=taken_at,
            deloteka=deloteka,
            server_version=version,
            migrations=migrations,
            rows=rows,
            database=database,
            ledger=ledger,
            objects=tuple(saved),
            left_out=tuple(left_out),
        )
        with disk_faults(folder.path):
            await asyncio.to_thread(write_file, unfinished / NAME, manifest.to_json())
            await asyncio.to_thread(folder.finish, unfinished, name)
    return Taken(name=name, manifest=manifest, copied=copier.copied, copied_bytes=copier.copied_bytes)


async def _save_database(
    folder: BackupFolder, unfinished: Path, name: str, seen: Snapshot, taken_at: datetime
) -> tuple[SavedFile, SavedFile]:
    with disk_faults(folder.path):
        write_file(unfinished / DUMP, b"")
    await seen.dump(unfinished / DUMP)
    content = LedgerFile(written_at=taken_at, entries=await seen.ledger()).to_json()
    with disk_faults(folder.path):
        await asyncio.to_thread(sync_file, unfinished / DUMP)
        sha256, size = await asyncio.to_thread(sha256_of_file, unfinished / DUMP)
        await asyncio.to_thread(write_file, unfinished / LEDGER, content)
    return (
        SavedFile(file=folder.place(name, DUMP), sha256=sha256, size=size),
        SavedFile(file=folder.place(name, LEDGER), sha256=sha256_of(content), size=len(content)),
    )


def write_file(path: Path, data: bytes) -> None:
    """Write a small file, for its owner only, onto the disk; raise `OSError`."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
