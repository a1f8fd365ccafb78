"""A vault in memory with the behaviour of a real one, for tests and trials; it can be told to fail."""

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from storage.digest import CHUNK, sha256_of
from storage.errors import (
    DestructionUnproven,
    DigestMismatch,
    KeyTaken,
    LockDateRefused,
    LockDateUnrepresentable,
    LockUnsupported,
    LockWeakened,
    ObjectAbsent,
    ObjectHeld,
    ObjectLocked,
    RangeUnsatisfiable,
    SourceChanged,
    StoreFull,
    StoreUnavailable,
)
from storage.keys import check_key
from storage.objects import (
    LAST_COMMON_LOCK_DATE,
    Capabilities,
    LockMode,
    ObjectStat,
    ProofOfAbsence,
    RetentionLock,
    StoredVersion,
    Verification,
    VersionEntry,
)
from storage.vault import ObjectStream, Vault

ALL_CAPABILITIES = Capabilities(
    verifies_checksums=True,
    conditional_create=True,
    conditional_complete=True,
    versioning=True,
    object_lock=True,
    late_lock_dates=True,
)


@dataclass(slots=True)
class Faults:
    """What is to go wrong; a test sets these at any time."""

    unavailable: bool = False
    """Nothing is answered."""
    full: bool = False
    """Puts are refused for want of room."""
    fail_next_puts: int = 0
    """So many puts fail before anything is stored."""
    lose_next_answers: int = 0
    """So many puts store their object and then fail, as if the connection broke before the answer."""
    fail_next_destructions: int = 0
    """So many destructions break off after one version."""


@dataclass(slots=True)
class _Version:
    key: str
    version_id: str
    data: bytes
    etag: str
    media_type: str
    stored_at: datetime
    recorded_sha256: str
    lock: RetentionLock | None = None
    legal_hold: bool = False
    is_delete_marker: bool = False


