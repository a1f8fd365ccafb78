"""Table of conflicts, as the query layer sees it; the other tables of origins are reached by their verbs only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


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
