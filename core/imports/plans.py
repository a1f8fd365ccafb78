"""What a batch would do, and where it comes from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.imports.records import Item, Reader
from core.imports.services import Connections
from core.origins.writing import Writer
from core.sdk.connectors import EntityKind

Key = tuple[EntityKind, str]
"""Kind and external id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a batch comes from, and with what it is looked at."""

    connection_id: UUID
    run_id: UUID
    stream: str
    partition: str
    kind: EntityKind
    writer: Writer
    reader: Reader
    connections: Connections
    would_be: dict[Key, UUID] | None = None
    """In a dry run: entities that earlier batches would have made."""


@dataclass(frozen=True, slots=True)
class Known:
    """The origin of a record that was read before."""

    id: UUID
    entity_id: UUID
    gone: bool
    last_run_id: UUID


@dataclass(slots=True)
class Change:
    """A record that the registry is to take."""

    item: Item
    entity_id: UUID
    columns: Mapping[str, Any]
    """For a new entity all fields, for a matched one those it might fill, for a known one those the source changed."""
    known: Known | None = None
    made: bool = False
    whole: Mapping[str, Any] = field(default_factory=dict)
    """Of a known entity: all that the record says."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A record that cannot be taken now."""

    item: Item
    reason: str
    letter_class: str
    missing: Key | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A record of a person for whom candidates stand in the registry."""

    item: Item
    candidates: Sequence[Mapping[str, Any]]


@dataclass(slots=True)
class Plan:
    """What a batch does."""

    same: list[Known] = field(default_factory=list)
    new: list[Change] = field(default_factory=list)
    matched: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    gone: list[tuple[Item, Known]] = field(default_factory=list)
    returned: list[Known] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    proposed: list[Proposed] = field(default_factory=list)
    ignored: int = 0
    good: list[str] = field(default_factory=list)
    """External ids that were read well."""
    met: list[UUID] = field(default_factory=list)
    """Origins of records that the source has: known ones, and with `store` the new ones."""

    def leave_out(self, external_ids: Collection[str]) -> None:
        """Take records out that are not taken after all."""
        if external_ids:
            self.new, self.matched, self.changed = (
                [change for change in changes if change.item.external_id not in external_ids]
                for changes in (self.new, self.matched, self.changed)
            )
            self.good = [external_id for external_id in self.good if external_id not in external_ids]


def last_of_each(items: Sequence[Item]) -> list[Item]:
    """Return the items without earlier ones of the same external id: a page may come twice."""
    return list({item.external_id: item for item in items}.values())


def moment(value: datetime | None) -> str | None:
    """Return a moment as PostgreSQL reads it out of JSON."""
    return None if value is None else value.isoformat()
