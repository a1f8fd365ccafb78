"""What a feature does for the importer: write records of one kind, many at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from core.kernel.database.work import Work
from core.sdk.connectors import EntityKind


class FieldPolicy(StrEnum):
    """What happens when the source changes a field that a person has changed in the registry."""

    HAND_WINS = "hand_wins"
    """The person's value stays; what the source says is kept beside it."""
    CONFLICT = "conflict"
    """A conflict is raised for a person to settle; until then the person's value stays."""


class RecordUnfit(Exception):
    """`Writer.columns` raises it for a record that the registry cannot take; the message is safe to show.

    The record becomes a dead letter, the others are written.
    """


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
    table: str
    """Where the entities are: a table with `id`, `institution_id` and every column that `columns` names."""
    policies: Mapping[str, FieldPolicy]
    """By column; a column that is not named: `HAND_WINS`."""
    proposes: bool
    """Whether entities are people who may be there already under the same name, so that a person has to confirm.

    The table then has `family_name`, `given_name`, `patronymic`, `birth_date` and the `sort_key` of
    `core.people.names.person_sort_key`.
    """

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the fields of `data` by column names of the feature; raise `RecordUnfit`.

        `data` holds what the record says, by the names of its `Mapped` model, references resolved to identifiers;
        fields at their default are left out, unless the source has taken back what it said before. Pure and quick: it
        is asked once a record, thousands a second. Values are such as `create` and `update` take them.
        """
        ...

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:
        """Return, by their places in `wanted` (fields by column), the entities that are there under the same key.

        A key is what identifies without doubt: the institution's own number of a person, name and study year of a
        group. Kinds without such a key return nothing. By one question.
        """
        ...

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Insert new entities by one statement."""
        ...

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change known entities by one statement; rows may name different fields."""
        ...

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that the source has these no longer, or (`None`) that it has them again. Nothing is ever removed."""
        ...


@runtime_checkable
class Refusing(Protocol):
    """A writer that can say of many new records at once which of them a rule of the registry does not let in."""

    async def refusals(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, str]:
        """Return, by their places in `wanted` (fields by column), the codes of the rules that refuse records.

        `create` refuses all of a batch for one of them; who asks here first has the others written.
        """
        ...
