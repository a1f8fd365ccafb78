"""A prefix of keys in an object storage: whoever scans puts objects there, the connection takes them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from core.connections.places.names import REJECTED, asides, told_reason
from core.sdk.connectors import PlacedFile
from core.sdk.errors import ConnectorError, ConnectorMisconfigured, ConnectorRecordRefused, ConnectorTransient
from storage.errors import (
    BucketMissing,
    ObjectAbsent,
    ObjectChanged,
    StorageError,
    StoreAccessDenied,
)
from storage.inbox import Inbox, InboxEntry

_NO_PARTS: Final = frozenset({"", ".", ".."})


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """What lies below `prefix`, which ends with `/`."""

    inbox: Inbox
    prefix: str
    _entries: dict[tuple[str, str], InboxEntry] = field(default_factory=dict, repr=False)
    """What was listed, by path and version."""

    async def ready(self) -> None:
        """Return if the bucket answers."""
        with _faults():
            await self.inbox.ping()

    async def listing(self) -> AsyncIterator[PlacedFile]:
        """Return what lies there now; keys that are no paths (marks of folders, `..`) are no files."""
        with _faults():
            async for entry in self.inbox.listing(self.prefix):
                path = entry.key.removeprefix(self.prefix)
                parts = path.split("/")
                if parts[0] == REJECTED or not _NO_PARTS.isdisjoint(parts):
                    continue
                placed = _placed(path, entry)
                self._entries[path, placed.version] = entry
                yield placed

    async def open(self, file: PlacedFile) -> AsyncIterator[bytes]:
        """Return the bytes of this very version."""
        with _faults(file):
            async with self.inbox.open(await self._entry(file)) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def release(self, file: PlacedFile) -> None:
        """Remove the file, unless it has changed since or is gone."""
        with _faults(), _unless_other():
            await self.inbox.remove(await self._entry(file))

    async def set_aside(self, file: PlacedFile, reason: str) -> None:
        """Copy the file to the refused ones with the reason beside it, then remove it; repeated, it goes on."""
        told = told_reason(file, reason)
        with _faults(), _unless_other():
            entry = await self._entry(file)
            if await self.inbox.look(entry.key) != entry:
                return
            for aside, note in asides(file.path):
                # The reason says whose place it is; a copy of an earlier attempt is found again.
                if await self._is_ours(aside, note, told) and await self.inbox.copy(entry, self.prefix + aside):
                    await self.inbox.remove(entry)
                    return
            detail = f"too many refused files are called «{file.path}»; empty the folder «{REJECTED}»"
            raise ConnectorMisconfigured(detail)

    async def _is_ours(self, aside: str, note: str, told: bytes) -> bool:
        try:
            await self.inbox.look(self.prefix + note)
        except ObjectAbsent:
            try:
                await self.inbox.look(self.prefix + aside)
            except ObjectAbsent:
                return await self.inbox.write(self.prefix + note, told)
            return False
        return await self.inbox.write(self.prefix + note, told)

    async def _entry(self, file: PlacedFile) -> InboxEntry:
        """Return the entry that was listed; of another run it is found again, or is another now."""
        known = self._entries.get((file.path, file.version))
        if known is not None:
            return known
        if not _NO_PARTS.isdisjoint(file.path.split("/")):
            raise ObjectAbsent(file.path)
        entry = await self.inbox.look(self.prefix + file.path)
        if _placed(file.path, entry).version != file.version:
            raise ObjectChanged(file.path)
        return entry


def _placed(path: str, entry: InboxEntry) -> PlacedFile:
    # With the time: the same bytes that are put there again are another scan to be taken.
    version = f"{entry.etag}-{entry.size}-{int(entry.stored_at.timestamp())}"
    return PlacedFile(path=path, size=entry.size, modified_at=entry.stored_at, version=version)


@contextmanager
def _unless_other() -> Iterator[None]:
    """What has changed or is gone is not the file that was kept."""
    try:
        yield
    except (ObjectAbsent, ObjectChanged):
        return


@contextmanager
def _faults(file: PlacedFile | None = None) -> Iterator[None]:
    """Say what is wrong with the file or with the storage."""
    try:
        yield
    except ConnectorError:
        raise
    except (ObjectAbsent, ObjectChanged) as error:
        detail = f"«{file.path if file else error.key}» is gone or has changed; what lies there now is looked at anew"
        raise ConnectorRecordRefused(detail) from error
    except (BucketMissing, StoreAccessDenied) as error:
        detail = f"the storage for scans cannot be used: {error}"
        raise ConnectorMisconfigured(detail) from error
    except StorageError as error:
        raise ConnectorTransient(str(error)) from error
