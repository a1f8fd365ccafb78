"""Tables of cases and holds, as the query layer sees them; `migrations/` makes them and guards them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow
from retention.case_facts import CaseState


class RetentionPolicy(InstitutionRow):
    """What the institution decided about the reading of terms; the latest row holds."""

    source_of_acquisition: bool = fields.BooleanField()  # type: ignore[assignment]
    permanent_without_source: str = fields.TextField()
    need_floor_years: int = fields.IntField()
    after_open_end: str = fields.TextField()
    liquidated_on: date | None = fields.DateField(null=True)
    """Day of the liquidation of the institution, once two people have said so."""
    basis: str = fields.TextField()
    decided_by: UUID = fields.UUIDField()
    decided_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "retention_policies"


class Liquidation(InstitutionRow):
    """That the institution ended («ликвидация организации», of a sole trader the end of the activity)."""

    state: str = fields.TextField(default="recorded")
    """`recorded`, `confirmed` or `revoked`."""
    liquidated_on: date = fields.DateField()
    evidence: str = fields.TextField()
    single_person: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Whether it was recorded under the declared single-person mode."""
    recorded_by: UUID = fields.UUIDField()
    recorded_at: datetime = fields.DatetimeField()
    confirmed_by: UUID | None = fields.UUIDField(null=True)
    confirmed_at: datetime | None = fields.DatetimeField(null=True)
    revoked_by: UUID | None = fields.UUIDField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)
    reason: str = fields.TextField(default="")
    revision: int = fields.IntField(default=1)

    class Meta:
        """Tortoise settings."""

        table = "liquidations"


class Case(InstitutionRow):
    """A case («дело»): documents of one question, of one class and mostly one year."""

    version_id: UUID = fields.UUIDField()
    class_id: UUID = fields.UUIDField()
    lineage_id: UUID = fields.UUIDField()
    rule_root_id: UUID = fields.UUIDField()
    class_index: str = fields.TextField()
    title: str = fields.TextField()
    year: int = fields.IntField()
    carried_over: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    state: CaseState = fields.CharEnumField(CaseState, default=CaseState.OPEN)  # type: ignore[assignment]
    paper_fate: str = fields.TextField()
    """`none`, `kept`, `destroyed`, `transferred` or `returned`."""
    electronic_fate: str = fields.TextField()
    paper_place: str = fields.TextField(default="")
    note: str = fields.TextField(default="")
    opened_on: date = fields.DateField()
    last_document_on: date | None = fields.DateField(null=True)
    closed_on: date | None = fields.DateField(null=True)
    subject_kind: str | None = fields.TextField(null=True)
    """`personal_file`, `register` or `export`; None: documents filed one by one."""
    subject_id: UUID | None = fields.UUIDField(null=True)
    merged_into_id: UUID | None = fields.UUIDField(null=True)
    bound: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Whether the case stands in an approved inventory or act."""
    rule_id: UUID | None = fields.UUIDField(null=True)
    """Version of the rule that the verdict used."""
    outcome: str = fields.TextField(default="not_closed")
    earliest_act_date: date | None = fields.DateField(null=True)
    kept_until: date | None = fields.DateField(null=True)
    not_before: date | None = fields.DateField(null=True)
    open_end: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Whether the verdict asks storage for a legal hold, holds of people aside."""
    explanation: dict[str, Any] = fields.JSONField(default=dict)
    computed_on: date | None = fields.DateField(null=True)
    revision: int = fields.IntField(default=1)
    created_by: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "cases"


class Volume(InstitutionRow):
    """A volume or part («том, часть») of a case."""

    case_id: UUID = fields.UUIDField()
    number: int = fields.IntField()
    part: int = fields.IntField(default=0)
    sheets: int = fields.IntField(default=0)
    note: str = fields.TextField(default="")
    opened_on: date = fields.DateField()
    closed_on: date | None = fields.DateField(null=True)
    revision: int = fields.IntField(default=1)

    class Meta:
        """Tortoise settings."""

        table = "case_volumes"


class Movement(InstitutionRow):
    """That a document came into a case; never changed."""

    document_id: UUID = fields.UUIDField()
    from_case_id: UUID | None = fields.UUIDField(null=True)
    to_case_id: UUID = fields.UUIDField()
    volume_id: UUID | None = fields.UUIDField(null=True)
    reason: str = fields.TextField(default="")
    moved_by: UUID = fields.UUIDField()
    moved_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "case_movements"


class CaseFact(InstitutionRow):
    """Something that people recorded of a case, or took back; never changed."""

    case_id: UUID = fields.UUIDField()
    kind: str = fields.TextField()
    code: str = fields.TextField(default="")
    words: str = fields.TextField(default="")
    happened_on: date | None = fields.DateField(null=True)
    answer: str = fields.TextField(default="")
    number: int | None = fields.IntField(null=True)
    evidence: str = fields.TextField()
    revokes_id: UUID | None = fields.UUIDField(null=True)
    recorded_by: UUID = fields.UUIDField()
    recorded_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "case_facts"


class FinalRecord(InstitutionRow):
    """The final record («итоговая запись») of a year; never changed."""

    nomenclature_id: UUID = fields.UUIDField()
    content: dict[str, Any] = fields.JSONField()
    made_by: UUID = fields.UUIDField()
    made_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "final_records"


class Hold(InstitutionRow):
    """A suspension of destruction («приостановка уничтожения»)."""

    state: str = fields.TextField(default="active")
    """`active` or `lifted`."""
    reason_kind: str = fields.TextField()
    reason: str = fields.TextField()
    document: str = fields.TextField()
    whole_institution: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    placed_by: UUID = fields.UUIDField()
    placed_at: datetime = fields.DatetimeField()
    lifted_by: UUID | None = fields.UUIDField(null=True)
    lifted_at: datetime | None = fields.DatetimeField(null=True)
    lift_reason: str = fields.TextField(default="")
    lift_document: str = fields.TextField(default="")
    revision: int = fields.IntField(default=1)

    class Meta:
        """Tortoise settings."""

        table = "holds"


class HoldTarget(InstitutionRow):
    """One thing that a hold names: a case, a person, or a class through all years."""

    hold_id: UUID = fields.UUIDField()
    case_id: UUID | None = fields.UUIDField(null=True)
    person_id: UUID | None = fields.UUIDField(null=True)
    lineage_id: UUID | None = fields.UUIDField(null=True)
    reason: str = fields.TextField(default="")
    added_by: UUID = fields.UUIDField()
    added_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "hold_targets"
