"""What the API says and hears of the staff."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.people.contacts import Email, Phone, Snils
from core.people.schemas import Archived, ExternalNumber, FamilyName, GoneAt, Imported, Patronymic
from core.staff.keeping import WantedMember
from core.staff.models import StaffMember
from core.web.fields import CleanLine, Day, MergePatch, RequestBody

GivenName = Annotated[CleanLine, Field(max_length=100, description="Given name («имя»).")]
Position = Annotated[CleanLine, Field(max_length=300, description="Position («должность»).")]
Taught = Annotated[CleanLine, Field(max_length=500, description="Subjects taught, separated by commas.")]
BirthDate = Annotated[Day, Field(ge=date(1900, 1, 1), description="From 1900-01-01 on.")]
Login = Annotated[
    CleanLine,
    Field(max_length=100, description="Login of the account of this institution that is this member's; one each."),
]


class StaffIn(RequestBody):
    """A member of the staff; members left out mean "not known"."""

    family_name: FamilyName = Field(examples=["Учителева"])
    given_name: GivenName = Field(default="", examples=["Ольга"])
    patronymic: Patronymic = Field(default="", examples=["Петровна"])
    position: Position = Field(default="", examples=["учитель математики"])
    subjects: Taught = Field(default="", examples=["Алгебра, Геометрия"])
    external_number: ExternalNumber = ""
    birth_date: BirthDate | None = None
    snils: Snils = ""
    email: Email = ""
    phone: Phone = ""
    archived: Archived = False

    def to_wanted(self) -> WantedMember:
        """Return the same as the registry takes it."""
        return WantedMember(**self.model_dump())


class StaffPatch(MergePatch):
    """New values for some of the members; members left out stay as they are, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = {
        **dict.fromkeys(("given_name", "patronymic", "position", "subjects", "external_number", "login"), ""),
        **dict.fromkeys(("snils", "email", "phone"), ""),
        "birth_date": None,
    }

    family_name: FamilyName | None = None
    given_name: GivenName | None = None
    patronymic: Patronymic | None = None
    position: Position | None = None
    subjects: Taught | None = None
    external_number: ExternalNumber | None = None
    birth_date: BirthDate | None = None
    snils: Snils | None = None
    email: Email | None = None
    phone: Phone | None = None
    archived: Archived | None = None
    login: Login | None = None

    def of_member(self) -> tuple[dict[str, Any], str | None]:
        """Return what was sent of the member, and the login that was sent; an empty one unlinks."""
        changes = self.changes()
        login: str | None = changes.pop("login", None)
        return changes, login


class StaffOut(BaseModel):
    """A member of the staff («работник»), without what is read by itself."""

    id: UUID
    family_name: str = Field(examples=["Учителева"])
    given_name: str = Field(examples=["Ольга"])
    patronymic: str = Field(examples=["Петровна"])
    full_name: str = Field(examples=["Учителева Ольга Петровна"])
    position: str = Field(examples=["учитель математики"])
    subjects: str = Field(examples=["Алгебра, Геометрия"])
    external_number: str = Field(examples=["т-17"])
    account_id: UUID | None = Field(
        description="Account of this institution; as a teacher it sees this member's groups."
    )
    archived: Archived
    imported: Imported
    gone_at: GoneAt
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, member: StaffMember) -> Self:
        """Return what the API says of a member of the staff."""
        return cls.model_validate(member, from_attributes=True)


class StaffPersonalDataOut(BaseModel):
    """What of a member of the staff is in no list."""

    staff_id: UUID = Field(description="The member of the staff.")
    birth_date: date | None = Field(examples=["1980-02-01"])
    snils: str = Field(description="11 digits; empty if it is not known.")
    email: str = Field(examples=["olga@example.org"])
    phone: str = Field(examples=["+7 900 000-00-00"])
    revision: int = Field(description="That of the member.", examples=[1])

    @classmethod
    def of(cls, member: StaffMember) -> Self:
        """Return what the API says of a member's СНИЛС and contacts."""
        return cls(
            staff_id=member.id,
            birth_date=member.birth_date,
            snils=member.snils,
            email=member.email,
            phone=member.phone,
            revision=member.revision,
        )
