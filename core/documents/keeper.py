"""The keeper settles the spool, and finishes what a crash interrupted. Everything it does can be repeated.

A spool file is a promise: until the object storage has been asked and has given back the same bytes, a settling
time after the upload, the file stays. What the storage has lost by then is put there again from the spool.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from core.documents.models import Document, DocumentVersion
from core.documents.removal import attempt, remove_version_bytes, remove_withdrawn, remove_withdrawn_version
from core.documents.services import DocumentServices
from core.documents.spool import SpoolName
from core.inspection.verdicts import Verdict
from core.kernel.errors import DelotekaError
from core.kernel.scope import Scope, installation_scope
from retention.lifecycle import END_STATES, DocumentState
from storage.digest import sha256_of_file_async
from storage.errors import ObjectAbsent, StorageError
from storage.keys import original_key, quarantine_key

ABANDONED_AFTER: Final = 120.0
"""Seconds for which a file without a row and without a lock must have been seen before it counts as abandoned."""
_SOURCE: Final = "keeper"

log = structlog.get_logger(__name__)


class Keeper:
    """Settles the spool of this host."""

    def __init__(self, services: DocumentServices, *, abandoned_after: float = ABANDONED_AFTER) -> None:
        self._services = services
        self._abandoned_after = abandoned_after
        self._first_seen: dict[SpoolName, float] = {}

    async def replay(self) -> int:
        """Put every acknowledged upload of the spool back that the storage has lost; return how many that were.

        Meant for the start: after a power cut the storage may lack what it had acknowledged. What cannot be looked at
        now waits for `settle`, which does the same.
        """
        return await self._each(self._services.spool.names(), self._replay)

    async def settle(self) -> int:
        """Look at every spool file whose settling time has passed; return how many were settled."""
        names = frozenset(self._services.spool.names())
        self._first_seen = {name: seen for name, seen in self._first_seen.items() if name in names}
        return await self._each(sorted(names, key=lambda name: name.version_id), self._settle)

    async def _each(self, names: Iterable[SpoolName], step: Callable[[SpoolName, Path], Awaitable[bool]]) -> int:
        """Take `step` with every file that nobody else works on; one that fails does not stop the others."""
        taken = 0
        waiting: Counter[str] = Counter()
        for name in names:
            with self._services.spool.claim(name) as path:
                if path is None:
                    continue
                try:
                    taken += await step(name, path)
                except (StorageError, DelotekaError, OSError) as error:
                    waiting[type(error).__name__] += 1
        if waiting:
            log.warning("spool_waits", **waiting)
        return taken

    async def _replay(self, name: SpoolName, path: Path) -> bool:
        version = await self._living_version(name)
        if version is None or await self._is_intact(version):
            return False
        return await self._put_again(version, path)

    def _has_settled(self, path: Path) -> bool:
        age = self._services.clock().timestamp() - path.stat().st_mtime
        return age >= self._services.limits.settling_seconds

    async def _settle(self, name: SpoolName, path: Path) -> bool:
        if not self._has_settled(path):
            return False
        version = await self._living_version(name)
        if version is None:
            return await self._settle_stranger(name)
        if not await self._is_intact(version):
            await self._put_again(version, path)
            return False
        async with self._services.database.work(_scope_of(name)) as work:
            await work.run(
                "UPDATE document_versions SET verified_at = $3 WHERE institution_id = $1 AND id = $2",
                [name.institution_id, name.version_id, work.now],
            )
        if version.verdict == Verdict.QUARANTINED:
            await self._destroy_other_keys(name, keep=version.object_key)
        self._services.spool.discard(name)
        return True

    async def _living_version(self, name: SpoolName) -> DocumentVersion | None:
        """Return the row that names this file's bytes, unless they are to go or gone."""
        async with self._services.database.work(_scope_of(name)):
            version = await DocumentVersion.get_or_none(id=name.version_id)
            if version is None or version.state in END_STATES:
                return None
            document = await Document.get_or_none(id=version.document_id)
        return None if document is None or document.state is DocumentState.WITHDRAWN else version

    async def _settle_stranger(self, name: SpoolName) -> bool:
        """Clear away what belongs to no row, once it has been so for long enough to be sure."""
        seen = self._first_seen.setdefault(name, time.monotonic())
        if time.monotonic() - seen < self._abandoned_after:
            return False
        await self._destroy_other_keys(name, keep="")
        self._services.spool.discard(name)
        return True

    async def _destroy_other_keys(self, name: SpoolName, *, keep: str) -> None:
        ids = (name.institution_id, name.document_id, name.version_id)
        for key in (original_key(*ids), quarantine_key(*ids)):
            if key != keep:
                await self._services.vault.destroy(key)

    async def _is_intact(self, version: DocumentVersion) -> bool:
        try:
            found = await self._services.vault.verify(
                version.object_key, version.storage_version_id, version.sha256.hex()
            )
        except ObjectAbsent:
            return False
        return found.intact

    async def _put_again(self, version: DocumentVersion, path: Path) -> bool:
        """Store the spool's bytes once more; the row follows, or, if it ended meanwhile, the object goes again."""
        digest, _ = await sha256_of_file_async(path)
        if digest != version.sha256.hex():
            log.error("spool_copy_damaged", version=str(version.id))
            return False
        await self._services.vault.destroy(version.object_key)
        stored = await self._services.vault.put(
            version.object_key,
            path,
            sha256=version.sha256.hex(),
            size=version.size,
            media_type=version.media_type,
        )
        scope = Scope(institution_id=version.institution_id, source=_SOURCE)
        async with self._services.database.work(scope) as work:
            changed = await work.run(
                "UPDATE document_versions v SET storage_version_id = $3, verified_at = NULL FROM documents d"
                " WHERE v.institution_id = $1 AND v.id = $2 AND v.state NOT IN ('refused', 'withdrawn')"
                " AND d.id = v.document_id AND d.state <> 'withdrawn'",
                [version.institution_id, version.id, stored.version_id],
            )
            if changed:
                work.record(
                    "document.restored_from_spool", "document", version.document_id, {"version": str(version.id)}
                )
        if not changed:
            await self._services.vault.destroy(version.object_key)
        return changed == 1

    async def finish_removals(self) -> int:
        """Finish every refusal and withdrawal whose bytes are not proven gone; return how many were finished."""
        async with self._services.database.work(installation_scope(source=_SOURCE)) as work:
            rows = await work.rows("SELECT institutions_with_bytes_to_remove() AS id")
        finished = 0
        for row in rows:
            finished += await self._finish_removals_of(row["id"])
        return finished

    async def _finish_removals_of(self, institution_id: UUID) -> int:
        scope = Scope(institution_id=institution_id, source=_SOURCE)
        async with self._services.database.work(scope):
            refused = await DocumentVersion.filter(state=DocumentState.REFUSED, bytes_gone_at=None).limit(100)
            taken_back = await DocumentVersion.filter(state=DocumentState.WITHDRAWN).limit(100)
            withdrawn = await Document.filter(state=DocumentState.WITHDRAWN).limit(100)
        finished = 0
        for version in refused:
            finished += await attempt(remove_version_bytes(self._services, scope, version))
        for version in taken_back:
            finished += await attempt(remove_withdrawn_version(self._services, scope, version))
        for document in withdrawn:
            finished += await attempt(remove_withdrawn(self._services, scope, document.id))
        return finished


def _scope_of(name: SpoolName) -> Scope:
    return Scope(institution_id=name.institution_id, source=_SOURCE)
