"""Statements of will, special needs and extracts, as the API shows and takes them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from core.kernel.texts import mark
from core.results.extract import Extract
from core.results.models import MarkScale, SpecialNeed, WillStatement
from core.results.schemas.results import ResultOut
from core.results.will import NewWill
from core.web.fields import CleanLine, CleanText, Day, FilledLine, RequestBody

Evidence = Annotated[
    FilledLine, Field(max_length=500, description="Document that proves it.", examples=["заявление от 01.09.2025"])
]
Covers = Annotated[
    Literal["all", "outside"], Field(description="All results, or those obtained outside of the institution.")
]
GivenBy = Annotated[Literal["learner", "representative"], Field(description="Who gave the statement.")]
Nature = Annotated[
    Literal["special_conditions", "talent"],
    Field(description="Special conditions of study («специальные условия»), or a talent («одарённость»)."),
]

_REPRESENTATIVE: Final = mark("A representative is named exactly if the statement was given by one")


class WillIn(RequestBody):
    """A statement of will that results be accounted for."""

    covers: Covers
    given_by: GivenBy
    representative: Annotated[
        CleanLine, Field(max_length=300, description="Name; empty if the learner gave the statement.")
    ] = ""
    given_on: Annotated[Day, Field(description="Day of the statement; not in the future.")]
    evidence: Evidence

    @model_validator(mode="after")
    def _named_exactly_if_needed(self) -> Self:
        if (self.given_by == "representative") != bool(self.representative):
            raise ValueError(_REPRESENTATIVE)
        return self

    def to_will(self) -> NewWill:
        """Return the same as the verb takes it."""
        return NewWill(**self.model_dump())


class WillWithdrawalIn(RequestBody):
    """The withdrawal of a statement of will."""

    withdrawn_on: Annotated[Day, Field(description="Not before the statement, not in the future.")]
    evidence: Evidence


class WillOut(BaseModel):
    """A statement of will."""

    id: UUID
    person_id: UUID
    covers: Covers
    given_by: GivenBy
    representative: str = Field(description="Name; empty if the learner gave the statement.")
    given_on: date = Field(description="Day of the statement.")
    evidence: str = Field(description="Document that proves it.")
    recorded_at: datetime
    withdrawn_on: date | None = Field(description="Day of the withdrawal; null: it holds.")
    withdrawal_evidence: str = Field(description="Document that proves the withdrawal; empty while it holds.")

    @classmethod
    def of(cls, row: WillStatement) -> Self:
        """Return what the API says of a statement."""
        return cls.model_validate(row, from_attributes=True)


class NeedIn(RequestBody):
    """What a learner needs, or is talented in."""

    nature: Nature
    description: Annotated[CleanText, Field(min_length=1, max_length=5000, description="What is needed, in words.")]
    evidence: Evidence
    starts_on: Annotated[Day, Field(description="First day; not in the future.")]


class NeedEndIn(RequestBody):
    """Its end."""

    ends_on: Annotated[Day, Field(description="Last day; not in the future.")]
    reason: Annotated[FilledLine, Field(max_length=1000, description="Why it ended; kept.")]


class NeedOut(BaseModel):
    """What a learner needs, or is talented in."""

    id: UUID
    person_id: UUID
    nature: Nature
    description: str = Field(description="What is needed, in words.")
    evidence: str = Field(description="Document that proves it.")
    starts_on: date = Field(description="First day.")
    ends_on: date | None = Field(description="Last day; null: it lasts.")
    end_reason: str = Field(description="Why it ended; empty while it lasts.")
    recorded_at: datetime

    @classmethod
    def of(cls, row: SpecialNeed) -> Self:
        """Return what the API says of a special need."""
        return cls.model_validate(row, from_attributes=True)


class ExtractKind(BaseModel):
    """The results of one kind."""

    kind_id: UUID | None
    kind: str = Field(description="Empty: what a source brought and nobody has placed in the taxonomy yet.")
    final: list[ResultOut] = Field(description="Final results, in the order of days.")
    current: list[ResultOut] = Field(description="Current results, in the order of days.")


class ExtractOut(BaseModel):
    """A learner's own extract, by kinds of results."""

    person_id: UUID
    full_name: str
    kinds: list[ExtractKind] = Field(description="Kinds of which there is a result.")

    @classmethod
    def of(cls, extract: Extract, scales: Mapping[UUID, MarkScale]) -> Self:
        """Return what the API says of an extract."""
        kinds = [
            ExtractKind(
                kind_id=None if each.kind is None else each.kind.id,
                kind="" if each.kind is None else each.kind.name,
                final=[ResultOut.of(row, scales) for row in each.final],
                current=[ResultOut.of(row, scales) for row in each.current],
            )
            for each in extract.kinds
        ]
        return cls(person_id=extract.person.id, full_name=extract.person.full_name, kinds=kinds)
