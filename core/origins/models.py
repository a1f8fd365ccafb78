"""Tables of origins, as the query layer sees them; `core/origins/migrations` makes them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class Origin(InstitutionRow):
    """One record of one source, and the entity of the registry that it speaks of."""

    connection_id: UUID = fields.UUIDField()
    stream: str = fields.TextField()
    external_id: str = fields.TextField()
    partition: str = fields.TextField(default="")
    kind: str = fields.TextField()
    entity_id: UUID = fields.UUIDField()
    made: bool = fields.BooleanField()  # type: ignore[assignment]
    hash: bytes = fields.BinaryField()
    mapped: dict[str, Any] = fields.JSONField()
    raw: dict[str, Any] = fields.JSONField()
    source_updated_at: datetime | None = fields.DatetimeField(null=True)
    first_run_id: UUID = fields.UUIDField()
    first_at: datetime = fields.DatetimeField()
    last_run_id: UUID = fields.UUIDField()
    last_at: datetime = fields.DatetimeField()
    gone_at: datetime | None = fields.DatetimeField(null=True)
    forgotten_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "origins"


class OriginChange(InstitutionRow):
    """What a record has changed in the registry after its first reading."""

    origin_id: UUID = fields.UUIDField()
    run_id: UUID | None = fields.UUIDField(null=True)
    change: str = fields.TextField()
    fields: dict[str, Any] = fields.JSONField(default=dict)
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "origin_changes"


class HandEdit(InstitutionRow):
    """A field that a person has changed by hand, as it was left last."""

    kind: str = fields.TextField()
    entity_id: UUID = fields.UUIDField()
    field: str = fields.TextField()
    value: Any = fields.JSONField(null=True)
    edited_by: UUID | None = fields.UUIDField(null=True)
    edited_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "hand_edits"


class OriginConflict(InstitutionRow):
    """A source says other than the hand."""

    kind: str = fields.TextField()
    entity_id: UUID = fields.UUIDField()
    field: str = fields.TextField()
    origin_id: UUID = fields.UUIDField()
    source_value: Any = fields.JSONField(null=True)
    hand_value: Any = fields.JSONField(null=True)
    hand_by: UUID | None = fields.UUIDField(null=True)
    hand_at: datetime | None = fields.DatetimeField(null=True)
    run_id: UUID | None = fields.UUIDField(null=True)
    raised_at: datetime = fields.DatetimeField()
    state: str = fields.TextField(default="open")
    """`open`, `kept`, `taken` or `moot` (the record is forgotten or speaks of another entity)."""
    settled_by: UUID | None = fields.UUIDField(null=True)
    settled_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "origin_conflicts"
