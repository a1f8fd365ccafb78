"""What the storage has lost or damaged is put there again from the spool, whose copy is the last one."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import structlog

from core.documents.services import DocumentServices
from core.documents.spool import SpoolName
from core.kernel.database.connection import Database
from core.kernel.scope import Scope
from retention.lifecycle import END_STATES
from storage.digest import sha256_of_file_async
from storage.errors import ObjectAbsent, ObjectHeld, ObjectLocked
from storage.objects import ObjectStat, StoredVersion

_ENDED: Final = sorted(state.value for state in END_STATES)
_LIVING: Final = """
SELECT v.institution_id, v.id, v.document_id, v.object_key, v.storage_version_id, v.sha256, v.size, v.media_type,
       v.verdict
  FROM document_versions v JOIN documents d ON d.institution_id = v.institution_id AND d.id = v.document_id
 WHERE v.institution_id = $1 AND v.id = ANY ($2::uuid[]) AND v.state <> ALL ($3::text[]) AND d.state <> 'withdrawn'
"""
# Another copy has no lock of its own yet, or that of the damaged one: either is looked at again.
_NAMED_ANEW: Final = """
WITH named AS (
  UPDATE document_versions v SET storage_version_id = $3, verified_at = NULL FROM documents d
   WHERE v.institution_id = $1 AND v.id = $2 AND v.state <> ALL ($4::text[])
     AND d.institution_id = v.institution_id AND d.id = v.document_id AND d.state <> 'withdrawn'
  RETURNING v.institution_id, v.document_id)
INSERT INTO storage_lock_queue (institution_id, document_id) SELECT institution_id, document_id FROM named
"""

log = structlog.get_logger(__name__)


class Living(NamedTuple):
    """A version whose bytes are to stay, as its row names it."""

    institution_id: UUID
    id: UUID
    document_id: UUID
    object_key: str
    storage_version_id: str
    sha256: bytes
    size: int
    media_type: str
    verdict: str


async def living_versions(database: Database, scope: Scope, names: Iterable[SpoolName]) -> dict[SpoolName, Living]:
    """Return the rows that name these files' bytes, unless those are to go or gone."""
    by_id = {name.version_id: name for name in names}
    if not by_id:
        return {}
    async with database.work(scope) as work:
        rows = await work.rows(_LIVING, [scope.institution_id, list(by_id), _ENDED])
    return {by_id[row["id"]]: Living(**row) for row in rows}


async def put_again(services: DocumentServices, scope: Scope, version: Living, path: Path) -> bool:
    """Store the spool's bytes once more; the row follows, or, if it ended meanwhile, the object goes again.

    Raises `StorageError` or `DatabaseUnavailable`; it can be repeated.
    """
    digest, _ = await sha256_of_file_async(path)
    if digest != version.sha256.hex():
        log.error("spool_copy_damaged", version=str(version.id))
        return False
    stored, below = await _store(services, version, path)
    async with services.database.work(scope) as work:
        changed = await work.run(_NAMED_ANEW, [version.institution_id, version.id, stored.version_id, _ENDED])
        if changed:
            said = {"version": str(version.id)} | ({"damaged_copy_kept": below} if below else {})
            work.record("document.restored_from_spool", "document", version.document_id, said)
    if not changed:
        await services.vault.destroy(version.object_key)
    return changed == 1


async def _store(services: DocumentServices, version: Living, path: Path) -> tuple[StoredVersion, str]:
    """Put a sound copy in the place of the damaged one, or on top of it where a hold or lock keeps that.

    Returns the storage's name of a damaged copy that stays below; it goes when the document ends.
    """
    below, marks, put = "", None, services.vault.put
    try:
        await services.vault.destroy(version.object_key)
    except (ObjectHeld, ObjectLocked) as protected:
        below, put = protected.version_id, services.vault.put_over_damaged
        marks = await _marks(services, version, below)
    stored = await put(
        version.object_key,
        path,
        sha256=version.sha256.hex(),
        size=version.size,
        media_type=version.media_type,
        lock=None if marks is None or not _lasts(marks, services.clock()) else marks.lock,
        legal_hold=marks is not None and marks.legal_hold,
    )
    return stored, below


async def _marks(services: DocumentServices, version: Living, below: str) -> ObjectStat | None:
    try:
        return await services.vault.stat(version.object_key, below)
    except ObjectAbsent:
        return None


def _lasts(marks: ObjectStat, now: datetime) -> bool:
    return marks.lock is not None and marks.lock.retain_until > now
