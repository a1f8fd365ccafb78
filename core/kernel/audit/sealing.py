"""Sealing: entries that were committed are chained in order, one institution at a time, behind the writers' backs."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.audit.entries import GENESIS, AuditEntry, link
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.scope import Scope, installation_scope

log = logging.getLogger(__name__)

SOURCE: Final = "audit.sealing"
BATCH: Final = 5_000
"""Entries sealed in one transaction."""

ENTRY_COLUMNS: Final = (
    "e.id, e.institution_id, e.recorded_at, e.actor_kind, e.actor_id, e.action, e.object_type, e.object_id,"
    " e.purpose, e.source, e.request_id, e.payload_digest"
)

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('audit.sealing:' || $1, 0))"
_HEAD: Final = "SELECT position, digest FROM audit_seals WHERE institution_id = $1 ORDER BY position DESC LIMIT 1"
# The batch is cut out first and its size is written out: else the planner would read every entry for each batch.
_WAITING: Final = (
    "WITH batch AS MATERIALIZED (SELECT entry_id FROM audit_unsealed"  # noqa: S608 - constants
    " WHERE institution_id = $1 ORDER BY entry_id LIMIT {batch:d})"
    f" SELECT {ENTRY_COLUMNS} FROM batch JOIN audit_entries e ON e.id = batch.entry_id ORDER BY e.id"
)
_SEAL: Final = (
    "INSERT INTO audit_seals (institution_id, position, entry_id, digest, sealed_at)"
    " SELECT $1, s.position, s.entry_id, s.digest, $2"
    " FROM unnest($3::bigint[], $4::uuid[], $5::bytea[]) AS s(position, entry_id, digest)"
)
_FORGET: Final = "DELETE FROM audit_unsealed WHERE institution_id = $1 AND entry_id = ANY($2::uuid[])"


def entry_from_row(row: Mapping[str, Any]) -> AuditEntry:
    """Return the entry in a row that has the columns `ENTRY_COLUMNS`."""
    return AuditEntry(
        id=row["id"],
        institution_id=row["institution_id"],
        recorded_at=row["recorded_at"],
        actor_kind=row["actor_kind"],
        actor_id=row["actor_id"],
        action=row["action"],
        object_type=row["object_type"],
        object_id=row["object_id"],
        purpose=row["purpose"],
        source=row["source"],
        request_id=row["request_id"],
        payload_digest=bytes(row["payload_digest"]),
    )


async def seal_entries(database: Database, institution_id: UUID, *, batch: int = BATCH) -> int:
    """Append every committed entry of one institution that has no seal yet to its chain; return how many.

    Sealers of one institution wait for each other, writers for nobody. Raises `DatabaseUnavailable`; what was sealed
    by then stays sealed.
    """
    sealed = 0
    while True:
        async with database.work(Scope(institution_id=institution_id, source=SOURCE)) as work:
            count = await _seal_batch(work, institution_id, batch)
        sealed += count
        if count < batch:
            return sealed


async def seal_all(database: Database) -> int:
    """Seal what waits in every institution, one after the other; return how many entries were sealed.

    A fault in one chain is logged and does not keep the others from being sealed.
    """
    async with database.work(installation_scope(source=SOURCE)) as work:
        rows = await work.rows("SELECT institutions_with_unsealed_entries() AS id")
    sealed = 0
    faults: list[Exception] = []
    for row in rows:
        try:
            sealed += await seal_entries(database, row["id"])
        except Exception as error:
            log.exception("the audit trail of institution %s could not be sealed", row["id"])
            faults.append(error)
    if faults:
        raise faults[0]
    return sealed


async def chain_head(work: Work, institution_id: UUID) -> tuple[int, bytes]:
    """Return position and digest (32 bytes) of the last seal; 0 and `GENESIS` for an empty chain."""
    rows = await work.rows(_HEAD, [institution_id])
    return (rows[0]["position"], bytes(rows[0]["digest"])) if rows else (0, GENESIS)


async def _seal_batch(work: Work, institution_id: UUID, batch: int) -> int:
    # The lock comes in a statement of its own: the next one then sees what the sealer before us committed.
    await work.rows(_LOCK, [str(institution_id)])
    rows = await work.rows(_WAITING.format(batch=batch), [institution_id])
    if not rows:
        return 0
    first, digest = await chain_head(work, institution_id)
    entries = [entry_from_row(row) for row in rows]
    digests = _links(digest, first, work.now, entries)
    positions = list(range(first + 1, first + 1 + len(entries)))
    ids = [entry.id for entry in entries]
    await work.run(_SEAL, [institution_id, work.now, positions, ids, digests])
    await work.run(_FORGET, [institution_id, ids])
    return len(entries)


def _links(digest: bytes, position: int, sealed_at: datetime, entries: list[AuditEntry]) -> list[bytes]:
    digests = []
    for entry in entries:
        position += 1
        digest = link(digest, position, sealed_at, entry)
        digests.append(digest)
    return digests
