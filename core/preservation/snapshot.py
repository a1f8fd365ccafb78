"""One consistent look at the whole database: pg_dump and our own questions see the same moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from core.kernel.database.connection import database_errors
from core.preservation.errors import BackupError
from core.preservation.ledger import COLUMNS, LedgerEntry
from core.preservation.manifest import ANCHOR, GIVEN, ORIGINAL, TRAY
from core.preservation.programs import find_program, run_program

_ANCHOR_TYPE: Final = "application/json"
_TIMEOUT: Final = 10.0
# Where the end of the bytes is decided they are on their way out, or gone.
_ORIGINALS: Final = """
SELECT v.id, v.object_key, v.storage_version_id, v.media_type, v.sha256, v.size
  FROM document_versions v JOIN documents d ON d.institution_id = v.institution_id AND d.id = v.document_id
 WHERE v.state NOT IN ('refused', 'withdrawn') AND d.state NOT IN ('refused', 'withdrawn')
   AND d.destruction_began_at IS NULL ORDER BY v.id
"""
# Its source may have let go of a file that waits: these are its only bytes.
_TRAY: Final = """
SELECT id, object_key, storage_version_id, media_type, sha256, received_size AS size FROM import_files
 WHERE state = 'tray' ORDER BY id
"""
# What a clerk gave to a connection to read; runs after a restore read it again.
_GIVEN: Final = """
SELECT id, object_key, version_id AS storage_version_id, 'application/octet-stream' AS media_type,
       decode(sha256, 'hex') AS sha256, size
  FROM connection_files WHERE version_id IS NOT NULL AND removed_at IS NULL ORDER BY id
"""
_ANCHORS: Final = """
SELECT institution_id, position, object_key, version_id, digest FROM audit_anchors ORDER BY institution_id, position
"""
_TABLES: Final = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedObject:
    """An object that a row of the database names."""

    kind: str
    row: str
    key: str
    storage_version: str
    media_type: str
    sha256: str | None
    """None for an anchor: its row knows the seal it holds, and not its bytes."""
    size: int | None
    seal: bytes = b""
    """Of an anchor: the digest of the seal that it must hold."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An open transaction that sees one moment."""

    connection: asyncpg.Connection
    url: str
    name: str
    """Under which other sessions see the same moment."""
    server_version: int

    async def dump(self, target: Path) -> None:
        """Write everything in the database into `target`, in PostgreSQL's custom format.

        Raises `ProgramMissing` or `DumpFailed`.
        """
        program = await find_program("pg_dump", self.server_version)
        options = ["--format=custom", "--compress=gzip:3", "--no-password", f"--snapshot={self.name}"]
        await run_program(program, [*options, f"--file={target}"], url=self.url)

    async def migrations(self) -> tuple[str, ...]:
        """Return the names of the migrations that were applied."""
        rows = await self.connection.fetch("SELECT app, name FROM tortoise_migrations ORDER BY id")
        return tuple(f"{row['app']}.{row['name']}" for row in rows)

    async def rows(self) -> dict[str, int]:
        """Return the number of rows of each table."""
        return await count_rows(self.connection)

    async def ledger(self) -> tuple[LedgerEntry, ...]:
        """Return the whole destruction ledger."""
        rows = await self.connection.fetch(
            f"SELECT {COLUMNS} FROM destruction_ledger ORDER BY entered_at, id"  # noqa: S608 - a constant
        )
        return tuple(LedgerEntry.from_row(row) for row in rows)

    async def objects(self) -> list[WantedObject]:
        """Return every object that must be saved; previews are not among them, they can be made anew."""
        kept = [
            WantedObject(
                kind=kind,
                row=str(row["id"]),
                key=row["object_key"],
                storage_version=row["storage_version_id"],
                media_type=row["media_type"],
                sha256=bytes(row["sha256"]).hex(),
                size=row["size"],
            )
            for kind, query in ((ORIGINAL, _ORIGINALS), (TRAY, _TRAY), (GIVEN, _GIVEN))
            for row in await self.connection.fetch(query)
        ]
        anchors = [
            WantedObject(
                kind=ANCHOR,
                row=f"{row['institution_id']}/{row['position']}",
                key=row["object_key"],
                storage_version=row["version_id"],
                media_type=_ANCHOR_TYPE,
                sha256=None,
                size=None,
                seal=bytes(row["digest"]),
            )
            for row in await self.connection.fetch(_ANCHORS)
        ]
        return kept + anchors


async def count_rows(connection: asyncpg.Connection) -> dict[str, int]:
    """Return the number of rows of each table of ours."""
    counts = {}
    for row in await connection.fetch(_TABLES):
        name: str = row["relname"]
        quoted = '"' + name.replace('"', '""') + '"'
        counts[name] = await connection.fetchval(f"SELECT count(*) FROM {quoted}")  # noqa: S608 - from the catalogue
    return counts


@asynccontextmanager
async def snapshot(owner_url: str) -> AsyncIterator[Snapshot]:
    """Open a snapshot under the login of the schema's owner, whom row-level security does not bind.

    Raises `DatabaseUnavailable`, and `BackupError` for a database without the schema of this release.
    """
    with database_errors():
        connection = await asyncpg.connect(owner_url, timeout=_TIMEOUT)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if await connection.fetchval("SELECT to_regclass('public.destruction_ledger')") is None:
                detail = "the database does not have the schema of this release: run `deloteka migrate` first"
                raise BackupError(detail)
            name = await connection.fetchval("SELECT pg_export_snapshot()")
            yield Snapshot(connection, owner_url, name, connection.get_server_version().major)
    finally:
        await connection.close()
