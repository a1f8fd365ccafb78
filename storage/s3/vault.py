"""The vault over S3: blocking requests in a bounded pool of threads, so that the event loop never waits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from storage.errors import BucketMissing, BucketUnversioned, ObjectAbsent
from storage.keys import check_key
from storage.objects import (
    Capabilities,
    ObjectStat,
    ProofOfAbsence,
    RetentionLock,
    StoredVersion,
    Verification,
    VersionEntry,
)
from storage.s3 import locks, probing, putting, reading, removal
from storage.s3.address import S3Address
from storage.s3.client import MAX_TRANSFERS, Door, Patience, Room
from storage.s3.faults import translated
from storage.s3.listing import list_uploads, list_versions
from storage.s3.multipart import abort_upload
from storage.s3.state import stat
from storage.vault import ObjectStream, Vault

T = TypeVar("T")

_PAGE = 500
_REQUESTS = 8
_READERS = 8


class S3Stream(ObjectStream):
    """A download that is read ahead by one chunk in a thread."""

    def __init__(self, download: reading.Download, readers: ThreadPoolExecutor) -> None:
        """Take over an answer whose body has not been read."""
        self.key = download.key
        self.version_id = download.version_id
        self.etag = download.etag
        self.media_type = download.media_type
        self.total_size = download.total_size
        self.offset = download.offset
        self.length = download.length
        self._download = download
        self._readers = readers
        self._ahead: Future[bytes] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the chunks in order; the next one is on its way while the caller works on the present one."""
        self._ahead = self._readers.submit(self._download.read)
        while chunk := await asyncio.wrap_future(self._ahead):
            self._ahead = self._readers.submit(self._download.read)
            yield chunk

    def release(self) -> None:
        """Give the connection back; blocks until a read under way has ended, which is hurried."""
        if self._ahead is not None and not self._ahead.cancel() and not self._ahead.done():
            self._download.interrupt()
            self._ahead.exception()
        self._download.close()


