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
Line = Annotated[CleanLine, Field(max_length=500)]
Ground = Annotated[CleanLine, Field(max_length=500, description="The order or regulation, in words.")]
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
    retired: bool | None = Field(default=None, description="No longer given.")


class RewardKindOut(BaseModel):
    """A kind of rewards («вид поощрения»)."""

    id: UUID
    name: str = Field(examples=["Похвальный лист"])
    note: str
    retired: bool
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: RewardKind) -> Self:
        """Return what the API says of a kind."""
        return cls.model_validate(row, from_attributes=True)


class AdoptedKindsOut(BaseModel):
    """What an adoption has added."""

    kinds: list[str]


class RewardIn(RequestBody):
    """A reward of a learner."""

    person_id: Identifier
    kind_id: Identifier
    title: Title = Field(examples=["За победу в олимпиаде по математике"])
    issuer: Line = Field(default="", examples=["Колледж информационных технологий"])
    number: Number = ""
    awarded_on: Day | None = Field(default=None, description="Not in the future.")
    expires_on: Day | None = Field(default=None, description="Last day on which it holds.")
    ground: Ground = Field(default="", examples=["приказ от 20.05.2026 № 14-у"])
    order_case_id: Identifier | None = Field(default=None, description="Case that the order is filed in.")
    document_id: Identifier | None = Field(default=None, description="Kept document of the learner that proves it.")

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
    issuer: Line | None = None
    number: Number | None = None
    awarded_on: Day | None = None
    expires_on: Day | None = None
    ground: Ground | None = None
    order_case_id: Identifier | None = None
    document_id: Identifier | None = None


class RewardOut(BaseModel):
    """A reward of a learner («поощрение»)."""

    id: UUID
    person_id: UUID
    kind_id: UUID | None = Field(description="null: nobody has said yet which kind the source's word means.")
    title: str
    issuer: str
    number: str
    awarded_on: date | None
    expires_on: date | None
    ground: str
    order_case_id: UUID | None
    document_id: UUID | None
    said_kind: str = Field(description="The source's own word for the kind.")
    state: Literal["entered", "struck_out"]
    struck_out_by: UUID | None
    struck_out_at: datetime | None
    strike_reason: str
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
    before: dict[str, Any]
    after: dict[str, Any]

    @classmethod
    def of(cls, change: RewardChanged) -> Self:
        """Return what the API says of a change."""
        return cls.model_validate(change, from_attributes=True)
