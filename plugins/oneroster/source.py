"""Where objects come from: what bundles and a server have in common."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.sdk.connectors import CheckResult, Problem, ReadRequest, SyncMode
from plugins.oneroster.mapping import Item
from plugins.oneroster.values import OneRosterObject

Memories = Mapping[str, Callable[[OneRosterObject], Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some objects of a collection, as they are read."""

    items: Sequence[Item]
    problems: Sequence[Problem] = field(default=())
    cursor: str | None = None
    """Everything up to here has been given; `None`: nothing can be said yet."""
    done: int = 0
    """Objects read so far."""
    total: int | None = None


class Source(Protocol):
    """Bundles or a server. Collections have the names of the REST lists: `users`, `lineItems`."""

    def sync(self, collection: str, *, whole: bool) -> SyncMode:
        """Return whether the whole collection is read each time (`whole`: as far as it can be), or what has changed."""
        ...

    def batches(self, collection: str, request: ReadRequest) -> AsyncIterator[Batch]:
        """Return the objects that `request` asks for, a few hundred at a time."""
        ...

    def everything(self, collection: str) -> AsyncIterator[Batch]:
        """Return all objects there are, without cursors."""
        ...

    def gather(self, collection: str, ids: set[str]) -> AsyncIterator[int]:
        """Get to know these objects, as far as the source has them; yields after each request, or some rows."""
        ...

    def known(self, collection: str) -> Mapping[str, Any]:
        """Return what is remembered of the objects of a collection (`mapping.memories`), by their identifiers."""
        ...

    async def check(self, needs: Mapping[str, tuple[str, ...]]) -> CheckResult:
        """Prove that the source can be read; `needs` are the collections of each stream, its own first."""
        ...
