"""What the API says and hears of learners and groups."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from core.kernel.texts import mark
from core.people.contacts import Email, Phone, Snils
from core.people.grouping import WantedGroup
from core.people.keeping import WantedPerson
from core.people.models import Group, Person
from core.web.fields import CleanLine, CleanText, Day, FilledLine, Identifier, MergePatch, RequestBody

_YEARS_MESSAGE: Final = mark("A study year is one year or two that follow each other, such as 2026 or 2025/2026")


def _following(text: str) -> str:
    first, slash, second = text.partition("/")
    if slash and int(second) != int(first) + 1:
        raise ValueError(_YEARS_MESSAGE)
    return text


FamilyName = Annotated[FilledLine, Field(max_length=100, description="Family name («фамилия»).")]
GivenName = Annotated[FilledLine, Field(max_length=100, description="Given name («имя»).")]
Patronymic = Annotated[CleanLine, Field(max_length=100, description="Patronymic («отчество»); empty without one.")]
FormerNames = Annotated[
    CleanLine, Field(max_length=500, description="Names of earlier papers, separated by commas; found by the search.")
]
BirthDate = Annotated[Day, Field(description="From 1900-01-01 to the institution's today.")]
ExternalNumber = Annotated[
    CleanLine, Field(max_length=100, description="Number in another system; unique within the institution.")
]
Note = Annotated[CleanText, Field(max_length=2000)]
GroupName = Annotated[FilledLine, Field(max_length=100, description="Name of the group or class.")]
StudyYear = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{4}(/[0-9]{4})?)?$",
        description="Study year («учебный год»), as 2025/2026 or 2026; empty if the group knows none.",
    ),
    AfterValidator(_following),
]
GroupKind = Annotated[CleanLine, Field(max_length=100, description="Class, study group, subgroup, course.")]
Level = Annotated[CleanLine, Field(max_length=100, description="Year of study («параллель»).")]
ParentGroup = Annotated[Identifier, Field(description="The group within which this one lies.")]
Sex = Annotated[str, Field(pattern="^(|male|female)$", description="`male` or `female`; empty if it is not known.")]
Archived = Annotated[bool, Field(description="Whether it is over: a group that has ended, somebody who has left.")]
Imported = Annotated[bool, Field(description="Whether a connected system speaks of it.")]
GoneAt = Annotated[
    datetime | None,
    Field(
        description="Since when no connected system has it any more; it stays here. Null: one has it, or none ever had."
    ),
]
Programme = Annotated[CleanLine, Field(max_length=300, description="Educational programme.")]


class PersonIn(RequestBody):
    """A learner; members left out mean "not known"."""

    family_name: FamilyName = Field(examples=["Образцова"])
    given_name: GivenName = Field(examples=["Вера"])
    patronymic: Patronymic = Field(default="", examples=["Игоревна"])
    former_names: FormerNames = Field(default="", examples=["Примерова"])
    birth_date: BirthDate | None = Field(default=None, examples=["2008-03-14"])
    external_number: ExternalNumber = Field(default="", examples=["2025-0117"])
    note: Note = ""
    sex: Sex = ""
    snils: Snils = Field(default="", examples=["112-233-445 95"])
    email: Email = ""
    phone: Phone = ""
    archived: Archived = False

    def to_wanted(self) -> WantedPerson:
        """Return the same as the registry takes it."""
        return WantedPerson(**self.model_dump())


class PersonPatch(MergePatch):
    """New values for some of the members; members left out stay as they are, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = {
        **dict.fromkeys(
            ("patronymic", "former_names", "external_number", "note", "sex", "snils", "email", "phone"), ""
        ),
        "birth_date": None,
    }

    family_name: FamilyName | None = None
    given_name: GivenName | None = None
    patronymic: Patronymic | None = None
    former_names: FormerNames | None = None
    birth_date: BirthDate | None = None
    external_number: ExternalNumber | None = None
    note: Note | None = None
    sex: Sex | None = None
    snils: Snils | None = None
    email: Email | None = None
    phone: Phone | None = None
    archived: Archived | None = None
    keep_former_name: bool = Field(
        default=False,
        description="With another family name: whether the old one joins the former names, so that it is still found."
        " Set it when the name has changed, leave it when a mistake is corrected.",
    )


