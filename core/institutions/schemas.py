"""An institution, as the API shows and takes it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.institutions.models import Institution
from core.web.fields import CleanText, FilledLine, MergePatch, RequestBody

Name = Annotated[FilledLine, Field(max_length=300, description="Full name, as in the charter (наименование).")]
ShortName = Annotated[FilledLine, Field(max_length=100, description="Short name, for lists and titles.")]
Inn = Annotated[
    str, Field(pattern=r"^([0-9]{10}|[0-9]{12})$", description="Taxpayer number (ИНН).", examples=["7701234567"])
]
TimeZone = Annotated[
    FilledLine,
    Field(
        max_length=100,
        description='IANA name of the time zone; decides what "today" is.',
        examples=["Europe/Moscow", "Asia/Yekaterinburg"],
    ),
]


Contact = Annotated[
    CleanText,
    Field(
        max_length=500,
        description="Whom members ask for access and help.",
        examples=["Канцелярия, каб. 12, тел. 00-00"],
    ),
]


class InstitutionSettings(RequestBody):
    """What an institution sets for itself."""

    contact: Contact = ""


class InstitutionView(BaseModel):
    """An institution."""

    id: UUID
    name: str = Field(examples=["Колледж информационных технологий"])
    short_name: str = Field(examples=["Колледж ИТ"])
    inn: str | None = Field(description="Taxpayer number (ИНН); null if not given.", examples=["7701234567"])
    time_zone: str = Field(description="IANA name.", examples=["Europe/Moscow"])
    settings: InstitutionSettings
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: Institution) -> Self:
        """Show a row."""
        return cls(
            id=row.id,
            name=row.name,
            short_name=row.short_name,
            inn=row.inn,
            time_zone=row.time_zone,
            settings=InstitutionSettings.model_validate(row.settings),
            created_at=row.created_at,
            revision=row.revision,
        )


class SettingsChange(MergePatch):
    """What shall be set otherwise; what is left out stays, null goes back to what it was at the founding."""

    EMPTY: ClassVar[Mapping[str, object]] = InstitutionSettings().model_dump()

    contact: Contact | None = None


class InstitutionChange(MergePatch):
    """What shall be different; what is left out stays, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = {"inn": None, "settings": InstitutionSettings().model_dump()}

    name: Name | None = None
    short_name: ShortName | None = None
    inn: Inn | None = None
    time_zone: TimeZone | None = None
    settings: SettingsChange | None = None

    def changes(self) -> dict[str, Any]:
        """Return the values of what was sent, by field; of `settings` those that were sent."""
        sent = super().changes()
        return {**sent, "settings": self.settings.changes()} if self.settings else sent
