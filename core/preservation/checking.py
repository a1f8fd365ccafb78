"""Reads backups again: is every file there, and is it the one that was written?"""

import asyncio
from collections.abc import Sequence

from core.preservation.errors import BackupUnsound
from core.preservation.folder import LEDGER, BackupFolder
from core.preservation.ledger import LedgerEntry, LedgerFile, merged
from core.preservation.manifest import Manifest, SavedFile, SavedObject
from storage.digest import sha256_of_file


async def faults_of(folder: BackupFolder, manifests: Sequence[Manifest]) -> list[str]:
    """Read every file that the manifests name, each once; return what is wrong, file by file."""
    files = {each.file: each for manifest in manifests for each in manifest.files}
    return [fault for each in files.values() if (fault := await asyncio.to_thread(_fault, folder, each)) is not None]


def _fault(folder: BackupFolder, wanted: SavedFile | SavedObject) -> str | None:
    try:
        found = sha256_of_file(folder.path / wanted.file)
    except OSError as error:
        return f"{wanted.file}: {error.strerror or error}"
    return None if found == (wanted.sha256, wanted.size) else f"{wanted.file}: damaged"


async def require_sound(folder: BackupFolder, manifest: Manifest) -> None:
    """Raise `BackupUnsound` unless every file of one backup is as it was written."""
    faults = await faults_of(folder, [manifest])
    if faults:
        raise BackupUnsound("; ".join(faults[:10]), faults=faults)


def ledgers_in(folder: BackupFolder) -> list[LedgerEntry]:
    """Return the ledger that all backups of a folder know together; raise `BackupUnsound`."""
    return merged(ledger_of(folder, name).entries for name in folder.generations())


def ledger_of(folder: BackupFolder, name: str) -> LedgerFile:
    """Return the ledger that lies beside one backup; raise `BackupUnsound`."""
    file = folder.path / folder.place(name, LEDGER)
    try:
        data = file.read_bytes()
    except OSError as error:
        detail = f"{file}: {error.strerror or error}"
        raise BackupUnsound(detail, faults=[detail]) from error
    return LedgerFile.from_json(data, str(file))
