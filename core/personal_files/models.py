"""Table of personal files."""

from datetime import date, datetime
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class PersonalFile(InstitutionRow):
    """The personal file («личное дело») of one learner."""

    person_id: UUID = fields.UUIDField()
    number: str = fields.TextField()
    opened_on: date = fields.DateField()
    closed_on: date | None = fields.DateField(null=True)
    note: str = fields.TextField(default="")
    blocked: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "personal_files"
