"""What the API says and hears of legal representatives."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from core.people.contacts import Email, Phone, snils_digits
from core.people.schemas import FamilyName, GoneAt, Imported, Patronymic
from core.representatives.keeping import WantedRepresentative
from core.representatives.models import Representative
from core.web.fields import CleanLine, Day, MergePatch, RequestBody

GivenName = Annotated[CleanLine, Field(max_length=100, description="Given name («имя»).")]
Relation = Annotated[CleanLine, Field(max_length=100, description="Mother, father, guardian («мать», «опекун»).")]
Ground = Annotated[
    CleanLine, Field(max_length=500, description="The document that says so: birth certificate, act of guardianship.")
]
BirthDate = Annotated[Day, Field(ge=date(1900, 1, 1), description="From 1900-01-01 on.")]
Snils = Annotated[
    CleanLine,
    Field(max_length=30, description="СНИЛС, 11 digits however they are spaced; of two children's parent twice."),
    AfterValidator(snils_digits),
]
StartsOn = Annotated[Day, Field(description="First day; null: not known.")]
EndsOn = Annotated[Day, Field(description="Last day; null: no end is known.")]


class RepresentativeIn(RequestBody):
    """A legal representative of a learner; members left out mean "not known"."""

    family_name: FamilyName = Field(examples=["Примерова"])
    given_name: GivenName = Field(default="", examples=["Анна"])
    patronymic: Patronymic = ""
    relation: Relation = Field(default="", examples=["мать"])
    birth_date: BirthDate | None = None
    snils: Snils = ""
    email: Email = ""
    phone: Phone = ""
    ground: Ground = Field(default="", examples=["свидетельство о рождении I-АБ № 000123"])
    starts_on: StartsOn | None = None
    ends_on: EndsOn | None = None

    def to_wanted(self) -> WantedRepresentative:
        """Return the same as the registry takes it."""
        return WantedRepresentative(**self.model_dump())


class RepresentativePatch(MergePatch):
    """New values for some of the members; members left out stay as they are, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = {
        **dict.fromkeys(("given_name", "patronymic", "relation", "snils", "email", "phone", "ground"), ""),
        **dict.fromkeys(("birth_date", "starts_on", "ends_on")),
    }

    family_name: FamilyName | None = None
    given_name: GivenName | None = None
    patronymic: Patronymic | None = None
    relation: Relation | None = None
    birth_date: BirthDate | None = None
    snils: Snils | None = None
    email: Email | None = None
    phone: Phone | None = None
    ground: Ground | None = None
    starts_on: StartsOn | None = None
    ends_on: EndsOn | None = None


class RepresentativeOut(BaseModel):
    """A legal representative («законный представитель») of one learner."""

    id: UUID
    person_id: UUID = Field(description="The learner.")
    family_name: str = Field(examples=["Примерова"])
    given_name: str = Field(examples=["Анна"])
    patronymic: str = Field(examples=["Павловна"])
    full_name: str = Field(examples=["Примерова Анна"])
    relation: str = Field(examples=["мать"])
    birth_date: date | None = Field(examples=["1980-02-01"])
    snils: str = Field(description="11 digits; empty if it is not known.")
    email: str = Field(examples=["anna@example.org"])
    phone: str = Field(examples=["+7 900 000-00-00"])
    ground: str = Field(examples=["свидетельство о рождении I-АБ № 000123"])
    starts_on: date | None = Field(description="First day; null: not known.")
    ends_on: date | None = Field(description="Last day; null: no end is known.")
    imported: Imported
    gone_at: GoneAt
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, representative: Representative) -> Self:
        """Return what the API says of a representative."""
        return cls.model_validate(representative, from_attributes=True)
