"""The inbox over S3: blocking requests in threads, so that the event loop never waits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar
from urllib.parse import quote

from minio.datatypes import Object

from storage.errors import ObjectAbsent, ObjectChanged
from storage.inbox import Inbox, InboxEntry
from storage.s3 import reading
from storage.s3.address import S3Address
from storage.s3.client import Door, Patience
from storage.s3.faults import PreconditionRefused, translated
from storage.s3.listing import list_versions
from storage.s3.putting import ONLY_IF_NEW
from storage.s3.removal import remove_version
from storage.s3.state import stat

T = TypeVar("T")

_PAGE = 500
_THREADS = 4
_COPIED = "x-amz-meta-copied-etag"
"""The tag of what was copied: the tag of the copy may be another (parts)."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class S3Inbox(Inbox):
    """An inbox in an S3 bucket, with versions or without."""

    def __init__(self, address: S3Address, *, patience: Patience | None = None) -> None:
        """Prepare the connection; nothing is sent before the first call."""
        self._door = Door(address, patience or Patience())
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="inbox")

    async def _run(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, action)

    async def ping(self) -> None:
        """Ask the store for its bucket; see `Inbox.ping`."""
        await self._run(self._door.ping)

    async def listing(self, prefix: str) -> AsyncIterator[InboxEntry]:
        """What lies below a prefix now, page by page."""
        found = self._door.client.list_objects(self._door.bucket, prefix=prefix, recursive=True)
        full = True
        while full:
            page = await self._run(lambda: _page(found, prefix))
            full = len(page) == _PAGE
            for entry in page:
                yield entry

    async def look(self, key: str) -> InboxEntry:
        """What lies under a key now; see `Inbox.look`."""
        return await self._run(lambda: _look(self._door, key))

    @asynccontextmanager
    async def open(self, entry: InboxEntry) -> AsyncIterator[AsyncIterator[bytes]]:
        """Stream the bytes of an entry; see `Inbox.open`."""
        beginning = self._threads.submit(lambda: self._begin(entry))
        try:
            download = await asyncio.wrap_future(beginning)
        except asyncio.CancelledError:
            beginning.add_done_callback(_close_unwanted)
            raise
        try:
            yield self._chunks(download)
        finally:
            await asyncio.shield(self._run(download.close))

    def _begin(self, entry: InboxEntry) -> reading.Download:
        _require_same(self._door, entry)
        download = reading.begin(self._door, entry.key)
        if (download.etag, download.total_size) != (entry.etag, entry.size):
            download.close()
            raise ObjectChanged(entry.key)
        return download

    async def _chunks(self, download: reading.Download) -> AsyncIterator[bytes]:
        while chunk := await self._run(download.read):
            yield chunk

    async def write(self, key: str, data: bytes) -> bool:
        """Write a small object under a new key; see `Inbox.write`."""
        return await self._run(lambda: self._write(key, data))

    def _write(self, key: str, data: bytes) -> bool:
        headers = {"Content-Type": "text/plain; charset=utf-8"} | ONLY_IF_NEW
        try:
            _look(self._door, key)
        except ObjectAbsent:
            with contextlib.suppress(PreconditionRefused):
                self._door.send("PUT", key, headers=headers, body=data)
        return bytes(self._door.send("GET", key).data) == data

    async def copy(self, entry: InboxEntry, target: str) -> bool:
        """Copy an entry to a new key; see `Inbox.copy`."""
        return await self._run(lambda: self._copy(entry, target))

    def _copy(self, entry: InboxEntry, target: str) -> bool:
        _require_same(self._door, entry)
        try:
            _look(self._door, target)
        except ObjectAbsent:
            headers = {
                "x-amz-copy-source": quote(f"/{self._door.bucket}/{entry.key}"),
                "x-amz-copy-source-if-match": f'"{entry.etag}"',
                "x-amz-metadata-directive": "REPLACE",
                _COPIED: entry.etag,
            }
            try:
                self._door.send("PUT", target, headers=headers)
            except PreconditionRefused as error:
                raise ObjectChanged(entry.key) from error
            # A store may ignore the condition.
            _require_same(self._door, entry)
        found = self._door.send("HEAD", target).headers
        return (found.get(_COPIED), found.get("content-length")) == (entry.etag, str(entry.size))

    async def remove(self, entry: InboxEntry) -> None:
        """Remove an entry with the versions below it; see `Inbox.remove`."""
        await self._run(lambda: self._remove(entry))

    def _remove(self, entry: InboxEntry) -> None:
        # Listed before it is looked at: a version that comes meanwhile is found to be another, and stays.
        versions = [each for each in list_versions(self._door, entry.key) if each.key == entry.key]
        try:
            _require_same(self._door, entry)
        except ObjectAbsent:
            return
        # The newest goes last: an interruption never lets an older one look like a new file.
        for version in sorted(versions, key=lambda each: each.is_newest):
            with contextlib.suppress(ObjectAbsent):
                remove_version(self._door, entry.key, version.version_id)

    async def close(self) -> None:
        """Wait for what is under way, then give back threads and connections."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._door.close()


def _page(found: Iterator[Object], prefix: str) -> list[InboxEntry]:
    with translated(prefix):
        return [
            InboxEntry(
                key=each.object_name or "",
                size=each.size or 0,
                etag=(each.etag or "").strip('"'),
                stored_at=(each.last_modified or _EPOCH).replace(microsecond=0),
            )
            for each in islice(found, _PAGE)
        ]


def _look(door: Door, key: str) -> InboxEntry:
    present = stat(door, key)
    return InboxEntry(key=key, size=present.size, etag=present.etag, stored_at=present.stored_at)


def _require_same(door: Door, entry: InboxEntry) -> None:
    if _look(door, entry.key) != entry:
        raise ObjectChanged(entry.key)


def _close_unwanted(beginning: Future[reading.Download]) -> None:
    if not beginning.cancelled() and beginning.exception() is None:
        beginning.result().close()
