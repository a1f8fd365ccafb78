"""Restores a backup into an empty database and an empty bucket, and lets the service in only at the very end."""

import asyncio
import pkgutil
import re
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

import asyncpg

from core.kernel.audit.anchors import KEPT_FOR, Anchor
from core.kernel.audit.sealing import seal_all
from core.kernel.audit.verification import institutions_to_verify, verify_trail
from core.kernel.clock import Clock
from core.kernel.database.connection import Database, database_errors
from core.kernel.database.migrate import ensure_app_role, migrate
from core.kernel.scope import Scope
from core.preservation.applying import SOURCE, Applied, EndedRows, apply_ledger, ended_rows
from core.preservation.checking import ledgers_in, require_sound
from core.preservation.errors import BackupTooNew, PlaceNotEmpty, RestoreUnproven
from core.preservation.folder import BackupFolder
from core.preservation.ledger import PREFIX, LedgerEntry, merged, stored_ledger
from core.preservation.manifest import ANCHOR, GIVEN, ORIGINAL, TRAY, Manifest, SavedObject
from core.preservation.programs import find_program, run_program
from core.preservation.snapshot import count_rows
from storage.errors import ObjectAbsent
from storage.objects import LockMode, RetentionLock
from storage.vault import Vault

_AT_ONCE: Final = 4
_WITHOUT_RIGHTS: Final = ("--no-owner", "--no-privileges", "--no-comments")
_WHOLE: Final = ("--single-transaction", "--exit-on-error", "--no-password")
_RIGHTS: Final = re.compile(r"\d+; \d+ \d+ (DEFAULT )?ACL ")
_HELD: Final = """
SELECT v.object_key, v.storage_version_id FROM document_versions v
 WHERE v.state = 'kept' AND EXISTS (SELECT FROM holds_over_document(v.institution_id, v.document_id))
"""
_RENAME_ORIGINALS: Final = """
UPDATE document_versions v SET storage_version_id = n.version
  FROM unnest($1::uuid[], $2::text[]) AS n(id, version) WHERE v.id = n.id
"""
_RENAME_TRAY: Final = """
UPDATE import_files f SET storage_version_id = n.version
  FROM unnest($1::uuid[], $2::text[]) AS n(id, version) WHERE f.id = n.id
"""
_RENAME_GIVEN: Final = """
UPDATE connection_files f SET version_id = n.version
  FROM unnest($1::uuid[], $2::text[]) AS n(id, version) WHERE f.id = n.id
"""
_RENAME_ANCHORS: Final = """
UPDATE audit_anchors a SET version_id = n.version
  FROM unnest($1::text[], $2::text[]) AS n(key, version) WHERE a.object_key = n.key
"""
# Pictures are made anew; whoever was signed in when the backup was made signs in again.
_FORGET: Final = ("DELETE FROM renditions", "DELETE FROM sessions")
_PICTURED: Final = """
SELECT DISTINCT v.institution_id, v.id, v.document_id FROM renditions r
  JOIN document_versions v ON v.institution_id = r.institution_id AND v.id = r.version_id WHERE v.state = 'kept'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to restore to."""

    owner_url: str
    service_url: str
    vault: Vault
    apps: Sequence[str]
    clock: Clock
    mode: LockMode = LockMode.GOVERNANCE
    kept_for: timedelta = KEPT_FOR


@dataclass(slots=True, kw_only=True)
class Restored:
    """What a restore did."""

    name: str
    manifest: Manifest
    ledger_until: str
    """Moment of the last ledger entry that was known, in ISO 8601; empty when there was none."""
    objects: int = 0
    object_bytes: int = 0
    not_brought_back: int = 0
    """Objects of the backup that were destroyed since."""
    held: int = 0
    """Files whose legal hold was set again."""
    applied: dict[UUID, Applied] = field(default_factory=dict)
    trail_faults: list[str] = field(default_factory=list)
    """Faults of the restored trails; they were there when the backup was made."""


