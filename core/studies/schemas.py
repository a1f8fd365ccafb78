"""What the API says and hears of study periods, subjects and enrolments."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.people.schemas import Archived, GoneAt, Imported, StudyYear
from core.studies.enrolling import WantedEnrolment
from core.studies.models import Enrolment, EnrolmentRole, PeriodKind, StudyPeriod, Subject
from core.studies.periods import WantedPeriod
from core.studies.subjects import WantedSubject
from core.web.fields import CleanLine, Day, FilledLine, Identifier, MergePatch, RequestBody

PeriodName = Annotated[FilledLine, Field(max_length=200, description="Name of the period.")]
Kind = Annotated[
    PeriodKind,
    Field(strict=False, description="Periods of one kind and audience do not overlap, except those of kind `other`."),
]
Number = Annotated[int, Field(ge=0, le=100, description="Which one it is of its kind in the study year.")]
Audience = Annotated[
    CleanLine, Field(max_length=200, description="Whose period it is («5–9 классы»); empty: everybody's.")
]
FirstDay = Annotated[Day, Field(description="First day.")]
LastDay = Annotated[Day, Field(description="Last day.")]
ParentPeriod = Annotated[Identifier, Field(description="The study year or half-year within which it lies.")]
SubjectName = Annotated[FilledLine, Field(max_length=300, description="Name of the subject, course or discipline.")]
Code = Annotated[CleanLine, Field(max_length=100, description="Code of the curriculum.")]
Area = Annotated[CleanLine, Field(max_length=300, description="Field of knowledge.")]
AliasOf = Annotated[Identifier, Field(description="The subject of which this is another name.")]
Role = Annotated[
    EnrolmentRole,
    Field(
        strict=False, description="`learner`, or of the staff `class_teacher`, `teacher` (both see the group), `other`."
    ),
]
Begins = Annotated[Day, Field(description="First day; null: not known, always so far.")]
Ends = Annotated[Day, Field(description="Last day; null: no end is known.")]
Taught = Annotated[Identifier, Field(description="The subject that is taught or studied in this group.")]


class PeriodIn(RequestBody):
    """A study year or a reporting period."""

    name: PeriodName = Field(examples=["1 четверть"])
    kind: Kind = Field(examples=["quarter"])
    starts_on: FirstDay = Field(examples=["2025-09-01"])
    ends_on: LastDay = Field(examples=["2025-10-26"])
    study_year: StudyYear = Field(default="", examples=["2025/2026"])
    number: Number | None = None
    audience: Audience = ""
    parent_id: ParentPeriod | None = None

    def to_wanted(self) -> WantedPeriod:
        """Return the same as the registry takes it."""
        return WantedPeriod(**self.model_dump())


class PeriodPatch(MergePatch):
    """New values for some of the members; members left out stay as they are, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = {"study_year": "", "audience": "", "number": None, "parent_id": None}

    name: PeriodName | None = None
    kind: Kind | None = None
    starts_on: FirstDay | None = None
    ends_on: LastDay | None = None
    study_year: StudyYear | None = None
    number: Number | None = None
    audience: Audience | None = None
    parent_id: ParentPeriod | None = None


class PeriodOut(BaseModel):
    """A study year or a reporting period («учебный период»)."""

    id: UUID
    name: str = Field(examples=["1 четверть"])
    kind: PeriodKind
    source_kind: str = Field(description="What the system that it came from calls it.")
    study_year: str = Field(examples=["2025/2026"])
    number: int | None
    audience: str = Field(description="Whose period it is; empty: everybody's.")
    starts_on: date = Field(examples=["2025-09-01"])
    ends_on: date = Field(examples=["2025-10-26"])
    parent_id: UUID | None = Field(description="The study year or half-year within which it lies.")
    overlapping: bool = Field(
        description="It came from a system although it overlaps with another one: say in `audience` whose it is."
    )
    imported: Imported
    gone_at: GoneAt
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, period: StudyPeriod) -> Self:
        """Return what the API says of a study period."""
        return cls.model_validate(period, from_attributes=True)


class SubjectIn(RequestBody):
    """A subject."""

    name: SubjectName = Field(examples=["Алгебра"])
    code: Code = ""
    area: Area = Field(default="", examples=["Математика"])
    alias_of_id: AliasOf | None = None
    archived: Archived = False

    def to_wanted(self) -> WantedSubject:
        """Return the same as the registry takes it."""
        return WantedSubject(**self.model_dump())


class SubjectPatch(MergePatch):
    """New values for some of the members; members left out stay as they are, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = {"code": "", "area": "", "alias_of_id": None}

    name: SubjectName | None = None
    code: Code | None = None
    area: Area | None = None
    alias_of_id: AliasOf | None = None
    archived: Archived | None = None


class SubjectOut(BaseModel):
    """A subject, course or discipline («предмет»)."""

    id: UUID
    name: str = Field(examples=["Алгебра"])
    code: str
    area: str = Field(examples=["Математика"])
    alias_of_id: UUID | None = Field(description="The subject of which this is another name.")
    archived: Archived
    imported: Imported
    gone_at: GoneAt
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, subject: Subject) -> Self:
        """Return what the API says of a subject."""
        return cls.model_validate(subject, from_attributes=True)


class EnrolmentIn(RequestBody):
    """Somebody in a group: exactly one of `person_id` and `staff_id`."""

    group_id: Identifier = Field(description="The group or class.")
    role: Role
    person_id: Identifier | None = Field(default=None, description="The learner.")
    staff_id: Identifier | None = Field(default=None, description="The member of the staff.")
    subject_id: Taught | None = None
    starts_on: Begins | None = Field(default=None, examples=["2025-09-01"])
    ends_on: Ends | None = None
    archived: Archived = False

    def to_wanted(self) -> WantedEnrolment:
        """Return the same as the registry takes it."""
        return WantedEnrolment(**self.model_dump())


class EnrolmentPatch(MergePatch):
    """New values for some of the members; members left out stay as they are, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = dict.fromkeys(("subject_id", "starts_on", "ends_on"))

    role: Role | None = None
    subject_id: Taught | None = None
    starts_on: Begins | None = None
    ends_on: Ends | None = None
    archived: Archived | None = None


class EnrolmentOut(BaseModel):
    """Somebody in a group, for a time."""

    id: UUID
    group_id: UUID = Field(description="The group or class.")
    person_id: UUID | None = Field(description="The learner; null of the staff.")
    staff_id: UUID | None = Field(description="The member of the staff; null of learners.")
    role: EnrolmentRole = Field(examples=["learner"])
    source_role: str = Field(description="What the system that it came from calls it.")
    subject_id: UUID | None = Field(description="The subject that is taught or studied in this group.")
    starts_on: date | None = Field(description="First day; null: not known.")
    ends_on: date | None = Field(description="Last day; null: no end is known.")
    archived: Archived
    imported: Imported
    gone_at: GoneAt
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, enrolment: Enrolment) -> Self:
        """Return what the API says of an enrolment."""
        return cls.model_validate(enrolment, from_attributes=True)
