"""The door from imports to the connections of the institution."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.connections.finding import find_connection
from core.connections.mapping import MappingKind, decided, is_understood, see
from core.connections.mapping import Target as MappedTo
from core.connections.models import MappingRow
from core.connections.opening import open_connector
from core.connections.reach import propose_file_host
from core.connections.services import ConnectionServices
from core.connections.states import need_sign_in, note_hindrance, require_ready
from core.connections.streams import known_streams
from core.imports.services import OpenedConnection, Target, Words
from core.kernel.database.work import Work
from core.kernel.scope import Scope
from core.sdk.connectors import EntityKind

_OBJECTS: Final = MappingProxyType(
    {
        EntityKind.SUBJECTS: MappingKind.SUBJECT,
        EntityKind.GROUPS: MappingKind.GROUP,
        EntityKind.STUDY_PERIODS: MappingKind.PERIOD,
    }
)
_WORDS: Final[Mapping[EntityKind, Mapping[str, tuple[MappingKind, str]]]] = MappingProxyType(
    {
        EntityKind.RESULTS: {
            "result_kind": (MappingKind.RESULT_KIND, "kind_id"),
            "scale": (MappingKind.SCALE, "scale_id"),
        },
        EntityKind.FINAL_RESULTS: {
            "final_kind": (MappingKind.FINAL_KIND, "kind_id"),
            "scale": (MappingKind.SCALE, "scale_id"),
        },
        EntityKind.AWARDS: {"award_kind": (MappingKind.AWARD_KIND, "kind_id")},
        EntityKind.ATTENDANCE: {"status": (MappingKind.ATTENDANCE, "status")},
        EntityKind.GUARDIANS: {"relation": (MappingKind.RELATION, "relation")},
        EntityKind.ENROLMENTS: {"role": (MappingKind.ROLE, "meant_role")},
        EntityKind.FILES: {"document_kind": (MappingKind.DOCUMENT_KIND, "document_kind")},
    }
)
"""By kind and field: the kind of mapping, and under which name what it stands for goes into a record's data."""


class RegistryConnections:
    """What `core.connections` knows, as imports ask for it."""

    def __init__(self, services: ConnectionServices) -> None:
        self._services = services

    @asynccontextmanager
    async def open(self, scope: Scope, connection_id: UUID, *, started_at: datetime) -> AsyncIterator[OpenedConnection]:
        """Open a connection for a run; raise what `open_connector` raises."""
        del started_at
        async with open_connector(self._services, scope, connection_id) as opened:
            yield OpenedConnection(
                connection_id=connection_id,
                source=opened.connector,
                today=opened.today,
                streams=opened.row.streams,
                fingerprint=opened.row.fingerprint,
                document_kind=opened.row.document_kind,
                file_hosts=opened.row.file_hosts,
                redact=lambda text: str(opened.redact(text)),
            )

    async def require(self, work: Work, connection_id: UUID, *, ready: bool) -> str:
        """Return the connection's title; raise `NotFound`, or what `require_ready` raises if it is to be `ready`."""
        del work
        row = await find_connection(connection_id)
        if ready:
            require_ready(self._services, row)
        return row.title

    async def offered_streams(self, work: Work, connection_id: UUID) -> frozenset[str]:
        """Return the names of the streams that the last good check saw; none if there was no check."""
        del work
        return frozenset(stream["name"] for stream in known_streams(await find_connection(connection_id)))

    async def needs_sign_in(self, work: Work, connection_id: UUID, reason: str) -> None:
        """Say that the credentials are dead."""
        await need_sign_in(work, await find_connection(connection_id), reason)

    async def propose_file_host(self, work: Work, connection_id: UUID, host: str) -> None:
        """Show the operator a host from which a file would come."""
        await propose_file_host(work, connection_id, host)

    async def hindered(self, work: Work, connection_id: UUID, *, hindered: bool) -> datetime | None:
        """Note whether a passing problem has hindered a run; return since when runs have been."""
        return await note_hindrance(work, connection_id, hindered=hindered)

    async def targets(
        self, work: Work, connection_id: UUID, kind: EntityKind, records: Mapping[str, str]
    ) -> Mapping[str, Target]:
        """Return what the operator has mapped these objects to."""
        del work
        rows = await MappingRow.filter(
            connection_id=connection_id,
            kind=_OBJECTS[kind].value,
            source__in=[external_id[:500] for external_id in records],
            decided_at__isnull=False,
        )
        return {row.source: Target(row.target_id) for row in rows if row.ignored or row.target_id is not None}

    async def note_objects(self, work: Work, connection_id: UUID, kind: EntityKind, records: Mapping[str, str]) -> None:
        """Show the operator which objects (titles by external ids) the platform has."""
        await see(work, connection_id, _OBJECTS[kind], records)

    async def words(self, work: Work, connection_id: UUID, kind: EntityKind) -> Words:
        """Return what the operator has mapped the platform's words to."""
        names = _WORDS.get(kind)
        if names is None:
            return Words()
        known = await decided(work, connection_id)
        return Words(
            fields={
                name: {
                    word: _meant(mapping, column, target)
                    for (said_kind, word), target in known.items()
                    if said_kind == mapping.value
                }
                for name, (mapping, column) in names.items()
            }
        )

    async def met(
        self, work: Work, connection_id: UUID, kind: EntityKind, words: Mapping[str, Collection[str]]
    ) -> None:
        """Note words that nobody has mapped yet, and that the registry does not understand by itself."""
        for name, found in words.items():
            mapping, _ = _WORDS[kind][name]
            await see(work, connection_id, mapping, sorted(word for word in found if not is_understood(mapping, word)))


def _meant(mapping: MappingKind, column: str, target: MappedTo) -> Mapping[str, Any]:
    """Return what a word of the platform puts into a record's data; what is left out stays the platform's word."""
    if target.ignored:
        # A kind that is none: the file is of the kind that the connection names for such.
        return {column: ""} if mapping is MappingKind.DOCUMENT_KIND else {}
    meant = target.word if target.id is None else target.id
    return {} if meant is None else {column: meant}