class Restorer:
    """Brings one backup back; built for one run."""

    def __init__(self, folder: BackupFolder, place: Place) -> None:
        self._folder = folder
        self._place = place

    async def restore(self, name: str, *, ledgers: Sequence[Sequence[LedgerEntry]] = ()) -> Restored:
        """Restore generation `name`; `ledgers` are further copies of the ledger, later than the backup.

        Nothing is written before the whole backup was read and both places were found empty. The service's login gets
        its rights with the last step, so nothing is served that is not whole. Raises `BackupError`,
        `DatabaseUnavailable` and `StorageError`; empty both places then, and begin again.
        """
        manifest = self._folder.manifest(name)
        await require_sound(self._folder, manifest)
        self._require_known(manifest)
        await self._require_empty()
        ledger = merged([ledgers_in(self._folder), await stored_ledger(self._place.vault), *ledgers])
        until = ledger[-1].entered_at.isoformat(timespec="seconds") if ledger else ""
        restored = Restored(name=name, manifest=manifest, ledger_until=until)
        dump = self._folder.path / manifest.database.file
        version = await self._prepare_database()
        program = await find_program("pg_restore", max(version, manifest.server_version))
        await run_program(program, [*_WHOLE, *_WITHOUT_RIGHTS, *self._into(), str(dump)], url=self._place.owner_url)
        await self._require_rows(manifest)
        stored = await self._put_objects(manifest, ledger, restored)
        async with _owner(self._place.owner_url) as owner, owner.transaction():
            pictured = [dict(row) for row in await owner.fetch(_PICTURED)]
            await _name_versions(owner, stored)
        await self._settle(ledger, pictured, restored)
        await self._hold(restored)
        await self._let_in(program, dump)
        return restored

    def _into(self) -> list[str]:
        # pg_restore writes into a database only when it is named; everything else stays in the environment.
        return [f"--dbname={unquote(urlsplit(self._place.owner_url).path.lstrip('/'))}"]

    def _require_known(self, manifest: Manifest) -> None:
        known = set()
        for app in self._place.apps:
            folder = import_module(f"{app}.migrations").__path__
            known |= {f"{app.rpartition('.')[2]}.{module.name}" for module in pkgutil.iter_modules(folder)}
        unknown = [name for name in manifest.migrations if name not in known]
        if unknown:
            raise BackupTooNew(", ".join(unknown), migrations=unknown)

    async def _require_empty(self) -> None:
        async with _owner(self._place.owner_url) as owner:
            tables = await count_rows(owner)
        if tables:
            detail = f"the database has {len(tables)} tables"
            raise PlaceNotEmpty(detail, place="database")
        async for entry in self._place.vault.versions(""):
            if not entry.key.startswith(PREFIX):
                detail = f"the bucket holds {entry.key}"
                raise PlaceNotEmpty(detail, place="storage")

    async def _prepare_database(self) -> int:
        async with _owner(self._place.owner_url) as owner:
            await ensure_app_role(owner)
            major: int = owner.get_server_version().major
            return major

    async def _require_rows(self, manifest: Manifest) -> None:
        async with _owner(self._place.owner_url) as owner:
            found = await count_rows(owner)
        faults = [
            f"{table}: {found.get(table, 0)} rows instead of {rows}"
            for table, rows in manifest.rows.items()
            if found.get(table) != rows
        ]
        if faults:
            raise RestoreUnproven("; ".join(faults), faults=faults)

    async def _put_objects(
        self, manifest: Manifest, ledger: Sequence[LedgerEntry], restored: Restored
    ) -> list[tuple[SavedObject, str]]:
        """Put every object that was not destroyed since, and read it back; return the new version ids."""
        ended = ended_rows(ledger)
        wanted = [each for each in manifest.objects if not _is_ended(each, ended)]
        restored.not_brought_back = len(manifest.objects) - len(wanted)
        waiting = iter(wanted)
        stored: list[tuple[SavedObject, str]] = []

        async def work() -> None:
            for each in waiting:
                version = await self._put(each)
                stored.append((each, version))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(work())
        except BaseExceptionGroup as faults:
            raise faults.exceptions[0] from faults
        restored.objects, restored.object_bytes = len(stored), sum(each.size for each, _ in stored)
        return stored

    async def _put(self, each: SavedObject) -> str:
        vault = self._place.vault
        file = self._folder.path / each.file
        lock = None
        if each.kind == ANCHOR and vault.capabilities.object_lock:
            until = Anchor.from_json(file.read_bytes()).anchored_at + self._place.kept_for
            if until > self._place.clock():
                lock = RetentionLock(retain_until=until.replace(microsecond=0), mode=self._place.mode)
        stored = await vault.put(
            each.key, file, sha256=each.sha256, size=each.size, media_type=each.media_type, lock=lock
        )
        seen = await vault.verify(each.key, stored.version_id, each.sha256)
        if not seen.intact:
            detail = f"{each.key} does not read back as it was put"
            raise RestoreUnproven(detail, faults=[detail])
        return stored.version_id

    async def _settle(
        self, ledger: Sequence[LedgerEntry], pictured: Sequence[dict[str, UUID]], restored: Restored
    ) -> None:
        """Apply the ledger and write the restore into the trail of every institution; then read the trails."""
        database = Database(self._place.owner_url, apps=self._place.apps, clock=self._place.clock, pool=2)
        await database.open()
        try:
            async with _owner(self._place.owner_url) as owner:
                institutions = [row["id"] for row in await owner.fetch("SELECT id FROM institutions ORDER BY id")]
            for institution in institutions:
                own = [entry for entry in ledger if entry.institution_id == institution]
                applied = restored.applied[institution] = await apply_ledger(database, institution, own)
                async with database.work(Scope(institution_id=institution, source=SOURCE)) as work:
                    work.record("backup.restored", "backup", restored.name, _facts(restored, applied))
                    for row in pictured:
                        if row["institution_id"] == institution and str(row["document_id"]) not in applied.gone:
                            work.defer(
                                "document.render_preview",
                                subject_type="document",
                                subject_id=row["document_id"],
                                arguments={"version": str(row["id"])},
                                patient=True,
                            )
            # What waited for its seal at the snapshot would look as if it had waited ever since.
            await seal_all(database)
            restored.trail_faults = await self._trail_faults(database)
        finally:
            await database.close()

    async def _trail_faults(self, database: Database) -> list[str]:
        faults: list[str] = []
        for institution in await institutions_to_verify(database, self._place.vault):
            report = await verify_trail(database, self._place.vault, institution)
            faults += [f"{institution}: {fault.value} {count}" for fault, count in report.counts.items()]
        return faults

    async def _hold(self, restored: Restored) -> None:
        async with _owner(self._place.owner_url) as owner:
            rows = await owner.fetch(_HELD)
        for row in rows:
            try:
                await self._place.vault.hold(row["object_key"], row["storage_version_id"], on=True)
            except ObjectAbsent:
                continue
            restored.held += 1

    async def _let_in(self, program: Path, dump: Path) -> None:
        """Give the service its rights, and bring an older backup up to this release."""
        listed = await run_program(program, ["--list", str(dump)], url=self._place.owner_url)
        rights = [line for line in listed.splitlines() if _RIGHTS.match(line)]
        with tempfile.NamedTemporaryFile("w", prefix="rights-", encoding="utf-8") as file:
            file.write("\n".join(rights) + "\n")
            file.flush()
            options = [*_WHOLE, "--no-owner", f"--use-list={file.name}", *self._into(), str(dump)]
            await run_program(program, options, url=self._place.owner_url)
        await migrate(self._place.owner_url, self._place.service_url, apps=self._place.apps)


