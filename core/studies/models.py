"""Tables of study periods, subjects and enrolments."""

from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow, Own


class PeriodKind(StrEnum):
    """What kind of period it is."""

    YEAR = "year"
    """Study year («учебный год»)."""
    HALF_YEAR = "half_year"
    """Half-year or semester («полугодие», «семестр»)."""
    TRIMESTER = "trimester"
    QUARTER = "quarter"
    """Quarter («четверть»)."""
    MODULE = "module"
    OTHER = "other"
    """Anything else; such periods may overlap."""


class EnrolmentRole(StrEnum):
    """What somebody is in a group."""

    LEARNER = "learner"
    CLASS_TEACHER = "class_teacher"
    """Классный руководитель, куратор."""
    TEACHER = "teacher"
    """Teaches a subject there."""
    OTHER = "other"
    """Another member of the staff; sees nothing by it."""


class StudyPeriod(InstitutionRow):
    """A study year or a reporting period in it («учебный период»)."""

    own_by = MappingProxyType({})

    parent_id: UUID | None = fields.UUIDField(null=True)
    kind: PeriodKind = fields.CharEnumField(PeriodKind)  # type: ignore[assignment]
    source_kind: str = fields.TextField(default="")
    name: str = fields.TextField()
    study_year: str = fields.TextField(default="")
    number: int | None = fields.IntField(null=True)
    audience: str = fields.TextField(default="")
    """Whose period it is; empty: everybody's."""
    starts_on: date = fields.DateField()
    ends_on: date = fields.DateField()
    overlapping: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """A source says so; somebody has to say whose period it is."""
    imported: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """A source speaks of it."""
    gone_at: datetime | None = fields.DatetimeField(null=True)
    """Since when no source has it any more; it stays here."""
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "study_periods"


class Subject(InstitutionRow):
    """A subject, course or discipline («предмет»)."""

    own_by = MappingProxyType({})

    name: str = fields.TextField()
    code: str = fields.TextField(default="")
    area: str = fields.TextField(default="")
    alias_of_id: UUID | None = fields.UUIDField(null=True)
    """The same subject, as another source names it."""
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

        table = "subjects"


class Enrolment(InstitutionRow):
    """Somebody in a group, for a time."""

    own_by = MappingProxyType({"group_id": Own.GROUPS})

    group_id: UUID = fields.UUIDField()
    person_id: UUID | None = fields.UUIDField(null=True)
    staff_id: UUID | None = fields.UUIDField(null=True)
    role: EnrolmentRole = fields.CharEnumField(EnrolmentRole)  # type: ignore[assignment]
    source_role: str = fields.TextField(default="")
    subject_id: UUID | None = fields.UUIDField(null=True)
    """What a member of the staff teaches there."""
    starts_on: date | None = fields.DateField(null=True)
    ends_on: date | None = fields.DateField(null=True)
    """The last day."""
    archived: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    imported: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """A source speaks of it."""
    gone_at: datetime | None = fields.DatetimeField(null=True)
    """Since when no source has it any more; it stays here."""
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "enrolments"
