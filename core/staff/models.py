"""The table of the staff."""

from datetime import date, datetime
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class StaffMember(InstitutionRow):
    """A member of the staff («работник»)."""

    family_name: str = fields.TextField()
    given_name: str = fields.TextField(default="")
    patronymic: str = fields.TextField(default="")
    position: str = fields.TextField(default="")
    subjects: str = fields.TextField(default="")
    """Taught, in the words of who wrote it; enrolments say which in which group."""
    external_number: str = fields.TextField(default="")
    birth_date: date | None = fields.DateField(null=True)
    snils: str = fields.TextField(default="")
    email: str = fields.TextField(default="")
    phone: str = fields.TextField(default="")
    account_id: UUID | None = fields.UUIDField(null=True)
    """Account that serves the institution; with the role of teacher it sees the groups of this member."""
    archived: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Works here no longer."""
    imported: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """A source speaks of it."""
    gone_at: datetime | None = fields.DatetimeField(null=True)
    """Since when no source has it any more; it stays here."""
    sort_key: str = fields.TextField()
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "staff"

    @property
    def full_name(self) -> str:
        """Family name, given name and patronymic in the order of Russian papers."""
        return " ".join(part for part in (self.family_name, self.given_name, self.patronymic) if part)