def _is_ended(each: SavedObject, ended: EndedRows) -> bool:
    """Whether the bytes of an object were destroyed after the backup."""
    if each.kind == GIVEN:
        return each.row in ended.given_files
    # The key of an original, kept or quarantined, names its document.
    return each.kind == ORIGINAL and (each.row in ended.versions or each.key.split("/")[2] in ended.documents)


def _facts(restored: Restored, applied: Applied) -> dict[str, object]:
    return {
        "taken_at": restored.manifest.taken_at.isoformat(),
        "release": restored.manifest.deloteka,
        "ledger_until": restored.ledger_until,
        "ledger_entries": applied.entries,
        "documents_removed": applied.documents,
        "versions_removed": applied.versions,
        "refusals_repeated": applied.refusals,
        "given_files_emptied": applied.given_files,
        "cases_repeated": applied.cases,
        "people_repeated": applied.people,
        "holds_repeated": applied.holds,
        "objects_missing": [each.row for each in restored.manifest.lost],
    }


async def _name_versions(owner: asyncpg.Connection, stored: Sequence[tuple[SavedObject, str]]) -> None:
    """Write the ids that the new store gave to the versions into their rows."""
    for kind, rename in ((ORIGINAL, _RENAME_ORIGINALS), (TRAY, _RENAME_TRAY), (GIVEN, _RENAME_GIVEN)):
        named = [(UUID(each.row), version) for each, version in stored if each.kind == kind]
        await owner.execute(rename, [row for row, _ in named], [version for _, version in named])
    anchors = [(each.key, version) for each, version in stored if each.kind == ANCHOR]
    await owner.execute("ALTER TABLE audit_anchors DISABLE TRIGGER USER")
    await owner.execute(_RENAME_ANCHORS, [key for key, _ in anchors], [version for _, version in anchors])
    await owner.execute("ALTER TABLE audit_anchors ENABLE TRIGGER USER")
    for statement in _FORGET:
        await owner.execute(statement)


@asynccontextmanager
async def _owner(url: str) -> AsyncIterator[asyncpg.Connection]:
    with database_errors():
        connection = await asyncpg.connect(url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close()
