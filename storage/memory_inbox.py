"""An inbox in memory with the behaviour of a real one, for tests and trials; it can be told to fail."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from storage.digest import CHUNK
from storage.errors import ObjectAbsent, ObjectChanged, StoreUnavailable
from storage.inbox import Inbox, InboxEntry


@dataclass(slots=True)
class MemoryInbox(Inbox):
    """Objects in a dictionary; times follow the clock that is passed in."""

    clock: Callable[[], datetime]
    unavailable: bool = False
    """Nothing is answered."""
    _objects: dict[str, tuple[InboxEntry, bytes]] = field(default_factory=dict)

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        if self.unavailable:
            raise StoreUnavailable(reason="told not to answer")

    def put(self, key: str, data: bytes) -> None:
        """Put an object there as somebody else would."""
        etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
        entry = InboxEntry(key=key, size=len(data), etag=etag, stored_at=self.clock().replace(microsecond=0))
        self._objects[key] = (entry, data)

    async def ping(self) -> None:
        """Answer unless told not to."""
        await self._answer()

    async def listing(self, prefix: str) -> AsyncIterator[InboxEntry]:
        """What lies below a prefix now."""
        await self._answer()
        for key in sorted(self._objects):
            if key.startswith(prefix) and key in self._objects:
                yield self._objects[key][0]

    async def look(self, key: str) -> InboxEntry:
        """What lies under a key now; see `Inbox.look`."""
        await self._answer()
        if key not in self._objects:
            raise ObjectAbsent(key)
        return self._objects[key][0]

    async def _same(self, entry: InboxEntry) -> bytes:
        if await self.look(entry.key) != entry:
            raise ObjectChanged(entry.key)
        return self._objects[entry.key][1]

    @asynccontextmanager
    async def open(self, entry: InboxEntry) -> AsyncIterator[AsyncIterator[bytes]]:
        """Stream the bytes of an entry; see `Inbox.open`."""
        yield _chunks(await self._same(entry))

    async def write(self, key: str, data: bytes) -> bool:
        """Write a small object under a new key; see `Inbox.write`."""
        await self._answer()
        if key not in self._objects:
            self.put(key, data)
        return self._objects[key][1] == data

    async def copy(self, entry: InboxEntry, target: str) -> bool:
        """Copy an entry to a new key; see `Inbox.copy`."""
        return await self.write(target, await self._same(entry))

    async def remove(self, entry: InboxEntry) -> None:
        """Remove an entry; see `Inbox.remove`."""
        try:
            await self._same(entry)
        except ObjectAbsent:
            return
        del self._objects[entry.key]

    async def close(self) -> None:
        """Forget nothing: the next user of this object sees the same content."""


async def _chunks(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), CHUNK):
        await asyncio.sleep(0)
        yield data[start : start + CHUNK]