class PersonOut(BaseModel):
    """A learner («обучающийся»), without СНИЛС and contacts: those are read by themselves."""

    id: UUID
    family_name: str = Field(examples=["Образцова"])
    given_name: str = Field(examples=["Вера"])
    patronymic: str = Field(examples=["Игоревна"])
    full_name: str = Field(examples=["Образцова Вера Игоревна"])
    former_names: str | None = Field(examples=["Примерова"], description="Null: not shown to teachers.")
    birth_date: date | None = Field(examples=["2008-03-14"])
    external_number: str = Field(examples=["2025-0117"])
    note: str | None = Field(description="Null: not shown to teachers.")
    archived: Archived
    imported: Imported
    gone_at: GoneAt
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, person: Person) -> Self:
        """Return what the API says of a learner."""
        return cls.model_validate(person, from_attributes=True)

    @classmethod
    def to_teacher(cls, person: Person) -> Self:
        """Return what of a learner a teacher of the own groups is told."""
        return cls.of(person).model_copy(update={"former_names": None, "note": None})


class PersonalDataOut(BaseModel):
    """What of a learner is in no list and no search."""

    person_id: UUID = Field(description="The learner.")
    sex: str = Field(examples=["female"])
    snils: str = Field(examples=["11223344595"], description="11 digits; empty if it is not known.")
    email: str = Field(examples=["vera@example.org"])
    phone: str = Field(examples=["+7 900 000-00-00"])
    revision: int = Field(description="That of the learner.", examples=[1])

    @classmethod
    def of(cls, person: Person) -> Self:
        """Return what the API says of a learner's СНИЛС and contacts."""
        return cls(
            person_id=person.id,
            sex=person.sex,
            snils=person.snils,
            email=person.email,
            phone=person.phone,
            revision=person.revision,
        )


class GroupIn(RequestBody):
    """A group or class."""

    name: GroupName = Field(examples=["ИС-21"])
    study_year: StudyYear = Field(default="", examples=["2025/2026"])
    programme: Programme = Field(default="", examples=["Информационные системы"])
    kind: GroupKind = ""
    level: Level = ""
    parent_id: ParentGroup | None = None
    archived: Archived = False
    note: Note = ""

    def to_wanted(self) -> WantedGroup:
        """Return the same as the registry takes it."""
        return WantedGroup(**self.model_dump())


class GroupPatch(MergePatch):
    """New values for some of the members; members left out stay as they are, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = {
        **dict.fromkeys(("study_year", "programme", "kind", "level", "note"), ""),
        "parent_id": None,
    }

    name: GroupName | None = None
    study_year: StudyYear | None = None
    programme: Programme | None = None
    kind: GroupKind | None = None
    level: Level | None = None
    parent_id: ParentGroup | None = None
    archived: Archived | None = None
    note: Note | None = None


class GroupOut(BaseModel):
    """A group or class («группа», «класс») in one study year."""

    id: UUID
    name: str = Field(examples=["ИС-21"])
    study_year: str = Field(examples=["2025/2026"])
    programme: str = Field(examples=["Информационные системы"])
    kind: str = Field(examples=["class"])
    level: str = Field(examples=["2"])
    parent_id: UUID | None = Field(description="The group within which this one lies.")
    archived: Archived
    imported: Imported
    gone_at: GoneAt
    note: str | None = Field(description="Null: not shown to teachers.")
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, group: Group) -> Self:
        """Return what the API says of a group."""
        return cls.model_validate(group, from_attributes=True)

    @classmethod
    def to_teacher(cls, group: Group) -> Self:
        """Return what a teacher is told of an own group."""
        return cls.of(group).model_copy(update={"note": None})
