"""What the API says and hears of rewards."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.rewards.keeping import NewReward, RewardChanged
from core.rewards.models import Reward, RewardKind
from core.web.fields import CleanLine, CleanText, Day, FilledLine, Identifier, MergePatch, RequestBody

Name = Annotated[FilledLine, Field(max_length=200, description="In the words of the institution's rules.")]
Note = Annotated[CleanText, Field(max_length=2000)]
Title = Annotated[FilledLine, Field(max_length=500)]
Ground = Annotated[CleanLine, Field(max_length=500, description="The order or regulation, in words.")]
AwardedOn = Annotated[Day, Field(description="Day of the award; not in the future.")]
ExpiresOn = Annotated[Day, Field(description="Last day on which it holds; null: no such day.")]
OrderCaseId = Annotated[Identifier, Field(description="Case that the order («приказ») is filed in.")]
DocumentId = Annotated[Identifier, Field(description="Kept document of the learner that proves it.")]
Issuer = Annotated[
    CleanLine,
    Field(max_length=500, description="Who gave it; may be empty.", examples=["Колледж информационных технологий"]),
]
Retired = Annotated[bool, Field(description="No longer given.")]
StrikeReason = Annotated[str, Field(description="Why it was struck out; empty if it was not.")]
Said = Annotated[dict[str, Any], Field(description="Values by field, of those that changed.")]
Number = Annotated[CleanLine, Field(max_length=100)]


class RewardKindIn(RequestBody):
    """A kind of rewards."""

    name: Name = Field(examples=["Похвальный лист"])
    note: Note = ""


class RewardKindPatch(MergePatch):
    """New values for some of the members."""

    EMPTY: ClassVar[Mapping[str, object]] = {"note": ""}

    name: Name | None = None
    note: Note | None = None
    retired: Retired | None = None


class RewardKindOut(BaseModel):
    """A kind of rewards («вид поощрения»)."""

    id: UUID
    name: str = Field(examples=["Похвальный лист"])
    note: str
    retired: Retired
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: RewardKind) -> Self:
        """Return what the API says of a kind."""
        return cls.model_validate(row, from_attributes=True)


class AdoptedKindsOut(BaseModel):
    """What an adoption has added."""

    kinds: list[str] = Field(description="Names of the kinds of rewards that were added.")


class RewardIn(RequestBody):
    """A reward of a learner."""

    person_id: Identifier
    kind_id: Identifier
    title: Title = Field(examples=["За победу в олимпиаде по математике"])
    issuer: Issuer = ""
    number: Number = ""
    awarded_on: AwardedOn | None = None
    expires_on: ExpiresOn | None = None
    ground: Ground = Field(default="", examples=["приказ от 20.05.2026 № 14-у"])
    order_case_id: OrderCaseId | None = None
    document_id: DocumentId | None = None

    def to_wanted(self) -> NewReward:
        """Return the same as the verb takes it."""
        return NewReward(**self.model_dump())


class RewardPatch(MergePatch):
    """New values for some of the members; whose it is never changes."""

    EMPTY: ClassVar[Mapping[str, object]] = {
        **dict.fromkeys(("issuer", "number", "ground"), ""),
        **dict.fromkeys(("awarded_on", "expires_on", "order_case_id", "document_id")),
    }

    kind_id: Identifier | None = None
    title: Title | None = None
    issuer: Issuer | None = None
    number: Number | None = None
    awarded_on: AwardedOn | None = None
    expires_on: ExpiresOn | None = None
    ground: Ground | None = None
    order_case_id: OrderCaseId | None = None
    document_id: DocumentId | None = None


class RewardOut(BaseModel):
    """A reward of a learner («поощрение»)."""

    id: UUID
    person_id: UUID
    kind_id: UUID | None = Field(description="null: nobody has said yet which kind the source's word means.")
    title: str
    issuer: str = Field(description="Who gave it; may be empty.")
    number: str
    awarded_on: date | None = Field(description="Day of the award; null: not known.")
    expires_on: date | None = Field(description="Last day on which it holds; null: no such day.")
    ground: str = Field(description="The order or regulation, in words; may be empty.")
    order_case_id: UUID | None = Field(description="Case that the order («приказ») is filed in.")
    document_id: UUID | None = Field(description="Kept document of the learner that proves it.")
    said_kind: str = Field(description="The source's own word for the kind.")
    state: Literal["entered", "struck_out"]
    struck_out_by: UUID | None
    struck_out_at: datetime | None
    strike_reason: StrikeReason
    gone_at: datetime | None = Field(description="Since when the source has it no longer.")
    created_at: datetime
    changed_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: Reward) -> Self:
        """Return what the API says of a reward."""
        return cls.model_validate(row, from_attributes=True)


class RewardStrikeIn(RequestBody):
    """Why a reward is struck out."""

    reason: Annotated[FilledLine, Field(max_length=1000, description="Why; it stays visible.")]


class RewardChangeOut(BaseModel):
    """One change: who changed what, from what, to what."""

    revision: int = Field(description="That it made.")
    changed_at: datetime
    changed_by: UUID | None = Field(description="Account; null: a source.")
    before: Said
    after: Said

    @classmethod
    def of(cls, change: RewardChanged) -> Self:
        """Return what the API says of a change."""
        return cls.model_validate(change, from_attributes=True)