class S3Vault(Vault):
    """A vault in an S3 bucket."""

    def __init__(self, address: S3Address, *, patience: Patience | None = None, room: Room | None = None) -> None:
        """Prepare the connection; nothing is sent before the first call."""
        self.address = address
        self._door = Door(address, patience or Patience(), room)
        self._transfers = ThreadPoolExecutor(MAX_TRANSFERS, thread_name_prefix="vault-transfer")
        self._requests = ThreadPoolExecutor(_REQUESTS, thread_name_prefix="vault-request")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="vault-read")

    @property
    def capabilities(self) -> Capabilities:
        """What the last `probe` found; everything missing before the first."""
        return self._door.capabilities

    async def _run(self, action: Callable[[], T]) -> T:
        """Short requests have threads of their own, so that they never wait behind a gigabyte."""
        return await asyncio.get_running_loop().run_in_executor(self._requests, action)

    async def _transfer(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._transfers, action)

    async def ensure_bucket(self) -> None:
        """Create the bucket with versions and object lock if it is missing.

        Raises:
            BucketUnversioned: it exists without versions and refuses to keep them.
        """
        await self._run(self._ensure_bucket)

    def _ensure_bucket(self) -> None:
        client, bucket = self._door.client, self._door.bucket
        with translated(bucket):
            if not client.bucket_exists(bucket):
                client.make_bucket(bucket, location=self.address.region, object_lock=True)
            if client.get_bucket_versioning(bucket).status != ENABLED:
                client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
            if client.get_bucket_versioning(bucket).status != ENABLED:
                raise BucketUnversioned(bucket)

    async def probe(self) -> Capabilities:
        """Find out by trying what the store really does; leaves nothing behind."""
        self._door.capabilities = await self._run(lambda: probing.probe(self._door))
        return self._door.capabilities

    async def ping(self) -> None:
        """Ask the store for its bucket, within about 3 seconds."""
        await self._run(self._door.ping)

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
        request = putting.PutRequest(
            key=check_key(key),
            source=source,
            sha256=sha256,
            size=size,
            media_type=media_type,
            lock=lock,
            legal_hold=legal_hold,
        )
        return await self._transfer(lambda: putting.put(self._door, request))

    async def put_fresh(
        self, key: str, source: Path, *, sha256: str, size: int, media_type: str, content: bytes | None = None
    ) -> StoredVersion:
        """Store a local file once under a key of its own; see `Vault.put_fresh`."""
        request = putting.PutRequest(
            key=check_key(key),
            source=source,
            sha256=sha256,
            size=size,
            media_type=media_type,
            lock=None,
            legal_hold=False,
            fresh=True,
            content=content,
        )
        return await self._transfer(lambda: putting.put(self._door, request))

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
        request = putting.PutRequest(
            key=check_key(key),
            source=source,
            sha256=sha256,
            size=size,
            media_type=media_type,
            lock=lock,
            legal_hold=legal_hold,
            over_damaged=True,
        )
        return await self._transfer(lambda: putting.put(self._door, request))

    @asynccontextmanager
    async def open(
        self, key: str, version_id: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> AsyncIterator[ObjectStream]:
        """Stream one version, or a range of it; see `Vault.open`."""
        check_key(key)
        beginning = self._requests.submit(
            lambda: reading.begin(self._door, key, version_id, offset=offset, length=length)
        )
        try:
            download = await asyncio.wrap_future(beginning)
        except asyncio.CancelledError:
            beginning.add_done_callback(_close_unwanted)
            raise
        stream = S3Stream(download, self._readers)
        try:
            yield stream
        finally:
            await asyncio.shield(self._run(stream.release))

    async def stat(self, key: str, version_id: str | None = None) -> ObjectStat:
        """What the store says about one version, without reading its bytes."""
        check_key(key)
        return await self._run(lambda: self._stat(key, version_id))

    def _stat(self, key: str, version_id: str | None) -> ObjectStat:
        try:
            return stat(self._door, key, version_id)
        except ObjectAbsent:
            self._require_bucket()
            raise

    def _require_bucket(self) -> None:
        """Without this, a missing bucket would look like a missing object."""
        with translated(self._door.bucket):
            if not self._door.client.bucket_exists(self._door.bucket):
                raise BucketMissing(self._door.bucket)

    async def versions(self, prefix: str) -> AsyncIterator[VersionEntry]:
        """Every version and every delete marker of every key below a prefix, page by page."""
        entries = list_versions(self._door, prefix)
        full = True
        while full:
            page = await self._run(lambda: list(islice(entries, _PAGE)))
            full = len(page) == _PAGE
            for entry in page:
                yield entry

    async def verify(self, key: str, version_id: str | None, sha256: str) -> Verification:
        """Read one version back and hash it."""
        check_key(key)
        return await self._transfer(lambda: reading.read_back(self._door, key, version_id, sha256))

    async def lock(self, key: str, version_id: str, lock: RetentionLock) -> ObjectStat:
        """Lock one version, or make its lock longer or stricter; see `Vault.lock`."""
        check_key(key)
        return await self._run(lambda: locks.set_lock(self._door, key, version_id, lock))

    async def extend_lock(self, key: str, version_id: str, retain_until: datetime) -> ObjectStat:
        """Make the existing lock longer and keep its mode; see `Vault.extend_lock`."""
        check_key(key)
        return await self._run(lambda: locks.extend(self._door, key, version_id, retain_until))

    async def hold(self, key: str, version_id: str, *, on: bool) -> ObjectStat:
        """Set or lift the legal hold of one version; see `Vault.hold`."""
        check_key(key)
        return await self._run(lambda: locks.set_hold(self._door, key, version_id, on=on))

    async def destroy(
        self,
        key: str,
        *,
        bypass_governance: bool = False,
        known_versions: Sequence[str] = (),
        uploads_aborted: bool = False,
    ) -> ProofOfAbsence:
        """Delete every version of a key and hear "absent" for each; see `Vault.destroy`."""
        check_key(key)
        return await self._run(
            lambda: removal.destroy(
                self._door,
                key,
                bypass_governance=bypass_governance,
                known_versions=known_versions,
                uploads_aborted=uploads_aborted,
            )
        )

    async def abort_uploads(
        self, prefix: str, *, started_before: datetime | None = None, within: tuple[str, ...] = ("",)
    ) -> int:
        """Throw away multipart uploads that were never finished; see `Vault.abort_uploads`."""
        return await self._run(lambda: self._abort_uploads(prefix, started_before, within))

    def _abort_uploads(self, prefix: str, started_before: datetime | None, within: tuple[str, ...]) -> int:
        stale = [
            upload
            for upload in list_uploads(self._door, prefix)
            if upload.key.startswith(within) and (started_before is None or upload.started_at < started_before)
        ]
        for upload in stale:
            abort_upload(self._door, upload.key, upload.upload_id)
        return len(stale)

    async def close(self) -> None:
        """Wait for what is under way, then give back threads and connections."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for pool in (self._transfers, self._requests, self._readers):
            pool.shutdown(wait=True, cancel_futures=True)
        self._door.close()


def _close_unwanted(beginning: Future[reading.Download]) -> None:
    if not beginning.cancelled() and beginning.exception() is None:
        beginning.result().close()


async def open_vault(
    address: S3Address, *, create_bucket: bool = True, patience: Patience | None = None, room: Room | None = None
) -> S3Vault:
    """Connect to a bucket, create it if it is missing and wanted, and find out what the store really does.

    Raises:
        StoreUnavailable, StoreAccessDenied: the store cannot be used; nothing stays open.
        BucketMissing: the bucket is missing and not to be created.
    """
    vault = S3Vault(address, patience=patience, room=room)
    try:
        if create_bucket:
            await vault.ensure_bucket()
        await vault.probe()
    except BaseException:
        await vault.close()
        raise
    return vault
