"""Records as the registry takes them: what a connector maps the source's objects to.

A field left at its default says nothing: the registry keeps what it has. References are external ids of the same
connection, resolved by kind: `learner` names a record of kind `LEARNERS`, whichever stream brought it.
Text is kept as it came; marks are text with the name of their scale, never numbers.
"""

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from core.sdk.connectors.manifest import EntityKind

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
"""One line of text."""
Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
"""One line of text that must be there."""
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""An external id."""


class Mapped(BaseModel):
    """Base of every record's data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[EntityKind]


class StudyPeriodData(Mapped):
    """A study year or a reporting period in it."""

    kind: ClassVar[EntityKind] = EntityKind.STUDY_PERIODS

    name: Named
    period_kind: Line = ""
    """In the source's words: quarter, semester, year, term."""
    starts_on: date
    ends_on: date
    study_year: Line = ""
    """«2025/2026»."""
    number: int | None = None
    parent: Ref | None = None


class SubjectData(Mapped):
    """A subject, course or discipline."""

    kind: ClassVar[EntityKind] = EntityKind.SUBJECTS

    name: Named
    code: Line = ""
    area: Line = ""
    """Field of knowledge, category."""


class GroupData(Mapped):
    """A class, study group, subgroup or cohort."""

    kind: ClassVar[EntityKind] = EntityKind.GROUPS

    name: Named
    group_kind: Line = ""
    """In the source's words: class, subgroup, course group, cohort."""
    study_year: Line = ""
    programme: Line = ""
    level: Line = ""
    """Year of study («параллель»)."""
    parent: Ref | None = None
    archived: bool = False


class PersonData(Mapped):
    """What any person may have. Names are as the source has them; `full_name` only where it has no parts."""

    family_name: Line = ""
    given_name: Line = ""
    patronymic: Line = ""
    full_name: Line = ""
    birth_date: date | None = None
    sex: Line = ""
    """«male», «female» or empty."""
    number: Line = ""
    """The institution's own number of this person: the key by which persons are matched."""
    snils: Line = ""
    email: Line = ""
    phone: Line = ""
    account: Line = ""
    """The account at the source, where account and person are two things."""
    archived: bool = False


class LearnerData(PersonData):
    """A learner («обучающийся»)."""

    kind: ClassVar[EntityKind] = EntityKind.LEARNERS


class StaffData(PersonData):
    """A member of the staff."""

    kind: ClassVar[EntityKind] = EntityKind.STAFF

    position: Line = ""
    subjects: Line = ""


class GuardianData(PersonData):
    """A legal representative of one learner; the same person for two children is two records."""

    kind: ClassVar[EntityKind] = EntityKind.GUARDIANS

    learner: Ref
    relation: Line = ""
    """In the source's words: mother, father, guardian."""


class EnrolmentData(Mapped):
    """A person in a group, for a time. Exactly one of `learner` and `staff` is given."""

    kind: ClassVar[EntityKind] = EntityKind.ENROLMENTS

    group: Ref
    learner: Ref | None = None
    staff: Ref | None = None
    role: Line = ""
    """In the source's words: student, teacher, class teacher."""
    subject: Ref | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    archived: bool = False


class ResultData(Mapped):
    """A current result: a mark of a lesson or a work, a grade of an activity, a completion."""

    kind: ClassVar[EntityKind] = EntityKind.RESULTS

    learner: Ref
    subject: Ref | None = None
    group: Ref | None = None
    period: Ref | None = None
    teacher: Ref | None = None
    value: Line
    scale: Line = ""
    """The source's name of the scale: `mark5`, `0..100`."""
    result_kind: Line = ""
    """In the source's words (the type of work); the connection maps it to the institution's kinds of results."""
    title: Line = ""
    """Of the work, lesson or activity."""
    held_on: date | None = None
    """The day of the lesson or work."""
    graded_on: date | None = None
    comment: Text = ""


class FinalResultData(Mapped):
    """A final result."""

    kind: ClassVar[EntityKind] = EntityKind.FINAL_RESULTS

    learner: Ref
    subject: Ref | None = None
    group: Ref | None = None
    period: Ref | None = None
    """`None`: of the year, the course or an examination; `final_kind` says which."""
    final_kind: Line = ""
    """In the source's words: period, year, exam, certificate, course."""
    value: Line
    scale: Line = ""
    decided_on: date | None = None
    comment: Text = ""


class AttendanceData(Mapped):
    """What the register says of one learner at one lesson."""

    kind: ClassVar[EntityKind] = EntityKind.ATTENDANCE

    learner: Ref
    subject: Ref | None = None
    group: Ref | None = None
    period: Ref | None = None
    lesson_on: date
    lesson_number: int | None = None
    status: Line
    """In the source's words: absent, ill, late."""
    comment: Text = ""


class AwardData(Mapped):
    """A reward, badge or certificate («поощрение»)."""

    kind: ClassVar[EntityKind] = EntityKind.AWARDS

    learner: Ref
    title: Named
    award_kind: Line = ""
    issuer: Line = ""
    number: Line = ""
    awarded_on: date | None = None
    expires_on: date | None = None
    ground: Line = ""
    """The order, regulation or event it was given for."""


class FileData(Mapped):
    """A file to be kept as a document; the host downloads it with `Connector.download` after the record is read.

    Without `learner`, `learner_number` and `group` it waits in the tray for a clerk.
    """

    kind: ClassVar[EntityKind] = EntityKind.FILES

    file_name: Named
    learner: Ref | None = None
    learner_number: Line = ""
    """The institution's own number, for files that come without an import of learners."""
    group: Ref | None = None
    document_kind: Line = ""
    """A kind of document of Deloteka (`diploma`, `certificate`, …); empty: the connection's default."""
    title: Line = ""
    issued_on: date | None = None
    fields: dict[str, str] = {}
    """Metadata fields of the document's kind."""
    address: Line = ""
    """Stable address without any token, for provenance."""
    file_id: Line = ""
    size: int | None = None
    """As announced; the cap is enforced on what arrives."""
    modified_at: datetime | None = None
