"""Tables of the nomenclature, as the query layer sees them; `migrations/` makes them and guards them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from core.kernel.database.rows import InstitutionRow


class Nomenclature(InstitutionRow):
    """The nomenclature («номенклатура дел») of one year."""

    year: int = fields.IntField()
    created_by: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "nomenclatures"


class NomenclatureVersion(InstitutionRow):
    """What a nomenclature says from `effective_on` on, until a later approved version of its year."""

    nomenclature_id: UUID = fields.UUIDField()
    ordinal: int = fields.IntField()
    year: int = fields.IntField()
    effective_on: date = fields.DateField()
    state: str = fields.TextField()
    """`draft`, `submitted`, `agreed`, `approved` or `abandoned`."""
    based_on_id: UUID | None = fields.UUIDField(null=True)
    note: str = fields.TextField(default="")
    authors: list[UUID] = ArrayField("uuid")
    """Everybody who changed the draft: none of them agrees to it or approves it."""
    submitted_by: UUID | None = fields.UUIDField(null=True)
    submitted_at: datetime | None = fields.DatetimeField(null=True)
    minutes_date: date | None = fields.DateField(null=True)
    minutes_number: str = fields.TextField(default="")
    minutes_members: list[str] = ArrayField("text", default=list)
    agreed_by: UUID | None = fields.UUIDField(null=True)
    agreed_at: datetime | None = fields.DatetimeField(null=True)
    number: str = fields.TextField(default="")
    approved_on: date | None = fields.DateField(null=True)
    approved_by: UUID | None = fields.UUIDField(null=True)
    approved_at: datetime | None = fields.DatetimeField(null=True)
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "nomenclature_versions"


class Section(InstitutionRow):
    """A section («раздел»): a unit of the staff list, or a function."""

    version_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    code: str = fields.TextField(default="")
    title: str = fields.TextField()
    last_position: int = fields.IntField(default=0)
    revision: int = fields.IntField(default=1)

    class Meta:
        """Tortoise settings."""

        table = "nomenclature_sections"


class RecordClass(InstitutionRow):
    """A row of a nomenclature («заголовок дела»); the cells are kept as they were written."""

    version_id: UUID = fields.UUIDField()
    section_id: UUID = fields.UUIDField()
    place: int = fields.BigIntField()
    """Grows in the order of the paper."""
    lineage_id: UUID = fields.UUIDField()
    """The same for one class in every version and year."""
    class_index: str = fields.TextField()
    title: str = fields.TextField()
    quantity: str = fields.TextField(default="")
    term: str = fields.TextField(default="")
    note: str = fields.TextField(default="")
    footnote: str = fields.TextField(default="")
    """What of the note, or below the table, the rule was read from."""
    article: str = fields.TextField(default="")
    paper_carrier: bool = fields.BooleanField(default=True)  # type: ignore[assignment]
    electronic_carrier: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    carried_over: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    reserve: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    rule_root_id: UUID | None = fields.UUIDField(null=True)
    """First row of the rule; None for a reserve number."""
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "record_classes"


class RuleVersion(InstitutionRow):
    """How a term was read, or what two people decided about one that was not understood; never changed."""

    root_id: UUID = fields.UUIDField()
    sequence: int = fields.IntField()
    origin: str = fields.TextField()
    """`nomenclature` or `decision`."""
    lineage_id: UUID = fields.UUIDField()
    term: str = fields.TextField()
    footnote: str = fields.TextField()
    article: str = fields.TextField()
    status: str = fields.TextField()
    """`understood` or `needs_review`."""
    reading: dict[str, Any] = fields.JSONField()
    basis: str = fields.TextField(default="")
    reason: str = fields.TextField(default="")
    proposed_by: UUID | None = fields.UUIDField(null=True)
    confirmed_by: UUID | None = fields.UUIDField(null=True)
    created_by: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "rule_versions"


class TermDecision(InstitutionRow):
    """What a records officer proposes for a term that was not understood, and what a second person answered."""

    root_id: UUID = fields.UUIDField()
    about_rule_id: UUID = fields.UUIDField()
    class_id: UUID = fields.UUIDField()
    term: str = fields.TextField()
    footnote: str = fields.TextField(default="")
    article: str = fields.TextField(default="")
    reading: dict[str, Any] = fields.JSONField()
    basis: str = fields.TextField()
    reason: str = fields.TextField()
    state: str = fields.TextField()
    """`proposed`, `confirmed` or `rejected`."""
    proposed_by: UUID = fields.UUIDField()
    proposed_at: datetime = fields.DatetimeField()
    answered_by: UUID | None = fields.UUIDField(null=True)
    answered_at: datetime | None = fields.DatetimeField(null=True)
    answer_reason: str = fields.TextField(default="")
    rule_id: UUID | None = fields.UUIDField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "term_decisions"
