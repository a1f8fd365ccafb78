"""What the API says of copies that stayed after a transfer."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.exits.models import TransferLine
from core.handed_over.models import CopyAttempt, CopyDecision, CopyLine, CopyLineState, CopyState


class CopyDecisionOut(BaseModel):
    """A decision about the files that stayed here after an archive accepted their cases."""

    id: UUID
    transfer_id: UUID = Field(description="Transfer whose copies these are.")
    outcome: Literal["keep", "destroy"] = Field(description="Whether they stay or go.")
    state: CopyState
    basis: str = Field(description="Document it rests on.")
    evidence: str = Field(description="What shows that the archive has everything and can read it.")
    author_id: UUID = Field(description="Account that proposed it.")
    single_person: bool = Field(description="Whether it was proposed under the declared single-person mode.")
    number: str
    approved_on: date | None = Field(description="null while the head has not approved.")
    approved_by: UUID | None = Field(description="Account.")
    reason: str = Field(description="Why it was cancelled.")
    space: Literal["done", "not_applicable", "failed"] | None = Field(
        description="How giving the space back to the disk ended; null: nothing was destroyed yet."
    )
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: CopyDecision) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in CopyDecisionOut.model_fields})


class CopyAttemptOut(BaseModel):
    """Who destroyed copies, by which means."""

    number: int = Field(description="1 for the first.")
    announced_by: UUID = Field(description="Account.")
    announced_at: datetime = Field(description="When it was announced.")
    confirmed_by: UUID | None = Field(description="Account; null while nobody has confirmed.")
    confirmed_at: datetime | None = Field(description="When it was started; null: nobody has confirmed.")
    means_name: str = Field(description="The means of destruction.")
    means_version: str = Field(description="Version of the means.")
    means_certificate: str = Field(description="Number of its certificate; empty: none is claimed.")
    outcome: Literal["executed", "partial"] | None = Field(description="null while it goes on.")
    ended_at: datetime | None

    @classmethod
    def of(cls, row: CopyAttempt) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class CopyDecisionDetailOut(CopyDecisionOut):
    """A decision with what its execution has done."""

    lines_by_state: dict[CopyLineState, int] = Field(description="Cases by state.")
    objects: int = Field(description="Versions of files and previews that were written down.")
    absent: int = Field(description="Those of them that storage said are absent.")
    attempts: list[CopyAttemptOut] = Field(description="Everybody who started it, in order.")

    @classmethod
    def of_all(cls, row: CopyDecision, counted: Mapping[str, Any], attempts: Sequence[CopyAttempt]) -> Self:
        """Show a decision; `counted` has the numbers by their names."""
        return cls(
            **CopyDecisionOut.of(row).model_dump(),
            **counted,
            attempts=[CopyAttemptOut.of(each) for each in attempts],
        )


class CopyLineOut(BaseModel):
    """The copies of one case."""

    id: UUID
    case_id: UUID = Field(description="Case whose copies these are.")
    class_index: str = Field(description="Index of the case.")
    title: str = Field(description="Of the case.")
    files: int = Field(description="Files that the archive accepted.")
    state: CopyLineState
    reason: str = Field(description="Why it was left out or could not be finished; of a held one the id of the hold.")
    ended_at: datetime | None

    @classmethod
    def of(cls, row: CopyLine, said: TransferLine) -> Self:
        """Show a row with what its transfer says of the case."""
        members = {name: getattr(row, name) for name in ("id", "case_id", "state", "reason", "ended_at")}
        return cls(**members, class_index=said.class_index, title=said.title, files=len(said.content))
