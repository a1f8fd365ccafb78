"""What the API says and hears of nomenclatures."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.nomenclature.models import Nomenclature, NomenclatureVersion, RecordClass, RuleVersion, Section, TermDecision
from core.nomenclature.rows import Cells
from core.web.fields import CleanLine, CleanText, Day, FilledLine, Identifier, MergePatch, RequestBody

VersionState = Literal["draft", "submitted", "agreed", "approved", "abandoned"]
Cell = Annotated[CleanText, Field(max_length=4000)]
ClassIndex = Annotated[CleanLine, Field(max_length=40, description="Index of the case («индекс дела»).")]
Code = Annotated[CleanLine, Field(max_length=40, description="Code of the section; may be empty.", examples=["01"])]
Title = Annotated[FilledLine, Field(max_length=500)]
Reason = Annotated[CleanText, Field(min_length=1, max_length=1000, description="Why, in words; kept for good.")]
Year = Annotated[int, Field(ge=1900, le=2999, description="Office year.", examples=[2027])]
TermCell = Annotated[Cell, Field(description="Term as it is written.", examples=["5 лет ЭПК"])]
NoteCell = Annotated[Cell, Field(description="Note; whatever in it changes the term is part of the rule.")]
ArticleCell = Annotated[Cell, Field(description="Articles of the list, or another basis.", examples=["ст. 19 а"])]
Quantity = Annotated[CleanLine, Field(max_length=100, description="Number of cases or volumes, as it is written.")]
Paper = Annotated[bool, Field(description="Whether its cases have a paper carrier.")]
Electronic = Annotated[bool, Field(description="Whether its cases have an electronic carrier.")]
CarriedOver = Annotated[bool, Field(description="Whether its cases stay open over several years («переходящее»).")]
Reserve = Annotated[bool, Field(description="Whether the row only keeps a number free.")]


class NomenclatureIn(RequestBody):
    """A nomenclature to be begun."""

    year: Year
    copy_from_id: Identifier | None = Field(
        default=None, description="Version whose sections and rows are taken over; left out: begin empty."
    )


class AmendmentIn(RequestBody):
    """A change during the year."""

    effective_on: Day = Field(description="First day on which it holds; in the year of the nomenclature.")
    note: Annotated[CleanText, Field(max_length=2000, description="What is changed, and why.")] = ""


class SectionIn(RequestBody):
    """A section to be added."""

    code: Code = ""
    title: Title


class SectionPatch(MergePatch):
    """New values; members left out stay, null clears the code."""

    EMPTY: ClassVar[Mapping[str, object]] = {"code": ""}

    code: Code | None = None
    title: Title | None = None


class RecordClassIn(RequestBody):
    """A row to be added at the end of its section."""

    section_id: Identifier = Field(description="Section of the draft.")
    class_index: ClassIndex | None = Field(default=None, description="Left out: the next number of the section.")
    title: Cell = ""
    quantity: Quantity = ""
    term: TermCell = ""
    note: NoteCell = ""
    article: ArticleCell = ""
    paper_carrier: Paper = True
    electronic_carrier: Electronic = False
    carried_over: CarriedOver = False
    reserve: Reserve = False

    def to_cells(self) -> Cells:
        """Return the same as the verbs take it; all of the note may change the term."""
        given = self.model_dump(exclude={"section_id", "class_index"})
        return Cells(**given, class_index=self.class_index or "-", footnote=self.note)


class RecordClassPatch(MergePatch):
    """New values; members left out stay, null clears a cell."""

    EMPTY: ClassVar[Mapping[str, object]] = {"title": "", "quantity": "", "term": "", "note": "", "article": ""}

    class_index: ClassIndex | None = None
    title: Cell | None = None
    quantity: Quantity | None = None
    term: TermCell | None = None
    note: NoteCell | None = None
    article: ArticleCell | None = None
    paper_carrier: Paper | None = None
    electronic_carrier: Electronic | None = None
    carried_over: CarriedOver | None = None
    reserve: Reserve | None = None

    def to_changes(self) -> dict[str, Any]:
        """Return the members that were sent; another note is read anew."""
        sent = self.changes()
        return {**sent, "footnote": sent["note"]} if "note" in sent else sent


class ReserveIn(RequestBody):
    """Numbers to be kept free at the end of a section."""

    count: Annotated[int, Field(ge=1, le=100, description="How many.", examples=[3])]


class NomenclatureReasonIn(RequestBody):
    """A decision needs a reason."""

    reason: Reason


class MinutesIn(RequestBody):
    """Minutes of the expert commission («протокол ЭК») that agree to the nomenclature."""

    held_on: Day = Field(description="Day of the meeting.", examples=["2026-12-10"])
    number: Annotated[FilledLine, Field(max_length=50, description="Number of the minutes.", examples=["4"])]
    members: Annotated[
        list[Annotated[FilledLine, Field(max_length=200)]],
        Field(min_length=1, max_length=50, description="Who took part, as the minutes name them."),
    ]


class ApprovalIn(RequestBody):
    """The approval by the head («УТВЕРЖДАЮ»)."""

    number: Annotated[CleanLine, Field(max_length=50, description="Number of the nomenclature.")] = ""
    approved_on: Day | None = Field(default=None, description="Left out: the institution's today.")


class NomenclatureOut(BaseModel):
    """The nomenclature («номенклатура дел») of a year; its versions are listed at `versions`."""

    id: UUID
    year: int = Field(description="Office year.")
    versions: str = Field(description="Where its versions are listed.")
    created_at: datetime

    @classmethod
    def of(cls, row: Nomenclature) -> Self:
        """Show a row."""
        versions = f"/api/v1/nomenclature-versions?nomenclature_id={row.id}"
        return cls(id=row.id, year=row.year, versions=versions, created_at=row.created_at)


class MinutesOut(BaseModel):
    """The minutes that agreed to a version."""

    held_on: date = Field(description="Day of the meeting.")
    number: str
    members: list[str] = Field(description="Who took part.")
    recorded_by: UUID | None = Field(description="Account.")


class NomenclatureVersionOut(BaseModel):
    """What a nomenclature says from `effective_on` on."""

    id: UUID
    nomenclature_id: UUID = Field(description="Nomenclature of its year.")
    year: int = Field(description="Office year.")
    ordinal: int = Field(description="1 for the first version of the year.")
    effective_on: date = Field(description="First day on which it holds, once it is approved.")
    state: VersionState
    based_on_id: UUID | None = Field(description="Version whose rows it began with.")
    note: str
    authors: list[UUID] = Field(description="Accounts that worked on the draft; none of them agrees or approves.")
    minutes: MinutesOut | None = Field(description="null until the commission has agreed.")
    number: str
    approved_on: date | None = Field(description="null until the head has approved.")
    approved_by: UUID | None = Field(description="Account.")
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it; it grows with every change of a row.", examples=[1])

    @classmethod
    def of(cls, row: NomenclatureVersion) -> Self:
        """Show a row."""
        members = {name: getattr(row, name) for name in _PLAIN_VERSION}
        minutes = None
        if row.minutes_date is not None:
            minutes = MinutesOut(
                held_on=row.minutes_date,
                number=row.minutes_number,
                members=list(row.minutes_members),
                recorded_by=row.agreed_by,
            )
        return cls(**members, minutes=minutes)


_PLAIN_VERSION: Final = (
    *("id", "nomenclature_id", "year", "ordinal", "effective_on", "state", "based_on_id", "note", "authors", "number"),
    *("approved_on", "approved_by", "created_at", "revision"),
)


class SectionOut(BaseModel):
    """A section («раздел») of a version."""

    id: UUID
    version_id: UUID = Field(description="Version of the nomenclature.")
    code: str
    title: str
    position: int = Field(description="Its place on the paper, from 1.")
    revision: int = Field(description="What If-Match names.", examples=[1])

    @classmethod
    def of(cls, row: Section) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class RuleOut(BaseModel):
    """How the term of a row is understood."""

    id: UUID = Field(description="Version of the rule; it never changes.")
    status: Literal["understood", "needs_review"]
    origin: Literal["nomenclature", "decision"] = Field(description="Read in the cell, or decided by two people.")
    reading: dict[str, Any] = Field(description="The normal form, the rule, and what was not understood.")
    basis: str = Field(description="Basis of a decision; empty for a reading.")
    reason: str = Field(description="Reason of a decision; empty for a reading.")

    @classmethod
    def of(cls, row: RuleVersion) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class RecordClassOut(BaseModel):
    """A row of a nomenclature («заголовок дела»), with the rule that holds now."""

    id: UUID
    version_id: UUID = Field(description="Version of the nomenclature.")
    section_id: UUID = Field(description="Section it stands in.")
    lineage_id: UUID = Field(description="The same for this class in every version and year.")
    class_index: str = Field(description="Index («индекс дела»).", examples=["01-12"])
    title: str
    quantity: Quantity
    term: TermCell
    note: NoteCell
    footnote: str = Field(description="What of the note, or below the table, the rule was read from.")
    article: ArticleCell
    paper_carrier: Paper
    electronic_carrier: Electronic
    carried_over: CarriedOver
    reserve: Reserve
    rule: RuleOut | None = Field(description="null for a reserve number.")
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: RecordClass, rule: RuleVersion | None) -> Self:
        """Show a row and its rule."""
        members = {name: getattr(row, name) for name in cls.model_fields if name != "rule"}
        return cls(**members, rule=None if rule is None else RuleOut.of(rule))


class ReservedOut(BaseModel):
    """The rows that keep numbers free."""

    record_classes: list[RecordClassOut] = Field(description="In the order of their numbers.")


class TermDecisionIn(RequestBody):
    """How a term that was not understood shall be read."""

    term: Annotated[CleanText, Field(min_length=1, max_length=1000, description="In words that are understood.")]
    note: Annotated[CleanText, Field(max_length=4000, description="Footnotes, if the term has any.")] = ""
    basis: Annotated[CleanText, Field(min_length=1, max_length=1000, description="What it rests on: list, order.")]
    reason: Reason


class TermDecisionOut(BaseModel):
    """A decision about a term; it holds once a second person has confirmed it."""

    id: UUID
    class_id: UUID = Field(description="Row of a nomenclature it was proposed for.")
    term: str = Field(description="As it shall be read.")
    footnote: str = Field(description="Footnotes that belong to the term.")
    reading: dict[str, Any] = Field(description="What the decided term says.")
    basis: str = Field(description="What the decision rests on.")
    reason: str = Field(description="Why, in words.")
    state: Literal["proposed", "confirmed", "rejected"]
    proposed_by: UUID = Field(description="Account.")
    proposed_at: datetime = Field(description="When it was proposed.")
    answered_by: UUID | None = Field(description="Account of the second person.")
    answered_at: datetime | None = Field(description="null while nobody has answered.")
    answer_reason: str = Field(description="What the second person wrote.")
    rule_id: UUID | None = Field(description="Version of the rule that a confirmation made.")

    @classmethod
    def of(cls, row: TermDecision) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})
