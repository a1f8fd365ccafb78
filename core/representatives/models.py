"""The table of legal representatives."""

from datetime import date, datetime
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class Representative(InstitutionRow):
    """A legal representative («законный представитель») of one learner."""

    person_id: UUID = fields.UUIDField()
    """The learner."""
    family_name: str = fields.TextField()
    given_name: str = fields.TextField(default="")
    patronymic: str = fields.TextField(default="")
    relation: str = fields.TextField(default="")
    """Mother, father, guardian: in the words of who wrote it."""
    birth_date: date | None = fields.DateField(null=True)
    snils: str = fields.TextField(default="")
    email: str = fields.TextField(default="")
    phone: str = fields.TextField(default="")
    ground: str = fields.TextField(default="")
    """The document that says so."""
    starts_on: date | None = fields.DateField(null=True)
    ends_on: date | None = fields.DateField(null=True)
    imported: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """A source speaks of it."""
    gone_at: datetime | None = fields.DatetimeField(null=True)
    """Since when no source has it any more; it stays here."""
    sort_key: str = fields.TextField()
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "representatives"

    @property
    def full_name(self) -> str:
        """Family name, given name and patronymic in the order of Russian papers."""
        return " ".join(part for part in (self.family_name, self.given_name, self.patronymic) if part)
