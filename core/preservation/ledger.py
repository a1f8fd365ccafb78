"""The destruction ledger outside the database: copies in the object storage, and files beside backups."""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog

from core.kernel.audit.anchors import KEPT_FOR
from core.kernel.audit.entries import canonical
from core.kernel.database.connection import Database
from core.kernel.ids import new_id
from core.kernel.scope import Scope, installation_scope
from core.preservation.errors import BackupUnsound
from storage.digest import sha256_of
from storage.objects import LockMode, RetentionLock
from storage.vault import Vault

log = structlog.get_logger(__name__)

FORMAT: Final = "deloteka-ledger-1"
SOURCE: Final = "preservation.ledger"
PREFIX: Final = "ledger/"
MEDIA_TYPE: Final = "application/json"
COLUMNS: Final = "id, institution_id, entered_at, kind, object_id, body::text AS body"
_BATCH: Final = 2_000
_WAITING: Final = (
    f"SELECT {COLUMNS} FROM destruction_ledger WHERE institution_id = $1"  # noqa: S608 - constants
    " AND id IN (SELECT entry_id FROM destruction_ledger_waiting WHERE institution_id = $1) ORDER BY entered_at, id"
    f" LIMIT {_BATCH}"
)
_COPIED: Final = "DELETE FROM destruction_ledger_waiting WHERE institution_id = $1 AND entry_id = ANY ($2::uuid[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One end or one hold."""

    id: UUID
    institution_id: UUID
    entered_at: datetime
    kind: str
    """`document_gone`, `version_gone`, `bytes_gone` (of a refusal), `case_gone`, `person_gone`, `given_file_gone`,
    `hold` or `hold_target`.
    """
    object_id: UUID
    body: Mapping[str, Any]

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "LedgerEntry":
        """Return the entry in a row that has the columns `COLUMNS`."""
        return cls(
            id=UUID(str(row["id"])),
            institution_id=UUID(str(row["institution_id"])),
            entered_at=row["entered_at"],
            kind=row["kind"],
            object_id=UUID(str(row["object_id"])),
            body=json.loads(row["body"]),
        )

    def as_json(self) -> dict[str, Any]:
        """Return what stands in a file."""
        return {
            "id": str(self.id),
            "institution_id": str(self.institution_id),
            "entered_at": self.entered_at.isoformat(timespec="microseconds"),
            "kind": self.kind,
            "object_id": str(self.object_id),
            "body": dict(self.body),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "LedgerEntry":
        """Read `as_json` back; raise `KeyError`, `TypeError` or `ValueError`."""
        return cls(
            id=UUID(value["id"]),
            institution_id=UUID(value["institution_id"]),
            entered_at=datetime.fromisoformat(value["entered_at"]),
            kind=value["kind"],
            object_id=UUID(value["object_id"]),
            body=dict(value["body"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFile:
    """Entries of the ledger as they were at one moment, with a digest over them."""

    written_at: datetime
    entries: tuple[LedgerEntry, ...]

    def to_json(self) -> bytes:
        """Return the bytes of the file."""
        content: dict[str, Any] = {
            "format": FORMAT,
            "written_at": self.written_at.isoformat(timespec="microseconds"),
            "entries": [each.as_json() for each in self.entries],
        }
        content["digest"] = sha256_of(canonical(content))
        return canonical(content)

    @classmethod
    def from_json(cls, data: bytes, name: str) -> "LedgerFile":
        """Read the bytes back; raise `BackupUnsound`, naming `name`, for anything this service does not write."""
        try:
            value = json.loads(data)
            file = cls(
                written_at=datetime.fromisoformat(value["written_at"]),
                entries=tuple(LedgerEntry.from_json(each) for each in value["entries"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unsound(name) from error
        if file.to_json() != data:
            raise _unsound(name)
        return file


def _unsound(name: str) -> BackupUnsound:
    detail = f"{name} is no ledger, or was changed"
    return BackupUnsound(detail, faults=[detail])


def merged(parts: Iterable[Sequence[LedgerEntry]]) -> list[LedgerEntry]:
    """Return every entry of every part once, in the order in which they were entered."""
    found = {entry.id: entry for part in parts for entry in part}
    return sorted(found.values(), key=lambda entry: (entry.entered_at, entry.id))


async def stored_ledger(vault: Vault) -> list[LedgerEntry]:
    """Read every copy of the ledger in the object storage; raise `BackupUnsound` or `StorageError`.

    Every version of every key counts, deleted ones included.
    """
    parts = []
    async for version in vault.versions(PREFIX):
        if version.is_delete_marker:
            continue
        async with vault.open(version.key, version.version_id) as stream:
            parts.append(LedgerFile.from_json(await stream.read(), version.key).entries)
    return merged(parts)


class LedgerCopier:
    """Copies new entries of the ledger to the object storage; built once by whoever runs the worker."""

    def __init__(
        self, database: Database, vault: Vault, *, mode: LockMode = LockMode.GOVERNANCE, kept_for: timedelta = KEPT_FOR
    ) -> None:
        self._database = database
        self._vault = vault
        self._mode = mode
        self._kept_for = kept_for

    async def copy_all(self) -> int:
        """Copy what waits in every institution; return how many entries were copied. It can be repeated.

        Raises `StorageError` or `DatabaseUnavailable`; what was copied by then stays copied. A process that is
        killed between the copy and the note of it makes the copy twice, which a reader does not mind.
        """
        async with self._database.work(installation_scope(source=SOURCE)) as work:
            rows = await work.rows("SELECT institutions_with_waiting_ledger() AS id")
        return sum([await self._copy(row["id"]) for row in rows])

    async def _copy(self, institution_id: UUID) -> int:
        scope = Scope(institution_id=institution_id, source=SOURCE)
        copied = 0
        while True:
            async with self._database.work(scope) as work:
                rows = await work.rows(_WAITING, [institution_id])
                now = work.now
            if not rows:
                return copied
            entries = tuple(LedgerEntry.from_row(row) for row in rows)
            await self._put(institution_id, LedgerFile(written_at=now, entries=entries))
            async with self._database.work(scope) as work:
                await work.run(_COPIED, [institution_id, [entry.id for entry in entries]])
            copied += len(entries)

    async def _put(self, institution_id: UUID, file: LedgerFile) -> None:
        data = file.to_json()
        lock = None
        if self._vault.capabilities.object_lock:
            until = (file.written_at + self._kept_for).replace(microsecond=0)
            lock = RetentionLock(retain_until=until, mode=self._mode)
        with tempfile.NamedTemporaryFile(prefix="ledger-") as copy:
            copy.write(data)
            copy.flush()
            await self._vault.put(
                f"{PREFIX}{institution_id}/{new_id()}",
                Path(copy.name),
                sha256=sha256_of(data),
                size=len(data),
                media_type=MEDIA_TYPE,
                lock=lock,
            )
