"""The keeper settles the spool, and finishes what a crash interrupted. Everything it does can be repeated.

A spool file is a promise: until the object storage has been asked and has given back the same bytes, a settling
time after the upload, the file stays. What the storage has lost by then is put there again from the spool.

Files are settled many at a time: the database is asked once for each institution of a group and told once; only the
reading back, which is the proof, is done for each.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from core.documents.models import Document, DocumentVersion
from core.documents.removal import attempt, remove_version_bytes, remove_withdrawn, remove_withdrawn_version
from core.documents.restoring import Living, living_versions, put_again
from core.documents.services import DocumentServices
from core.documents.spool import SpoolName
from core.inspection.verdicts import Verdict
from core.kernel.errors import DelotekaError
from core.kernel.scope import Scope, installation_scope
from retention.lifecycle import DocumentState
from storage.errors import ObjectAbsent, StorageError
from storage.keys import original_key, quarantine_key

ABANDONED_AFTER: Final = 120.0
"""Seconds for which a file without a row and without a lock must have been seen before it counts as abandoned."""
TOGETHER: Final = 64
"""Files of one group; they are locked meanwhile, and a withdrawal waits for its file."""
_BYTES_TOGETHER: Final = 64 << 20
_READ_AT_ONCE: Final = 4
_BACKLOG: Final = 2_000
"""So many files may wait for a lull of uploads; of more the disk would fill up."""
_LONGEST_RUN: Final = 10.0
"""Seconds after which one that steps back begins no further group: a worker that is to stop waits for the end."""
_SOURCE: Final = "keeper"

# Files of documents that a hold may cover, or that came into a case meanwhile, are looked at for locks.
_VERIFIED: Final = """
WITH verified AS (
  UPDATE document_versions SET verified_at = $3 WHERE institution_id = $1 AND id = ANY ($2::uuid[])
  RETURNING document_id)
INSERT INTO storage_lock_queue (institution_id, document_id)
SELECT DISTINCT d.institution_id, d.id
  FROM verified v JOIN documents d ON d.institution_id = $1 AND d.id = v.document_id
 WHERE d.case_id IS NOT NULL OR EXISTS (SELECT FROM holds h WHERE h.institution_id = $1 AND h.state = 'active')
