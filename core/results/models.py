"""Tables of results, as the query layer sees them."""

from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow, Own


class ResultKind(InstitutionRow):
    """A kind of results («вид результатов») of the institution's own taxonomy."""

    own_by = MappingProxyType({})

    name: str = fields.TextField()
    sort_key: str = fields.TextField()
    parent_id: UUID | None = fields.UUIDField(null=True)
    alias_of_id: UUID | None = fields.UUIDField(null=True)
    assessed: bool = fields.BooleanField(default=True)  # type: ignore[assignment]
    """False: target orientations («целевые ориентиры»), to which nothing is attached."""
    access: str = fields.TextField(default="usual")
    """`usual`, `staff` (diagnostics) or `restricted` (special needs)."""
    note: str = fields.TextField(default="")
    retired: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "result_kinds"


class ResultSource(InstitutionRow):
    """Where results come from: current control, contests, independent assessment."""

    own_by = MappingProxyType({})

    name: str = fields.TextField()
    sort_key: str = fields.TextField()
    note: str = fields.TextField(default="")
    retired: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "result_sources"


class MarkScale(InstitutionRow):
    """A scale of marks («шкала отметок»)."""

    own_by = MappingProxyType({})

    name: str = fields.TextField()
    sort_key: str = fields.TextField()
    numeric_marks: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    lowest: Decimal | None = fields.DecimalField(max_digits=12, decimal_places=4, null=True)
    highest: Decimal | None = fields.DecimalField(max_digits=12, decimal_places=4, null=True)
    known_values: list[dict[str, Any]] = fields.JSONField(default=list)
    """From the lowest: `{"value": "зачёт", "number": null}`."""
    note: str = fields.TextField(default="")
    retired: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "mark_scales"


class ResultPolicy(InstitutionRow):
    """How the institution accounts for results; without a row the defaults hold."""

    own_by = MappingProxyType({})

    two_persons: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    will_needed: str = fields.TextField(default="none")
    """`none`, `outside` or `all`."""
    credits_outside: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    credit_procedure: str = fields.TextField(default="")
    revision: int = fields.IntField(default=1)
    changed_at: datetime = fields.DatetimeField()
    changed_by: UUID = fields.UUIDField()

    class Meta:
        """Tortoise settings."""

        table = "result_policies"


class WillStatement(InstitutionRow):
    """A learner's statement of will («волеизъявление») that results be accounted for."""

    own_by = MappingProxyType({"person_id": Own.LEARNERS})

    person_id: UUID = fields.UUIDField()
    covers: str = fields.TextField()
    """`all` or `outside`."""
    given_by: str = fields.TextField()
    representative: str = fields.TextField(default="")
    given_on: date = fields.DateField()
    evidence: str = fields.TextField()
    recorded_by: UUID = fields.UUIDField()
    recorded_at: datetime = fields.DatetimeField()
    withdrawn_on: date | None = fields.DateField(null=True)
    withdrawal_evidence: str = fields.TextField(default="")
    withdrawn_by: UUID | None = fields.UUIDField(null=True)
    withdrawn_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "will_statements"


class SpecialNeed(InstitutionRow):
    """That a learner needs special conditions or shows talent; read with a right of its own."""

    person_id: UUID = fields.UUIDField()
    nature: str = fields.TextField()
    """`special_conditions` or `talent`."""
    description: str = fields.TextField()
    evidence: str = fields.TextField()
    starts_on: date = fields.DateField()
    ends_on: date | None = fields.DateField(null=True)
    end_reason: str = fields.TextField(default="")
    recorded_by: UUID = fields.UUIDField()
    recorded_at: datetime = fields.DatetimeField()
    ended_by: UUID | None = fields.UUIDField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "special_needs"


class Result(InstitutionRow):
    """A current or final result of a learner («текущая отметка», «итоговая отметка»)."""

    own_by = MappingProxyType({"group_id": Own.GROUPS})

    standing: str = fields.TextField()
    """`current` or `final`."""
    person_id: UUID = fields.UUIDField()
    group_id: UUID | None = fields.UUIDField(null=True)
    subject_id: UUID | None = fields.UUIDField(null=True)
    period_id: UUID | None = fields.UUIDField(null=True)
    teacher_id: UUID | None = fields.UUIDField(null=True)
    kind_id: UUID | None = fields.UUIDField(null=True)
    source_id: UUID | None = fields.UUIDField(null=True)
    scale_id: UUID | None = fields.UUIDField(null=True)
    value: str = fields.TextField()
    title: str = fields.TextField(default="")
    comment: str = fields.TextField(default="")
    held_on: date | None = fields.DateField(null=True)
    graded_on: date | None = fields.DateField(null=True)
    final_of: str | None = fields.TextField(null=True)
    said_kind: str = fields.TextField(default="")
    said_scale: str = fields.TextField(default="")
    outside: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    obtained_at: str = fields.TextField(default="")
    credit_document: str = fields.TextField(default="")
    state: str = fields.TextField(default="entered")
    """`entered`, `confirmed` or `struck_out`."""
    entered_by: UUID | None = fields.UUIDField(null=True)
    confirmed_by: UUID | None = fields.UUIDField(null=True)
    confirmed_at: datetime | None = fields.DatetimeField(null=True)
    struck_out_by: UUID | None = fields.UUIDField(null=True)
    struck_out_at: datetime | None = fields.DatetimeField(null=True)
    strike_reason: str = fields.TextField(default="")
    gone_at: datetime | None = fields.DatetimeField(null=True)
    day: date = fields.DateField()
    """Of lesson or mark, for the order of lists; made by the database."""
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()
    changed_at: datetime = fields.DatetimeField()
    changed_by: UUID | None = fields.UUIDField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "results"


class Attendance(InstitutionRow):
    """What the register says of a learner at a lesson («посещаемость»)."""

    own_by = MappingProxyType({"group_id": Own.GROUPS})

    person_id: UUID = fields.UUIDField()
    group_id: UUID | None = fields.UUIDField(null=True)
    subject_id: UUID | None = fields.UUIDField(null=True)
    period_id: UUID | None = fields.UUIDField(null=True)
    lesson_on: date = fields.DateField()
    lesson_number: int | None = fields.IntField(null=True)
    status: str = fields.TextField()
    comment: str = fields.TextField(default="")
    state: str = fields.TextField(default="entered")
    """`entered` or `struck_out`."""
    struck_out_by: UUID | None = fields.UUIDField(null=True)
    struck_out_at: datetime | None = fields.DatetimeField(null=True)
    strike_reason: str = fields.TextField(default="")
    gone_at: datetime | None = fields.DatetimeField(null=True)
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()
    changed_at: datetime = fields.DatetimeField()
    changed_by: UUID | None = fields.UUIDField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "attendance"
