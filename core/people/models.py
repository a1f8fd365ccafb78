"""Tables of learners and groups."""

from datetime import date, datetime

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class Person(InstitutionRow):
    """A learner («обучающийся»), as one institution knows him or her."""

    family_name: str = fields.TextField()
    given_name: str = fields.TextField()
    patronymic: str = fields.TextField(default="")
    former_names: str = fields.TextField(default="")
    birth_date: date | None = fields.DateField(null=True)
    external_number: str = fields.TextField(default="")
    note: str = fields.TextField(default="")
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


class Group(InstitutionRow):
    """A class or study group («группа», «класс») in one study year."""

    name: str = fields.TextField()
    study_year: str = fields.TextField(default="")
    programme: str = fields.TextField(default="")
    note: str = fields.TextField(default="")
    sort_key: str = fields.TextField()
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "groups"