"""

log = structlog.get_logger(__name__)

Claims = Mapping[SpoolName, Path]
"""Spool files that nobody else works on."""


class Keeper:
    """Settles the spool of this host; one that `steps_back` lets uploads go first, and sees to spare files in lulls."""

    def __init__(
        self, services: DocumentServices, *, abandoned_after: float = ABANDONED_AFTER, steps_back: bool = False
    ) -> None:
        self._services = services
        self._abandoned_after = abandoned_after
        self._steps_back = steps_back
        self._first_seen: dict[SpoolName, float] = {}
        self._waiting: Counter[str] = Counter()

    async def replay(self) -> int:
        """Put every acknowledged upload of the spool back that the storage has lost; return how many that were.

        Meant for the start: after a power cut the storage may lack what it had acknowledged. What cannot be looked at
        now waits for `settle`, which does the same.
        """
        return await self._each(list(self._services.spool.names()), self._replay, steps_back=False)

    async def settle(self) -> int:
        """Look at every spool file whose settling time has passed; return how many were settled."""
        names = frozenset(self._services.spool.names())
        self._first_seen = {name: seen for name, seen in self._first_seen.items() if name in names}
        due = [name for name in sorted(names, key=lambda name: name.version_id) if self._has_settled(name)]
        settled = await self._each(due, self._settle, steps_back=self._steps_back)
        if self._steps_back:
            with self._counted(1):
                await self._services.spool.keep_spares()
        return settled

    async def _each(
        self, names: Sequence[SpoolName], step: Callable[[UUID, Claims], Awaitable[int]], *, steps_back: bool
    ) -> int:
        """Take `step` with every file that nobody else works on; one that fails does not stop the others."""
        taken = 0
        self._waiting.clear()
        deadline = time.monotonic() + _LONGEST_RUN
        for begun, group in self._groups(names):
            if steps_back and time.monotonic() > deadline:
                break
            if steps_back and len(names) - begun < _BACKLOG:
                await self._services.spool.lull()
            with ExitStack() as stack:
                claims = self._claim(group, stack)
                for institution_id, of_one in _by_institution(claims).items():
                    with self._counted(len(of_one)):
                        taken += await step(institution_id, of_one)
        if self._waiting:
            log.warning("spool_waits", **self._waiting)
        return taken

    def _groups(self, names: Sequence[SpoolName]) -> Iterator[tuple[int, list[SpoolName]]]:
        """Yield groups that are settled soon, each with the number of files before it."""
        group: list[SpoolName] = []
        size = 0
        for number, name in enumerate(names):
            bytes_of_it = self._size(name)
            if group and (len(group) == TOGETHER or size + bytes_of_it > _BYTES_TOGETHER):
                yield number - len(group), group
                group, size = [], 0
            group.append(name)
            size += bytes_of_it
        if group:
            yield len(names) - len(group), group

    def _size(self, name: SpoolName) -> int:
        try:
            return self._services.spool.path(name).stat().st_size
        except FileNotFoundError:
            return 0

    def _claim(self, names: Iterable[SpoolName], stack: ExitStack) -> Claims:
        claims = {}
        for name in names:
            with self._counted(1):
                path = stack.enter_context(self._services.spool.claim(name))
                if path is not None:
                    claims[name] = path
        return claims

    def _counted(self, files: int) -> "_Counted":
        return _Counted(self._waiting, files)

    async def _replay(self, institution_id: UUID, claims: Claims) -> int:
        living = await living_versions(self._services.database, _scope(institution_id), claims)
        return await self._put_again(claims, await self._damaged(living))

    def _has_settled(self, name: SpoolName) -> bool:
        try:
            changed = self._services.spool.path(name).stat().st_mtime
        except FileNotFoundError:
            return False
        return self._services.clock().timestamp() - changed >= self._services.limits.settling_seconds

    async def _settle(self, institution_id: UUID, claims: Claims) -> int:
        # Under the lock: a release may have made the file young again.
        due = {name: path for name, path in claims.items() if self._has_settled(name)}
        living = await living_versions(self._services.database, _scope(institution_id), due)
        settled = 0
        for name in due:
            if name not in living:
                with self._counted(1):
                    settled += await self._settle_stranger(name)
        damaged = await self._damaged(living)
        intact = {name: version for name, version in living.items() if name not in damaged}
        if intact:
            settled += await self._settle_intact(institution_id, intact)
        await self._put_again(claims, {name: version for name, version in damaged.items() if version is not None})
        return settled

    async def _settle_intact(self, institution_id: UUID, intact: Mapping[SpoolName, Living]) -> int:
        async with self._services.database.work(_scope(institution_id)) as work:
            await work.run(_VERIFIED, [institution_id, [name.version_id for name in intact], work.now])
        settled = 0
        for name, version in intact.items():
            with self._counted(1):
                if version.verdict == Verdict.QUARANTINED:
                    await self._destroy_other_keys(name, keep=version.object_key)
                self._services.spool.discard(name)
                settled += 1
        return settled

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

    async def _damaged(self, living: Mapping[SpoolName, Living]) -> dict[SpoolName, Living | None]:
        """Read everything back, and return what the storage lacks; None for what it does not say of."""
        room = asyncio.Semaphore(_READ_AT_ONCE)

        async def look(name: SpoolName, version: Living) -> tuple[SpoolName, Living | None] | None:
            async with room:
                with self._counted(1):
                    return None if await self._is_intact(version) else (name, version)
            return name, None

        found = await asyncio.gather(*(look(name, version) for name, version in living.items()))
        return dict(each for each in found if each is not None)

    async def _is_intact(self, version: Living) -> bool:
        try:
            found = await self._services.vault.verify(
                version.object_key, version.storage_version_id, version.sha256.hex()
            )
        except ObjectAbsent:
            return False
        return found.intact

    async def _put_again(self, claims: Claims, damaged: Mapping[SpoolName, Living | None]) -> int:
        stored = 0
        for name, version in damaged.items():
            if version is not None:
                with self._counted(1):
                    stored += await put_again(self._services, _scope(name.institution_id), version, claims[name])
        return stored

    async def finish_removals(self) -> int:
        """Finish every refusal and withdrawal whose bytes are not proven gone; return how many were finished."""
        async with self._services.database.work(installation_scope(source=_SOURCE)) as work:
            rows = await work.rows("SELECT institutions_with_bytes_to_remove() AS id")
        finished = 0
        for row in rows:
            finished += await self._finish_removals_of(row["id"])
        return finished

    async def _finish_removals_of(self, institution_id: UUID) -> int:
        scope = _scope(institution_id)
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


class _Counted:
    """Counts why files have to wait for the next time, and goes on with the others."""

    def __init__(self, waiting: Counter[str], files: int) -> None:
        self._waiting = waiting
        self._files = files

    def __enter__(self) -> None:
        """Nothing has failed yet."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        """Swallow what another attempt may settle."""
        if isinstance(error, (StorageError, DelotekaError, OSError)):
            self._waiting[type(error).__name__] += self._files
            return True
        return False


def _by_institution(claims: Claims) -> dict[UUID, dict[SpoolName, Path]]:
    found: dict[UUID, dict[SpoolName, Path]] = {}
    for name, path in claims.items():
        found.setdefault(name.institution_id, {})[name] = path
    return found


def _scope(institution_id: UUID) -> Scope:
    return Scope(institution_id=institution_id, source=_SOURCE)
