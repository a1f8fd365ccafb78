"""Tables of the kernel, as the query layer sees them; `core/kernel/migrations` makes them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class AuditEntryRow(InstitutionRow):
    """One entry of the audit trail; never changed, never removed."""

    recorded_at: datetime = fields.DatetimeField()
    actor_kind: str = fields.TextField()
    actor_id: UUID | None = fields.UUIDField(null=True)
    action: str = fields.TextField()
    object_type: str = fields.TextField()
    object_id: str = fields.TextField()
    purpose: str = fields.TextField()
    source: str = fields.TextField()
    request_id: str = fields.TextField()
    payload_digest: bytes = fields.BinaryField()

    class Meta:
        """Tortoise settings."""

        table = "audit_entries"


class JobRow(InstitutionRow):
    """What people see of a background job."""

    kind: str = fields.TextField()
    subject_type: str = fields.TextField()
    subject_id: str = fields.TextField()
    state: str = fields.TextField()
    done: int = fields.IntField()
    total: int | None = fields.IntField(null=True)
    message: str = fields.TextField()
    attempts: int = fields.IntField()
    requested_by: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()
    started_at: datetime | None = fields.DatetimeField(null=True)
    finished_at: datetime | None = fields.DatetimeField(null=True)
    cancel_requested_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "jobs"


class OutboxEventRow(InstitutionRow):
    """Something that has happened and that plugins are to hear of."""

    topic: str = fields.TextField()
    payload: dict[str, Any] = fields.JSONField()
    occurred_at: datetime = fields.DatetimeField()
    delivered_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "outbox_events"


class DeliveryRow(InstitutionRow):
    """How one plugin is told of one event."""

    event_id: UUID = fields.UUIDField()
    plugin: str = fields.TextField()
    attempts: int = fields.IntField()
    given_up_at: datetime = fields.DatetimeField()
    last_error: str = fields.TextField()

    class Meta:
        """Tortoise settings."""

        table = "outbox_deliveries"
