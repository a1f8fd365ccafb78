"""What a feature does for the importer: write records of one kind, many at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from core.kernel.database.work import Work
from core.sdk.connectors import EntityKind


class FieldPolicy(StrEnum):
    """What happens when the source changes a field that a person has changed in the registry."""

    HAND_WINS = "hand_wins"
    """The person's value stays; what the source says is kept beside it."""
    CONFLICT = "conflict"
    """A conflict is raised for a person to settle; until then the person's value stays."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record to be written: its fields by the feature's column names, references resolved to identifiers."""

    entity_id: UUID
    """Made by the importer for a new entity."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """For a new entity all of them, for a known one those that are to change."""


class Writer(Protocol):
    """What each feature offers for each kind that can be imported."""

    kind: EntityKind
    policies: Mapping[str, FieldPolicy]
    """By column; a column that is not named: `HAND_WINS`."""

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the fields of `data` (a record's `Mapped`, references resolved) by column names of the feature.

        Pure and quick: it is asked once a record, thousands a second.
        """
        ...

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Insert new entities by one statement."""
        ...

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change known entities by one statement."""
        ...

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that the source has these no longer, or (`None`) that it has them again. Nothing is ever removed."""
        ...
