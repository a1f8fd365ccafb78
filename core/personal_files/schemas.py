"""What the API says and hears of personal files."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.people.models import Person
from core.personal_files.models import PersonalFile
from core.web.fields import CleanText, Day, FilledLine, Identifier, MergePatch, RequestBody

Number = Annotated[
    FilledLine, Field(max_length=50, description="Number of the personal file; unique within the institution.")
]
Note = Annotated[CleanText, Field(max_length=2000)]


class PersonalFileIn(RequestBody):
    """A personal file to be opened."""

    number: Number | None = Field(default=None, description="Left out: the next free number.", examples=["117"])
    opened_on: Day | None = Field(
        default=None, description="Left out: the institution's today.", examples=["2026-03-02"]
    )
    note: Note = ""


class PersonalFilePatch(MergePatch):
    """New values for some of the members; members left out stay, null clears: without `closed_on` it is open again."""

    EMPTY: ClassVar[Mapping[str, object]] = {"closed_on": None, "note": ""}

    number: Number | None = None
    opened_on: Day | None = Field(default=None, description="First day; not after the institution's today.")
    closed_on: Day | None = Field(default=None, description="Last day; from `opened_on` to the institution's today.")
    note: Note | None = None


class CaseOfFileIn(RequestBody):
    """Which case a personal file is."""

    case_id: Identifier = Field(description="An open case without documents of its own.")


class LearnerOut(BaseModel):
    """Whose personal file it is."""

    id: UUID
    full_name: str = Field(examples=["Образцова Вера Игоревна"])
    birth_date: date | None = Field(examples=["2008-03-14"])
    address: str = Field(description="Where the learner is read.", examples=["/api/v1/people/…"])


class PersonalFileOut(BaseModel):
    """A personal file («личное дело»); its documents are listed at `documents`."""

    id: UUID
    number: str = Field(examples=["117"])
    person: LearnerOut
    opened_on: date = Field(examples=["2026-03-02"])
    closed_on: date | None = Field(description="null while it is open.")
    note: str
    documents: str = Field(description="Where its documents are listed.", examples=["/api/v1/documents?…"])
    blocked: bool = Field(description="Whether it is kept but not used («блокирование»); `blockings` says why.")
    blockings: str = Field(description="Where its blockings are listed.", examples=["/api/v1/personal-files/…"])
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, personal_file: PersonalFile, person: Person) -> Self:
        """Return what the API says of a personal file and its learner."""
        return cls(
            id=personal_file.id,
            number=personal_file.number,
            person=LearnerOut(
                id=person.id,
                full_name=person.full_name,
                birth_date=person.birth_date,
                address=f"/api/v1/people/{person.id}",
            ),
            opened_on=personal_file.opened_on,
            closed_on=personal_file.closed_on,
            note=personal_file.note,
            documents=f"/api/v1/documents?personal_file_id={personal_file.id}",
            blocked=personal_file.blocked,
            blockings=f"/api/v1/personal-files/{personal_file.id}/blockings",
            created_at=personal_file.created_at,
            revision=personal_file.revision,
        )
