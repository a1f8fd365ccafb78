"""What of the lines lies in storage: every version and delete marker of every object of their documents."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.disposal.execution.services import REQUESTS_AT_ONCE
from storage.keys import document_prefixes
from storage.objects import VersionEntry
from storage.vault import Vault


@dataclass(frozen=True, slots=True)
class GoingDocument:
    """A document that goes with a line."""

    id: UUID
    line_id: UUID
    quarantined: bool
    """Whether a file of it ever waited in quarantine, where its bytes had another key."""

    def prefixes(self, institution_id: UUID, *, originals_known: bool = False) -> Iterator[str]:
        """Give every prefix under which something of it may lie, or all but that of originals asked for by key."""
        originals, quarantine, renditions = document_prefixes(institution_id, self.id)
        yield renditions
        if not originals_known:
            yield originals
        if self.quarantined:
            yield quarantine


@dataclass(frozen=True, slots=True)
class FoundObject:
    """A version or delete marker that storage lists."""

    line_id: UUID
    document_id: UUID
    entry: VersionEntry

    def as_json(self) -> dict[str, Any]:
        """Return the columns of its row."""
        return {
            "line_id": str(self.line_id),
            "document_id": str(self.document_id),
            "key": self.entry.key,
            "version_id": self.entry.version_id,
            "role": "rendition" if self.entry.key.startswith("renditions/") else "original",
            "size": self.entry.size,
            "delete_marker": self.entry.is_delete_marker,
        }


async def list_objects(
    vault: Vault, institution_id: UUID, documents: Iterable[GoingDocument], *, originals_known: bool = False
) -> list[FoundObject]:
    """Ask storage what lies under the prefixes of these documents; raise `StorageError`."""
    waiting = iter(
        [
            (each, prefix)
            for each in documents
            for prefix in each.prefixes(institution_id, originals_known=originals_known)
        ]
    )
    found: list[FoundObject] = []

    async def ask() -> None:
        for document, prefix in waiting:
            listed = [entry async for entry in vault.versions(prefix)]
            found.extend(FoundObject(document.line_id, document.id, entry) for entry in listed)

    await side_by_side(ask)
    return found


async def side_by_side(worker: Callable[[], Awaitable[None]], count: int = REQUESTS_AT_ONCE) -> None:
    """Run a worker several times at once; raise the first error, after every one has ended."""
    outcomes = await asyncio.gather(*(worker() for _ in range(count)), return_exceptions=True)
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
