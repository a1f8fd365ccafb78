"""Tables of subscriptions and messages, as the query layer sees them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from core.kernel.database.rows import InstitutionRow


class Subscription(InstitutionRow):
    """Who wants to be told of what, and by which notifier."""

    notifier: str = fields.TextField()
    recipient: str = fields.TextField()
    title: str = fields.TextField()
    topics: list[str] = ArrayField("text")
    language: str = fields.TextField()
    state: str = fields.TextField(default="active")
    """`active`, `paused` (by a person) or `failing` (by the recipient's answer; a person resumes it)."""
    state_reason: str = fields.TextField(default="")
    secret_key_id: str | None = fields.TextField(null=True)
    secret_envelope: bytes | None = fields.BinaryField(null=True)
    revision: int = fields.IntField(default=1)
    created_by: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "subscriptions"


class Message(InstitutionRow):
    """An event for a subscription: waiting, sent or given up."""

    subscription_id: UUID = fields.UUIDField()
    event_id: UUID = fields.UUIDField()
    topic: str = fields.TextField()
    object_id: UUID | None = fields.UUIDField(null=True)
    facts: dict[str, Any] = fields.JSONField()
    occurred_at: datetime = fields.DatetimeField()
    state: str = fields.TextField(default="waiting")
    attempts: int = fields.IntField(default=0)
    next_attempt_at: datetime = fields.DatetimeField()
    last_error: str = fields.TextField(default="")
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "messages"
