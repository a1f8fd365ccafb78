"""Tables of learners and groups."""

from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow, Own


class Person(InstitutionRow):
    """A learner («обучающийся»), as one institution knows him or her."""

    own_by = MappingProxyType({"id": Own.LEARNERS})

    family_name: str = fields.TextField()
    given_name: str = fields.TextField()
    patronymic: str = fields.TextField(default="")
    former_names: str = fields.TextField(default="")
    birth_date: date | None = fields.DateField(null=True)
    external_number: str = fields.TextField(default="")
    sex: str = fields.TextField(default="")
    """`male`, `female` or empty."""
    snils: str = fields.TextField(default="")
    """11 digits («СНИЛС»)."""
    email: str = fields.TextField(default="")
    phone: str = fields.TextField(default="")
    note: str = fields.TextField(default="")
    archived: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Has left."""
    imported: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """A source speaks of it."""
    gone_at: datetime | None = fields.DatetimeField(null=True)
    """Since when no source has it any more; it stays here."""
    sort_key: str = fields.TextField()
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "people"

    @property
    def full_name(self) -> str:
        """Family name, given name and patronymic in the order of Russian papers."""
        return " ".join(part for part in (self.family_name, self.given_name, self.patronymic) if part)


class EndedPerson(InstitutionRow):
    """What is left of a learner whose rows ended, or shall end, with the last file."""

    person_id: UUID = fields.UUIDField()
    act: dict[str, str] = fields.JSONField()
    """Disposal act: `id`, `number`, `date`."""
    counts: dict[str, int] = fields.JSONField()
    """Rows by kind that people approved to end, beside the card."""
    noted_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)
    """None: something keeps the learner still."""
    names: str = fields.TextField(default="")
    """For the papers of the act alone, until it is certified."""

    class Meta:
        """Tortoise settings."""

        table = "ended_people"


class Group(InstitutionRow):
    """A class or study group («группа», «класс») in one study year."""

    own_by = MappingProxyType({"id": Own.GROUPS})

    name: str = fields.TextField()
    study_year: str = fields.TextField(default="")
    programme: str = fields.TextField(default="")
    kind: str = fields.TextField(default="")
    """Class, study group, subgroup, course: in the words of who made it."""
    level: str = fields.TextField(default="")
    """Year of study («параллель»)."""
    parent_id: UUID | None = fields.UUIDField(null=True)
    note: str = fields.TextField(default="")
    archived: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    imported: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """A source speaks of it."""
    gone_at: datetime | None = fields.DatetimeField(null=True)
    """Since when no source has it any more; it stays here."""
    sort_key: str = fields.TextField()
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "groups"
