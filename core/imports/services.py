"""What an import works with: the registry's writers, the door to connections, and the intake of documents."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from core.documents.services import DocumentServices
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.scope import Scope
from core.origins.writing import Writer
from core.sdk.connectors import Connector, EntityKind
from core.sdk.errors import ConnectorMisconfigured


def as_it_is(text: str) -> str:
    """Return `text`; for connections without secrets."""
    return text


@dataclass(frozen=True, slots=True)
class Target:
    """What an object of the platform was mapped to by a person."""

    entity_id: UUID | None
    """`None`: nothing in the institution answers to it, and its record is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What words of the platform stand for in the institution; goes into a record's data beside them."""

    fixed: Mapping[str, Any] = field(default_factory=dict)
    """In every record: `source_id`."""
    fields: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    """By field and word: `{"result_kind": {"Контрольная": {"kind_id": …}}}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedConnection:
    """A connection that is open for one run or one step of it."""

    connection_id: UUID
    source: Connector | None = None
    """`None` where a run needs nothing of the source."""
    today: date
    """Of the institution."""
    streams: Sequence[str] | None = None
    """Those that the operator chose; `None`: every one that is not optional."""
    fingerprint: str = ""
    """Of the part of the configuration that changes what streams return."""
    document_kind: str = ""
    """Of files that name none."""
    file_hosts: Sequence[str] = ()
    """Hosts of files that somebody has confirmed."""
    redact: Callable[[str], str] = field(default=as_it_is, repr=False)
    """Masks the connection's secrets in a text."""

    @property
    def connector(self) -> Connector:
        """The way to the source; raise `ConnectorMisconfigured` where there is none."""
        if self.source is None:
            detail = "the connection was not opened"
            raise ConnectorMisconfigured(detail)
        return self.source


class Connections(Protocol):
    """What the importer asks of connections; `core.connections` answers in the service."""

    def open(
        self, scope: Scope, connection_id: UUID, *, started_at: datetime
    ) -> AbstractAsyncContextManager[OpenedConnection]:
        """Open a connection for a run; raise a `ConnectorError` if it cannot be."""
        ...

    async def require(self, work: Work, connection_id: UUID, *, ready: bool) -> str:
        """Return the connection's title; raise `NotFound`, or if it is to be `ready` and may not run: a `Conflict`."""
        ...

    async def offered_streams(self, work: Work, connection_id: UUID) -> frozenset[str]:
        """Return the names of the streams that the last good check saw; none if there was no check."""
        ...

    async def needs_sign_in(self, work: Work, connection_id: UUID, reason: str) -> None:
        """Say that the credentials are dead: schedules pause until somebody signs in again."""
        ...

    async def propose_file_host(self, work: Work, connection_id: UUID, host: str) -> None:
        """Show the operator a host from which a file would come, for somebody to confirm."""
        ...

    async def hindered(self, work: Work, connection_id: UUID, *, hindered: bool) -> datetime | None:
        """Note whether a passing problem has hindered a run; return since when runs have been, `None`: they are not."""
        ...

    async def targets(
        self, work: Work, connection_id: UUID, kind: EntityKind, records: Mapping[str, str]
    ) -> Mapping[str, Target]:
        """Return what these objects (titles by external ids, empty if not known) were mapped to."""
        ...

    async def note_objects(self, work: Work, connection_id: UUID, kind: EntityKind, records: Mapping[str, str]) -> None:
        """Show the operator objects (titles by external ids) that a run has met first."""
        ...

    async def words(self, work: Work, connection_id: UUID, kind: EntityKind) -> Words:
        """Return what the operator has mapped the platform's words to."""
        ...

    async def met(
        self, work: Work, connection_id: UUID, kind: EntityKind, words: Mapping[str, Collection[str]]
    ) -> None:
        """Note words (by field) that nobody has mapped yet, for the operator to see."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportServices:
    """What runs of imports work with in one process."""

    database: Database
    clock: Clock
    connections: Connections
    writers: Mapping[EntityKind, Writer]
    documents: DocumentServices | None = None
    """`None`: no file is taken in."""
    at_once: int = 1_000
    """Records of one transaction."""
    beat_every: float = 2.0
    """Seconds between signs of life of a run that waits."""
