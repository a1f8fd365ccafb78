"""What the API says and hears of the execution of acts."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from core.cases.requests import Evidence
from core.disposal.execution.models import ActAttempt, ActVacuum, GoingObject
from core.disposal.execution.paper_carriers import PaperEnd
from core.disposal.execution.reading import Progress
from core.disposal.models import DisposalAct
from core.web.fields import Day, Identifier, RequestBody
from retention.disposal_facts import ActState


class AttemptOut(BaseModel):
    """An attempt to execute an act."""

    number: int = Field(description="1 for the first.")
    announced_by: UUID = Field(description="Account of the executor who announced it.")
    announced_at: datetime = Field(description="When.")
    confirmed_by: UUID | None = Field(description="Account of the executor who confirmed it; null: nobody yet.")
    confirmed_at: datetime | None = Field(description="When it started.")
    means_name: str = Field(description="Means of destruction.")
    means_version: str = Field(description="Its version.")
    means_certificate: str = Field(description="Number of its certificate; empty: none is claimed.")
    outcome: Literal["executed", "partial"] | None = Field(description="null while it runs.")
    ended_at: datetime | None = Field(description="When it ended.")

    @classmethod
    def of(cls, row: ActAttempt) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class VacuumOut(BaseModel):
    """That the space of deleted bytes was given back."""

    outcome: Literal["done", "not_applicable", "failed"] = Field(description="How it ended.")
    detail: str = Field(description="Why it failed, or why it is not ours to do.")
    began_at: datetime = Field(description="When it began.")
    ended_at: datetime = Field(description="When it ended.")

    @classmethod
    def of(cls, row: ActVacuum) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ExecutionOut(BaseModel):
    """What an act does at this moment."""

    act_id: UUID = Field(description="The act.")
    state: ActState
    lines_by_state: dict[str, int] = Field(description="Lines by state; held ones count as held at once.")
    objects: int = Field(description="Versions of files and pictures that were written down to go.")
    absent: int = Field(description="Those of them of which storage has said that they are absent.")
    bytes_gone: int = Field(description="Their bytes.")
    attempts: list[AttemptOut] = Field(description="Everybody who started it, in order.")
    vacuums: list[VacuumOut] = Field(description="How space was given back; the last one counts.")
    paper_open_ids: list[UUID] = Field(description="Destroyed lines whose paper is not recorded; the first hundred.")
    paper_open: int = Field(description="How many these are.")

    @classmethod
    def of_act(cls, act: DisposalAct, found: Progress) -> Self:
        """Show the progress of an act."""
        return cls(
            act_id=act.id,
            state=act.state,
            lines_by_state=found.lines,
            objects=found.objects,
            absent=found.absent,
            bytes_gone=found.bytes_gone,
            attempts=[AttemptOut.of(each) for each in found.attempts],
            vacuums=[VacuumOut.of(each) for each in found.vacuums],
            paper_open_ids=list(found.paper_open[:100]),
            paper_open=len(found.paper_open),
        )


class ObjectOut(BaseModel):
    """One version that goes with a line, and the proof that it is gone."""

    document_id: UUID = Field(description="Document it belonged to.")
    key: str = Field(description="Key in the object storage.")
    version_id: str = Field(description="Version of the object.")
    role: Literal["original", "rendition"] = Field(description="The file itself, or a preview of it.")
    sha256: str | None = Field(description="Digest of the bytes, of originals that the register knew.")
    size: int = Field(description="Bytes.")
    delete_marker: bool = Field(description="Whether it was only a mark of a deletion.")
    listed_at: datetime = Field(description="When it was written down, before anything was deleted.")
    absent_at: datetime | None = Field(description="When storage had said that it is absent; null: not yet.")

    @classmethod
    def of(cls, row: GoingObject) -> Self:
        """Show a row."""
        members = {name: getattr(row, name) for name in cls.model_fields if name != "sha256"}
        return cls(**members, sha256=row.sha256.hex() if row.sha256 else None)


class PaperEndIn(RequestBody):
    """How the paper of destroyed cases ended."""

    line_ids: Annotated[list[Identifier], Field(min_length=1, max_length=5000)] | None = Field(
        default=None, description="Left out: every destroyed line whose paper is still there."
    )
    destroyed_on: Annotated[Day, Field(description="When.", examples=["2026-03-02"])]
    way: Literal["shredded", "burnt", "handed_over"] = Field(description="How; `handed_over` for recycling.")
    weight_grams: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = Field(
        default=None, description="Weight of all of it; needed where it was handed over."
    )
    evidence: Annotated[Evidence, Field(description="Hand-over note or minutes of the shredding.")]

    @model_validator(mode="after")
    def _weighed(self) -> Self:
        if self.way == "handed_over" and self.weight_grams is None:
            message = "weight_grams is needed where paper was handed over"
            raise ValueError(message)
        return self

    def to_end(self) -> PaperEnd:
        """Return the same as the verb takes it."""
        return PaperEnd(**self.model_dump(exclude={"line_ids"}))


class PaperRecordedOut(BaseModel):
    """What was recorded of paper."""

    lines: int = Field(description="How many lines it was recorded of.")
    destroyed_on: date = Field(description="When it was destroyed.")
