"""What the API hears and says of inventories and of how an institution disposes."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.cases.requests import Evidence, Note, Reason
from core.inventories.making import InventoryApproval, NewInventory
from core.inventories.models import DisposalPolicy, Inventory, InventoryLine
from core.inventories.policy import NewDisposalPolicy
from core.web.fields import Day, FilledLine, Identifier, RequestBody
from retention.disposal_facts import DEFAULT_WAITING_DAYS

Category = Literal["permanent", "personnel", "long_term"]
Year = Annotated[int, Field(ge=1900, le=2999)]
PaperNumber = Annotated[FilledLine, Field(max_length=100, description="Number of the paper.", examples=["3"])]


class InventoryIn(RequestBody):
    """An inventory to be begun, or the statement that there are no such cases."""

    category: Category = Field(description="Kept permanently, personnel records, or kept over ten years.")
    first_year: Year = Field(description="First year of closing that it covers.")
    last_year: Year = Field(description="Last one.")
    empty: bool = Field(default=False, description="Whether it says that there are no such cases.")
    note: Note = ""

    def to_new(self) -> NewInventory:
        """Return the same as the verb takes it."""
        return NewInventory(**self.model_dump())


class EntriesIn(RequestBody):
    """Cases to be entered."""

    case_ids: Annotated[list[Identifier], Field(min_length=1, max_length=5000)] | None = Field(
        default=None, description="Closed cases; left out: every one that belongs there, except personnel records."
    )


class InventoryApprovalIn(RequestBody):
    """Under which number, and by which minutes of the commission, an inventory is approved."""

    number: PaperNumber
    approved_on: Day | None = Field(default=None, description="Left out: the institution's today.")
    minutes_date: Day = Field(description="Day of the minutes.", examples=["2026-02-20"])
    minutes_number: PaperNumber

    def to_approval(self, today: date) -> InventoryApproval:
        """Return the same as the verb takes it."""
        return InventoryApproval(**{**self.model_dump(), "approved_on": self.approved_on or today})


class ArchiveDecisionIn(RequestBody):
    """What the archive's commission («ЭПК») decided."""

    decided_on: Day = Field(description="Day of its minutes.", examples=["2026-03-10"])
    number: PaperNumber


class AbandonmentIn(RequestBody):
    """Why a draft ends."""

    reason: Reason


class InventoryOut(BaseModel):
    """An inventory («опись»)."""

    id: UUID
    category: Category = Field(description="Kept permanently, personnel records, or kept over ten years.")
    first_year: int = Field(description="First year of closing that it covers.")
    last_year: int = Field(description="Last one.")
    empty: bool = Field(description="Whether it says that there are no such cases.")
    note: str
    state: Literal["draft", "approved", "abandoned"]
    number: str
    minutes_date: date | None = Field(description="Day of the commission's minutes.")
    minutes_number: str = Field(description="Their number.")
    approved_on: date | None = Field(description="null while it is a draft.")
    approved_by: UUID | None = Field(description="Account.")
    archive_date: date | None = Field(description="Day of the archive's minutes; null: not decided.")
    archive_number: str = Field(description="Their number.")
    reason: str = Field(description="Why it was abandoned.")
    author_id: UUID = Field(description="Account that began it.")
    single_person: bool = Field(description="Whether its author approved it, under the declared single-person mode.")
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: Inventory) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class InventoryLineOut(BaseModel):
    """One case in an inventory, as it was when it was entered."""

    id: UUID
    position: int = Field(description="Number in the inventory («№ ед. хр.»).")
    case_id: UUID = Field(description="The case.")
    class_index: str = Field(description="Index («индекс дела»).")
    title: str
    first_year: int = Field(description="Year of its opening.")
    last_year: int = Field(description="Year of its closing.")
    volumes: int = Field(description="Volumes and parts.")
    term: str = Field(description="As the nomenclature has it.")
    article: str = Field(description="As the nomenclature has it.")

    @classmethod
    def of(cls, row: InventoryLine) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class DisposalPolicyIn(RequestBody):
    """How the institution disposes."""

    waiting_days: Annotated[int, Field(ge=1, le=365, description="Days between approval and execution.")] = (
        DEFAULT_WAITING_DAYS
    )
    single_person: bool = Field(
        default=False, description="Declares the single-person mode («режим одного лица»): persons need not differ."
    )
    ground: Evidence

    def to_new(self) -> NewDisposalPolicy:
        """Return the same as the verb takes it."""
        return NewDisposalPolicy(**self.model_dump())


class DisposalPolicyOut(BaseModel):
    """How the institution disposes; while nobody has decided, persons differ and an act waits a week."""

    decided: bool = Field(description="Whether anybody has decided.")
    waiting_days: int = Field(description="Days between approval and execution.")
    single_person: bool = Field(description="Whether the single-person mode is declared.")
    declared_on: date | None = Field(description="Day of the decision.")
    ground: str = Field(description="Document it rests on.")
    decided_by: UUID | None = Field(description="Account.")

    @classmethod
    def of(cls, row: DisposalPolicy | None) -> Self:
        """Show a row, or what holds without one."""
        if row is None:
            return cls(
                decided=False,
                waiting_days=DEFAULT_WAITING_DAYS,
                single_person=False,
                declared_on=None,
                ground="",
                decided_by=None,
            )
        return cls(decided=True, **{name: getattr(row, name) for name in cls.model_fields if name != "decided"})
