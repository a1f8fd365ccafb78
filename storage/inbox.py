"""The inbox: objects that others put below a prefix, to be read, kept elsewhere and taken away; never an original."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

MAX_NAME = 1024
"""Bytes of a whole key in UTF-8 (S3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """An object as it lies there now."""

    key: str
    """Any text; whoever put it there chose it."""
    size: int
    """Bytes."""
    etag: str
    """Changes with the bytes."""
    stored_at: datetime
    """By the clock of the store, in whole seconds."""


class Inbox(ABC):
    """Objects of somebody else; every method may raise `StorageError` and its family.

    Each call can be repeated. What has changed since it was looked at (another `etag` or time) is never read, moved or
    removed: `ObjectChanged`.
    """

    @abstractmethod
    async def ping(self) -> None:
        """Ask the store for its bucket, within about 3 seconds.

        Raises:
            StoreUnavailable: no answer.
            BucketMissing: the bucket is gone.
        """

    @abstractmethod
    def listing(self, prefix: str) -> AsyncIterator[InboxEntry]:
        """What lies below a prefix now, ordered by key; only the newest version of each."""

    @abstractmethod
    async def look(self, key: str) -> InboxEntry:
        """What lies under a key now.

        Raises:
            ObjectAbsent: nothing does.
        """

    @abstractmethod
    def open(self, entry: InboxEntry) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Stream the bytes of an entry in chunks of at most 1 MiB; the connection is released on leaving the block.

        Raises:
            ObjectAbsent: nothing lies under its key any more.
            ObjectChanged: something else does.
        """

    @abstractmethod
    async def write(self, key: str, data: bytes) -> bool:
        """Write a small object under a new key; answer whether these bytes lie there now, written earlier included."""

    @abstractmethod
    async def copy(self, entry: InboxEntry, target: str) -> bool:
        """Copy an entry to a new key within the store; answer whether its bytes lie there now, copied earlier included.

        Raises:
            ObjectAbsent, ObjectChanged: see `open`; nothing is copied.
        """

    @abstractmethod
    async def remove(self, entry: InboxEntry) -> None:
        """Remove an entry with the versions below it; what is gone already is well.

        Raises:
            ObjectChanged: something else lies under the key; it stays.
        """

    @abstractmethod
    async def close(self) -> None:
        """Give back threads and connections; the inbox cannot be used afterwards."""

    async def __aenter__(self) -> Self:
        """Use the inbox in a block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the inbox at the end of the block."""
        await self.close()
