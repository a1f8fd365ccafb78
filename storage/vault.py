"""The vault: originals put once, read, verified, locked, and destroyed with proof."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.objects import (
    Capabilities,
    ObjectStat,
    ProofOfAbsence,
    RetentionLock,
    StoredVersion,
    Verification,
    VersionEntry,
)


class ObjectStream(ABC):
    """The bytes of one version or of a range of it, in chunks of at most 1 MiB; to be read once."""

    key: str
    version_id: str
    etag: str
    media_type: str
    total_size: int
    """Bytes of the whole version."""
    offset: int
    """Where the range starts."""
    length: int
    """Bytes that this stream gives."""

    @abstractmethod
    def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the chunks in order.

        Raises:
            StoreUnavailable: the connection broke; never a silently shortened stream.
        """

    async def read(self) -> bytes:
        """The whole stream in memory, for small objects."""
        return b"".join([chunk async for chunk in self])


class Vault(ABC):
    """Object storage as this service needs it; every method may raise `StorageError` and its family.

    A vault knows no record and no retention rule. A call that is cancelled may still take effect: every
    operation can be repeated and then gives the same result.
    """

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What the last `probe` found; everything missing before the first."""

    @abstractmethod
    async def probe(self) -> Capabilities:
        """Find out by trying what the store really does; leaves nothing behind."""

    @abstractmethod
    async def ping(self) -> None:
        """Ask the store for its bucket, within about 3 seconds.

        Raises:
            StoreUnavailable: no answer.
            BucketMissing: the bucket is gone.
        """

    @abstractmethod
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
        """Store a local file once under a new key; it is acknowledged when its bytes are proven to lie there.

        The same bytes under the same key again: the same answer as the first time (locks are never weakened).

        Raises:
            KeyTaken: the key holds other bytes.
            DigestMismatch: the file does not have this digest, or the store did not keep its bytes.
            SourceChanged: the file does not have this size.
            LockMismatch: the store kept another lock; the object is stored.
            LockDateUnrepresentable: the store could not keep this date; nothing is stored.
            StoreFull, StoreUnavailable: nothing is acknowledged.
        """

    async def put_fresh(
        self,
        key: str,
        source: Path,
        *,
        sha256: str,
        size: int,
        media_type: str,
        content: bytes | None = None,  # noqa: ARG002 - what this way of putting has no use for
    ) -> StoredVersion:
        """Do what `put` does under a key that was made of random identifiers for this put, so that nothing lies there.

        The store need not be asked to look, which costs as much as a fifth of a put; when the put has to be repeated
        because its answer was lost, it is. Whoever has the bytes of a small file at hand gives them as `content`, so
        that it is not read again. Raises what `put` raises.
        """
        return await self.put(key, source, sha256=sha256, size=size, media_type=media_type)

    @abstractmethod
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
        """Store a sound copy on top of a damaged one which a hold or a lock keeps from being removed.

        What the key held stays below, as a version of its own, until the key is destroyed. A sound copy that is on
        top already is taken. Raises what `put` raises, but never `KeyTaken`.
        """

    @abstractmethod
    def open(
        self, key: str, version_id: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> AbstractAsyncContextManager[ObjectStream]:
        """Stream one version, or a range of it; the connection is released on leaving the block.

        Raises:
            ObjectAbsent: no such version.
            RangeUnsatisfiable: the range starts behind the end, or is empty.
        """

    @abstractmethod
    async def stat(self, key: str, version_id: str | None = None) -> ObjectStat:
        """What the store says about one version, without reading its bytes.

        Raises:
            ObjectAbsent: no such version.
        """

    @abstractmethod
    def versions(self, prefix: str) -> AsyncIterator[VersionEntry]:
        """Every version and every delete marker of every key below a prefix, ordered by key, newest first."""

    @abstractmethod
    async def verify(self, key: str, version_id: str | None, sha256: str) -> Verification:
        """Read one version back and hash it.

        Raises:
            ObjectAbsent: no such version.
        """

    @abstractmethod
    async def lock(self, key: str, version_id: str, lock: RetentionLock) -> ObjectStat:
        """Lock one version, or make its lock longer or stricter; the stored lock is read back and compared.

        Raises:
            LockWeakened: the version has a longer or stricter lock already.
            LockMismatch: the store kept something else.
            LockDateUnrepresentable, LockDateRefused, LockUnsupported: nothing was changed.
        """

    @abstractmethod
    async def extend_lock(self, key: str, version_id: str, retain_until: datetime) -> ObjectStat:
        """Make the existing lock longer and keep its mode; without a lock, set one in governance mode.

        Raises:
            LockWeakened: the new end is earlier than the present one.
        """

    @abstractmethod
    async def hold(self, key: str, version_id: str, *, on: bool) -> ObjectStat:
        """Set or lift the legal hold of one version; the stored state is read back and compared.

        Raises:
            LockMismatch: the store kept something else.
        """

    @abstractmethod
    async def destroy(
        self,
        key: str,
        *,
        bypass_governance: bool = False,
        known_versions: Sequence[str] = (),
        uploads_aborted: bool = False,
    ) -> ProofOfAbsence:
        """Delete every version, delete marker and unfinished upload of a key, then hear "absent" for each of them.

        It can be repeated from any point. `known_versions` are asked for as well, so that the proof of a repeated
        destruction covers what an earlier attempt removed. `uploads_aborted`: the unfinished uploads of many keys were
        thrown away together (`abort_uploads`), so none is looked for here.

        Raises:
            ObjectHeld: a version is under legal hold; nothing was deleted by this call.
            ObjectLocked: a version is locked; nothing was deleted by this call.
            DestructionUnproven: the store did not confirm; repeat.
        """

    @abstractmethod
    async def abort_uploads(
        self, prefix: str, *, started_before: datetime | None = None, within: tuple[str, ...] = ("",)
    ) -> int:
        """Throw away multipart uploads that were never finished; answers how many.

        Those below `prefix` that were started before a time (None: whenever), and of them those within other prefixes.
        """

    @abstractmethod
    async def close(self) -> None:
        """Give back threads and connections; the vault cannot be used afterwards."""

    async def __aenter__(self) -> Self:
        """Use the vault in a block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the vault at the end of the block."""
        await self.close()
