"""Results, attendance and their history, as the API shows and takes them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.results.attendance import NewAttendance
from core.results.confirming import Confirmed
from core.results.entering import NewResult
from core.results.history import Changed
from core.results.marks import read_mark
from core.results.models import Attendance, MarkScale, Result
from core.web.fields import CleanLine, CleanText, Day, FilledLine, Identifier, MergePatch, RequestBody

Mark = Annotated[FilledLine, Field(max_length=100, description="One of the scale's, as text.", examples=["5"])]
Title = Annotated[CleanLine, Field(max_length=500, description="Of the work, lesson or activity.")]
Comment = Annotated[CleanText, Field(max_length=10_000, description="In words, of the teacher or of who enters it.")]
FinalOf = Annotated[
    Literal["period", "year", "examination", "course", "other"],
    Field(description="What the final result («итоговый результат») is final of; null: a current one."),
]
HeldOn = Annotated[Day, Field(description="Day of the lesson or work.")]
GradedOn = Annotated[Day, Field(description="Day of the mark or decision.")]
LessonOn = Annotated[Day, Field(description="Day of the lesson.")]
LessonNumber = Annotated[int, Field(ge=0, le=50, description="Which lesson of the day; null: not said.")]
StrikeReason = Annotated[str, Field(description="Why it was struck out; empty if it was not.")]
Said = Annotated[dict[str, Any], Field(description="Values by field, of those that changed.")]
Place = Annotated[CleanLine, Field(max_length=500, description="Where it was obtained; with `outside` only.")]
CreditDocument = Annotated[CleanLine, Field(max_length=500, description="Document by which it was credited.")]
Reason = Annotated[FilledLine, Field(max_length=1000, description="Why; it stays visible.")]
State = Literal["entered", "confirmed", "struck_out"]


class ResultIn(RequestBody):
    """A result of a learner; with `final_of` a final one."""

    person_id: Identifier
    kind_id: Identifier
    scale_id: Identifier
    value: Mark
    source_id: Identifier | None = None
    final_of: FinalOf | None = None
    group_id: Identifier | None = None
    subject_id: Identifier | None = None
    period_id: Identifier | None = None
    teacher_id: Identifier | None = Field(default=None, description="Member of the staff.")
    title: Title = Field(default="", examples=["Контрольная работа № 2"])
    comment: Comment = ""
    held_on: HeldOn | None = None
    graded_on: GradedOn | None = None
    outside: bool = Field(default=False, description="Obtained elsewhere and credited here («зачёт»).")
    obtained_at: Place = ""
    credit_document: CreditDocument = ""

    def to_wanted(self) -> NewResult:
        """Return the same as the verb takes it."""
        return NewResult(**self.model_dump())


class ResultPatch(MergePatch):
    """New values for some of the members; whose it is and whether it was obtained elsewhere never changes."""

    EMPTY: ClassVar[Mapping[str, object]] = {
        **dict.fromkeys(("source_id", "group_id", "subject_id", "period_id", "teacher_id", "held_on", "graded_on")),
        **dict.fromkeys(("title", "comment"), ""),
    }

    kind_id: Identifier | None = None
    scale_id: Identifier | None = None
    value: Mark | None = None
    source_id: Identifier | None = None
    final_of: FinalOf | None = None
    group_id: Identifier | None = None
    subject_id: Identifier | None = None
    period_id: Identifier | None = None
    teacher_id: Identifier | None = None
    title: Title | None = None
    comment: Comment | None = None
    held_on: HeldOn | None = None
    graded_on: GradedOn | None = None
    obtained_at: Place | None = None
    credit_document: CreditDocument | None = None


class ResultOut(BaseModel):
    """A result of a learner. The mark is text; `number` is what its scale says of it."""

    id: UUID
    standing: Literal["current", "final"] = Field(description="«Текущий» or «итоговый».")
    final_of: FinalOf | None
    person_id: UUID
    group_id: UUID | None
    subject_id: UUID | None
    period_id: UUID | None
    teacher_id: UUID | None
    kind_id: UUID | None = Field(description="null: nobody has placed what the source said in the taxonomy yet.")
    source_id: UUID | None
    scale_id: UUID | None
    value: str = Field(examples=["5"])
    number: float | None = Field(default=None, description="By the scale; null: it has none.", examples=[5])
    known: bool = Field(default=False, description="Whether the scale has such a mark.")
    title: str
    comment: str = Field(description="Of the teacher or of who entered it; may be empty.")
    held_on: date | None = Field(description="Day of the lesson or work.")
    graded_on: date | None = Field(description="Day of the mark or decision.")
    said_kind: str = Field(description="The source's own word for the kind.")
    said_scale: str = Field(description="The source's own word for the scale.")
    outside: bool = Field(description="Obtained elsewhere and credited here («зачёт»).")
    obtained_at: str = Field(description="Where it was obtained, in words; empty unless `outside`.")
    credit_document: str = Field(description="Document by which it was credited; empty unless `outside`.")
    state: State
    entered_by: UUID | None = Field(description="Account; null: a source says so.")
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    struck_out_by: UUID | None
    struck_out_at: datetime | None
    strike_reason: StrikeReason
    gone_at: datetime | None = Field(description="Since when the source has it no longer.")
    created_at: datetime
    changed_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: Result, scales: Mapping[UUID, MarkScale]) -> Self:
        """Return what the API says of a result; `scales` has its own."""
        read = read_mark(None if row.scale_id is None else scales.get(row.scale_id), row.value)
        made = cls.model_validate(row, from_attributes=True)
        made.known, made.number = read.known, None if read.number is None else float(read.number)
        return made


class StrikeIn(RequestBody):
    """Why something is struck out."""

    reason: Reason


class ResultConfirmationIn(RequestBody):
    """Which results are confirmed together."""

    group_id: Identifier
    period_id: Identifier
    subject_id: Identifier | None = None


class ResultConfirmationOut(BaseModel):
    """What became of them."""

    confirmed: int = Field(description="How many were confirmed.")
    left: int = Field(description="Entered by yourself: another person has to confirm them.")

    @classmethod
    def of(cls, done: Confirmed) -> Self:
        """Return what the API says of it."""
        return cls(confirmed=done.confirmed, left=done.left)


class ChangeOut(BaseModel):
    """One change: who changed what, from what, to what."""

    revision: int = Field(description="That it made.")
    changed_at: datetime
    changed_by: UUID | None = Field(description="Account; null: a source.")
    before: Said
    after: Said

    @classmethod
    def of(cls, change: Changed) -> Self:
        """Return what the API says of a change."""
        return cls.model_validate(change, from_attributes=True)


class AttendanceIn(RequestBody):
    """What is to be written into the register."""

    person_id: Identifier
    lesson_on: LessonOn
    status: Annotated[FilledLine, Field(max_length=200, examples=["болеет"])]
    lesson_number: LessonNumber | None = None
    group_id: Identifier | None = None
    subject_id: Identifier | None = None
    period_id: Identifier | None = None
    comment: Comment = ""

    def to_wanted(self) -> NewAttendance:
        """Return the same as the verb takes it."""
        return NewAttendance(**self.model_dump())


class AttendancePatch(MergePatch):
    """New values for some of the members."""

    EMPTY: ClassVar[Mapping[str, object]] = {
        **dict.fromkeys(("lesson_number", "group_id", "subject_id", "period_id")),
        "comment": "",
    }

    lesson_on: LessonOn | None = None
    status: Annotated[FilledLine, Field(max_length=200)] | None = None
    lesson_number: LessonNumber | None = None
    group_id: Identifier | None = None
    subject_id: Identifier | None = None
    period_id: Identifier | None = None
    comment: Comment | None = None


class AttendanceOut(BaseModel):
    """What the register says of a learner at a lesson."""

    id: UUID
    person_id: UUID
    group_id: UUID | None
    subject_id: UUID | None
    period_id: UUID | None
    lesson_on: date = Field(description="Day of the lesson.")
    lesson_number: int | None = Field(description="Which lesson of the day; null: not said.")
    status: str = Field(examples=["болеет"])
    comment: str = Field(description="Of the teacher or of who entered it; may be empty.")
    state: Literal["entered", "struck_out"]
    struck_out_by: UUID | None
    struck_out_at: datetime | None
    strike_reason: StrikeReason
    gone_at: datetime | None = Field(description="Since when the source has it no longer.")
    created_at: datetime
    changed_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: Attendance) -> Self:
        """Return what the API says of an entry."""
        return cls.model_validate(row, from_attributes=True)
