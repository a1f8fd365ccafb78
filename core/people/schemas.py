"""What the API says and hears of learners and groups."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from core.kernel.texts import mark
from core.people.keeping import WantedPerson
from core.people.models import Group, Person
from core.web.fields import CleanLine, CleanText, Day, FilledLine, MergePatch, RequestBody

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

    def to_wanted(self) -> WantedPerson:
        """Return the same as the registry takes it."""
        return WantedPerson(**self.model_dump())


class PersonPatch(MergePatch):
    """New values for some of the members; members left out stay as they are, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = {
        **dict.fromkeys(("patronymic", "former_names", "external_number", "note"), ""),
        "birth_date": None,
    }

    family_name: FamilyName | None = None
    given_name: GivenName | None = None
    patronymic: Patronymic | None = None
    former_names: FormerNames | None = None
    birth_date: BirthDate | None = None
    external_number: ExternalNumber | None = None
    note: Note | None = None
    keep_former_name: bool = Field(
        default=False,
        description="With another family name: whether the old one joins the former names, so that it is still found."
        " Set it when the name has changed, leave it when a mistake is corrected.",
    )


class PersonOut(BaseModel):
    """A learner («обучающийся»)."""

    id: UUID
    family_name: str = Field(examples=["Образцова"])
    given_name: str = Field(examples=["Вера"])
    patronymic: str = Field(examples=["Игоревна"])
    full_name: str = Field(examples=["Образцова Вера Игоревна"])
    former_names: str = Field(examples=["Примерова"])
    birth_date: date | None = Field(examples=["2008-03-14"])
    external_number: str = Field(examples=["2025-0117"])
    note: str
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, person: Person) -> Self:
        """Return what the API says of a learner."""
        return cls(
            id=person.id,
            family_name=person.family_name,
            given_name=person.given_name,
            patronymic=person.patronymic,
            full_name=person.full_name,
            former_names=person.former_names,
            birth_date=person.birth_date,
            external_number=person.external_number,
            note=person.note,
            created_at=person.created_at,
            revision=person.revision,
        )


class GroupIn(RequestBody):
    """A group or class."""

    name: GroupName = Field(examples=["ИС-21"])
    study_year: StudyYear = Field(default="", examples=["2025/2026"])
    programme: Programme = Field(default="", examples=["Информационные системы"])
    note: Note = ""


class GroupPatch(MergePatch):
    """New values for some of the members; members left out stay as they are, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = dict.fromkeys(("study_year", "programme", "note"), "")

    name: GroupName | None = None
    study_year: StudyYear | None = None
    programme: Programme | None = None
    note: Note | None = None


class GroupOut(BaseModel):
    """A group or class («группа», «класс») in one study year."""

    id: UUID
    name: str = Field(examples=["ИС-21"])
    study_year: str = Field(examples=["2025/2026"])
    programme: str = Field(examples=["Информационные системы"])
    note: str
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, group: Group) -> Self:
        """Return what the API says of a group."""
        return cls(
            id=group.id,
            name=group.name,
            study_year=group.study_year,
            programme=group.programme,
            note=group.note,
            created_at=group.created_at,
            revision=group.revision,
        )
