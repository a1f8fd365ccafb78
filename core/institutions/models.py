"""The table of institutions, as the query layer sees it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from core.kernel.ids import new_id


class Institution(Model):
    """A school, college or university (организация, осуществляющая образовательную деятельность)."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    name: str = fields.TextField()
    short_name: str = fields.TextField()
    inn: str | None = fields.TextField(null=True)
    """Taxpayer number (ИНН): 10 digits, or 12 for a sole proprietor."""
    time_zone: str = fields.TextField()
    """IANA name; decides what "today" is."""
    settings: dict[str, Any] = fields.JSONField(default=dict)
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "institutions"