class MemoryStream(ObjectStream):
    """A range of the bytes of one version."""

    def __init__(self, version: _Version, offset: int, length: int) -> None:
        """Take a view; nothing is copied before it is read."""
        self.key = version.key
        self.version_id = version.version_id
        self.etag = version.etag
        self.media_type = version.media_type
        self.total_size = len(version.data)
        self.offset = offset
        self.length = length
        self._view = memoryview(version.data)[offset : offset + length]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the chunks in order."""
        for start in range(0, self.length, CHUNK):
            await asyncio.sleep(0)
            yield bytes(self._view[start : start + CHUNK])


@dataclass(slots=True)
class MemoryVault(Vault):
    """Objects in a dictionary; locks follow the clock that is passed in."""

    clock: Callable[[], datetime]
    faults: Faults = field(default_factory=Faults)
    granted: Capabilities = ALL_CAPABILITIES
    _objects: dict[str, list[_Version]] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def capabilities(self) -> Capabilities:
        """What this vault was told to be able to do."""
        return self.granted

    async def probe(self) -> Capabilities:
        """The same."""
        await self._answer()
        return self.granted

    async def ping(self) -> None:
        """Answer unless told not to."""
        await self._answer()

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.faults.unavailable:
            raise StoreUnavailable(reason="told not to answer")

    async def put(
        self,
        key: str,
        source: Path,
        *,
        sha256: str,
        size: int,
        media_type: str,
        lock: RetentionLock | None = None,
        legal_hold: bool = False,
    ) -> StoredVersion:
        """Store a local file once under a new key; see `Vault.put`."""
        check_key(key)
        if lock is not None or legal_hold:
            self._check_lock(key, lock)
        data = await asyncio.to_thread(source.read_bytes)
        await self._answer()
        self._refuse_put()
        if len(data) != size:
            raise SourceChanged(str(source), expected=size, actual=len(data))
        actual = sha256_of(data)
        present = self._objects.get(key, [])
        if present and not present[0].is_delete_marker:
            return self._repeat(present[0], data, sha256, lock, legal_hold=legal_hold)
        if actual != sha256:
            raise DigestMismatch(key, expected=sha256, actual=actual)
        version = self._add(key, data, media_type=media_type)
        version.lock, version.legal_hold = lock, legal_hold
        if self.faults.lose_next_answers > 0:
            self.faults.lose_next_answers -= 1
            raise StoreUnavailable(reason="told to lose the answer")
        return _stored(version, sha256)

    async def put_over_damaged(
        self,
        key: str,
        source: Path,
        *,
        sha256: str,
        size: int,
        media_type: str,
        lock: RetentionLock | None = None,
        legal_hold: bool = False,
    ) -> StoredVersion:
        """Store a sound copy on top of a damaged one; see `Vault.put_over_damaged`."""
        damaged = [each for each in self._objects.get(key, []) if sha256_of(each.data) != sha256]
        self._objects[key] = [each for each in self._objects.get(key, []) if each not in damaged]
        try:
            return await self.put(
                key, source, sha256=sha256, size=size, media_type=media_type, lock=lock, legal_hold=legal_hold
            )
        finally:
            self._objects[key] += damaged

    def _add(self, key: str, data: bytes, *, media_type: str, is_delete_marker: bool = False) -> _Version:
        version = _Version(
            key=key,
            version_id=f"{next(self._numbers):032x}",
            data=data,
            etag=hashlib.md5(data, usedforsecurity=False).hexdigest(),
            media_type=media_type,
            stored_at=self.clock(),
            recorded_sha256=sha256_of(data),
            is_delete_marker=is_delete_marker,
        )
        self._objects.setdefault(key, []).insert(0, version)
        return version

    def _refuse_put(self) -> None:
        if self.faults.full:
            raise StoreFull(reason="told to be full")
        if self.faults.fail_next_puts > 0:
            self.faults.fail_next_puts -= 1
            raise StoreUnavailable(reason="told to fail this put", status=500)

    def _repeat(
        self, present: _Version, data: bytes, sha256: str, lock: RetentionLock | None, *, legal_hold: bool
    ) -> StoredVersion:
        if present.data != data or sha256_of(present.data) != sha256:
            raise KeyTaken(present.key)
        present.legal_hold = present.legal_hold or legal_hold
        if lock is not None and (present.lock is None or present.lock.weakens(lock)):
            self._relock(present, lock)
        return _stored(present, sha256)

    def _check_lock(self, key: str, lock: RetentionLock | None) -> None:
        if not self.granted.object_lock:
            raise LockUnsupported(key)
        if lock is None:
            return
        if lock.retain_until.microsecond:
            raise LockDateUnrepresentable(lock.retain_until, "stores keep whole seconds")
        if lock.retain_until > LAST_COMMON_LOCK_DATE and not self.granted.late_lock_dates:
            raise LockDateUnrepresentable(lock.retain_until, "it is not known to keep dates after 2106-02-07")
        if lock.retain_until <= self.clock():
            raise LockDateRefused(key, lock.retain_until)

    def _relock(self, version: _Version, lock: RetentionLock) -> None:
        if version.lock is not None and lock.weakens(version.lock):
            raise LockWeakened(version.key, version.version_id, stored=version.lock, requested=lock)
        version.lock = lock

    def _find(self, key: str, version_id: str | None) -> _Version:
        check_key(key)
        for version in self._objects.get(key, []):
            if version_id in {None, version.version_id}:
                if version.is_delete_marker:
                    break
                return version
        raise ObjectAbsent(key, version_id)

    @asynccontextmanager
    async def open(
        self, key: str, version_id: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ObjectStream]:
        """Stream one version, or a range of it; see `Vault.open`."""
        await self._answer()
        version = self._find(key, version_id)
        size = len(version.data)
        ranged = offset != 0 or length is not None
        if offset < 0 or (length is not None and length < 1) or (ranged and offset >= size):
            raise RangeUnsatisfiable(key, offset=offset, length=length)
        yield MemoryStream(version, offset, min(size - offset, size if length is None else length))

    async def stat(self, key: str, version_id: str | None = None) -> ObjectStat:
        """What the store says about one version, without reading its bytes."""
        await self._answer()
        return _stat(self._find(key, version_id))

    async def versions(self, prefix: str) -> AsyncIterator[VersionEntry]:
        """Every version of every key below a prefix."""
        await self._answer()
        for key in sorted(self._objects):
            if not key.startswith(prefix):
                continue
            for position, version in enumerate(self._objects[key]):
                yield VersionEntry(
                    key=key,
                    version_id=version.version_id,
                    size=len(version.data),
                    is_newest=position == 0,
                    is_delete_marker=version.is_delete_marker,
                    stored_at=version.stored_at,
                )

    async def verify(self, key: str, version_id: str | None, sha256: str) -> Verification:
        """Read one version back and hash it."""
        await self._answer()
        version = self._find(key, version_id)
        actual = await asyncio.to_thread(sha256_of, version.data)
        return Verification(
            key=key,
            version_id=version.version_id,
            expected_sha256=sha256,
            actual_sha256=actual,
            size=len(version.data),
        )

    async def lock(self, key: str, version_id: str, lock: RetentionLock) -> ObjectStat:
        """Lock one version, or make its lock longer or stricter; see `Vault.lock`."""
        await self._answer()
        version = self._find(key, version_id)
        if version.lock is not None and lock.weakens(version.lock):
            raise LockWeakened(key, version_id, stored=version.lock, requested=lock)
        self._check_lock(key, lock)
        version.lock = lock
        return _stat(version)

    async def extend_lock(self, key: str, version_id: str, retain_until: datetime) -> ObjectStat:
        """Make the existing lock longer and keep its mode; see `Vault.extend_lock`."""
        present = self._find(key, version_id).lock
        mode = present.mode if present else LockMode.GOVERNANCE
        return await self.lock(key, version_id, RetentionLock(retain_until=retain_until, mode=mode))

    async def hold(self, key: str, version_id: str, *, on: bool) -> ObjectStat:
        """Set or lift the legal hold of one version; see `Vault.hold`."""
        await self._answer()
        version = self._find(key, version_id)
        if on:
            self._check_lock(key, None)
        version.legal_hold = on
        return _stat(version)

    async def destroy(
        self,
        key: str,
        *,
        bypass_governance: bool = False,
        known_versions: Sequence[str] = (),
        uploads_aborted: bool = False,  # noqa: ARG002 - nothing is ever unfinished here
    ) -> ProofOfAbsence:
        """Delete every version of a key; see `Vault.destroy`."""
        check_key(key)
        await self._answer()
        found = self._objects.get(key, [])
        for version in found:
            self._require_free(version, bypass_governance=bypass_governance)
        if self.faults.fail_next_destructions > 0:
            self.faults.fail_next_destructions -= 1
            self._objects[key] = found[1:]
            raise DestructionUnproven(key, "told to break off")
        self._objects.pop(key, None)
        asked = {version.version_id for version in found} | set(known_versions)
        return ProofOfAbsence(key=key, version_ids=tuple(sorted(asked)), aborted_uploads=0)

    def _require_free(self, version: _Version, *, bypass_governance: bool) -> None:
        if version.legal_hold:
            raise ObjectHeld(version.key, version.version_id)
        lock = version.lock if version.lock and version.lock.retain_until > self.clock() else None
        if lock and not (bypass_governance and lock.mode is LockMode.GOVERNANCE):
            raise ObjectLocked(version.key, version.version_id, lock)

    async def abort_uploads(self, *_below: str, **_of: object) -> int:
        """Nothing is ever unfinished here."""
        await self._answer()
        return 0

    async def close(self) -> None:
        """Forget nothing: the next user of this object sees the same content."""

    def corrupt(self, key: str, version_id: str | None = None) -> None:
        """Change one byte of a version behind its back, as a failing disk would.

        Raises:
            ObjectAbsent: there is nothing to damage.
        """
        version = self._find(key, version_id)
        version.data = (bytes([version.data[0] ^ 1]) + version.data[1:]) if version.data else b"\0"

    def intrude(self, key: str, data: bytes) -> str:
        """Put other bytes on top as somebody with the keys of the store could; answers the new version's id."""
        return self._add(check_key(key), data, media_type="application/octet-stream").version_id

    def mark_deleted(self, key: str) -> str:
        """Put a delete marker on top as somebody with the keys of the store could; answers its id."""
        return self._add(check_key(key), b"", media_type="", is_delete_marker=True).version_id

    def lose(self, key: str) -> None:
        """Let an object vanish without a destruction, as a failing disk would."""
        self._objects.pop(key, None)


def _stored(version: _Version, sha256: str) -> StoredVersion:
    return StoredVersion(
        key=version.key,
        version_id=version.version_id,
        size=len(version.data),
        sha256=sha256,
        etag=version.etag,
        media_type=version.media_type,
        lock=version.lock,
        legal_hold=version.legal_hold,
    )


def _stat(version: _Version) -> ObjectStat:
    return ObjectStat(
        key=version.key,
        version_id=version.version_id,
        size=len(version.data),
        etag=version.etag,
        media_type=version.media_type,
        stored_at=version.stored_at.replace(microsecond=0),
        recorded_sha256=version.recorded_sha256,
        lock=version.lock,
        legal_hold=version.legal_hold,
    )
