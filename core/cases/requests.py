"""What the API hears of cases."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from core.cases.opening import NewCase
from core.cases.recording import NewFact
from core.nomenclature.schemas import ArticleCell, NoteCell, TermCell
from core.web.fields import CleanLine, CleanText, Day, FilledLine, Identifier, MergePatch, RequestBody

Place = Annotated[CleanLine, Field(max_length=300, description="Where the paper lies.")]
Note = Annotated[CleanText, Field(max_length=2000)]
Reason = Annotated[CleanText, Field(min_length=1, max_length=1000, description="Why, in words; kept for good.")]
Evidence = Annotated[
    FilledLine, Field(max_length=500, description="Document that proves it.", examples=["приказ № 12 от 25.06.2026"])
]
Words = Annotated[FilledLine, Field(max_length=1000, description="The condition or event, as the rule names it.")]
HappenedOn = Annotated[Day, Field(description="Day on which it happened.", examples=["2026-06-25"])]
Earlier = Annotated[
    bool, Field(description="Accepts in so many words that the case is free earlier, or no longer blocked.")
]
Sheets = Annotated[int, Field(ge=0, le=100_000, description="Number of sheets.")]


class CaseIn(RequestBody):
    """A case to be opened."""

    class_id: Identifier = Field(description="Row of the nomenclature that is in force on the day of opening.")
    title: Annotated[CleanLine, Field(max_length=1000, description="Left out: that of the row.")] = ""
    opened_on: Day | None = Field(default=None, description="Left out: the institution's today.")
    paper: bool | None = Field(default=None, description="Whether it has a paper carrier; left out: as the row says.")
    electronic: bool | None = Field(default=None, description="The same for an electronic carrier.")
    paper_place: Place = ""
    note: Note = ""

    def to_new_case(self, today: date) -> NewCase:
        """Return the same as the verb takes it."""
        given = self.model_dump()
        return NewCase(**{**given, "opened_on": self.opened_on or today})


class CasePatch(MergePatch):
    """New values; members left out stay, null clears place and note."""

    EMPTY: ClassVar[Mapping[str, object]] = {"paper_place": "", "note": ""}

    title: Annotated[FilledLine, Field(max_length=1000)] | None = None
    paper_place: Place | None = None
    note: Note | None = None


class ClosingIn(RequestBody):
    """The closing of a case."""

    closed_on: Day | None = Field(
        default=None, description="Left out: the day of the last document, or today if there is none."
    )
    close_volumes: bool = Field(default=False, description="Whether open volumes are closed with it.")


class ReopeningIn(RequestBody):
    """A decision needs a reason."""

    reason: Reason


class VolumeIn(RequestBody):
    """A volume or part to be added."""

    number: Annotated[int, Field(ge=1, le=10_000)] | None = Field(default=None, description="Left out: the next one.")
    part: Annotated[int, Field(ge=0, le=1000, description="Part of the volume; 0: the whole.")] = 0
    opened_on: Day | None = Field(default=None, description="Left out: the institution's today.")


class VolumePatch(MergePatch):
    """New values; members left out stay, null clears the note or opens the volume again."""

    EMPTY: ClassVar[Mapping[str, object]] = {"note": "", "closed_on": None}

    sheets: Sheets | None = None
    note: Note | None = None
    closed_on: Day | None = Field(default=None, description="Last day of the volume.")


class EventIn(RequestBody):
    """An event that a term counts from, with its evidence."""

    code: Annotated[FilledLine, Field(max_length=50, description="Code of the event.", examples=["learner_left"])]
    words: Words
    happened_on: HappenedOn
    evidence: Evidence

    def to_fact(self) -> NewFact:
        """Return the same as the verb takes it."""
        return NewFact(kind="event", **self.model_dump())


class AnswerIn(RequestBody):
    """What is known of a condition of the rule: whether it is met, on which day it was settled, how old the person is.

    `answer` needs `words` and `answer`; `gate` needs `words` and `happened_on`; `age` needs `number`.
    """

    kind: Literal["answer", "gate", "age"] = Field(description="What is answered.")
    words: Annotated[CleanLine, Field(max_length=1000, description="The condition, as the rule names it.")] = ""
    answer: Literal["", "yes", "no"] = Field(default="", description="Whether the condition is met.")
    happened_on: Day | None = Field(default=None, description="Day on which a gate was settled.")
    number: Annotated[int, Field(ge=0, le=150)] | None = Field(default=None, description="Full years at closing.")
    evidence: Evidence
    earlier_accepted: Earlier = False

    def to_fact(self) -> NewFact:
        """Return the same as the verb takes it; a member that its kind needs may still be missing."""
        return NewFact(**self.model_dump(exclude={"earlier_accepted"}))

    @property
    def missing(self) -> list[str]:
        """Members that this kind needs and that have no value, or have one and may not."""
        needed = {"answer": {"words", "answer"}, "gate": {"words", "happened_on"}, "age": {"number"}}[self.kind]
        every = {"words", "answer", "happened_on", "number"}
        given = {name for name in every if getattr(self, name) not in {None, ""}}
        return sorted(needed ^ given)


class NeedEndedIn(RequestBody):
    """The decision that the documents are no longer needed («До минования надобности»)."""

    happened_on: HappenedOn
    evidence: Evidence

    def to_fact(self) -> NewFact:
        """Return the same as the verb takes it."""
        return NewFact(kind="need_ended", **self.model_dump())


class AppraisalIn(RequestBody):
    """What the commission decided of the value of a case («экспертиза ценности»)."""

    decision: Literal["keep", "destroy"] = Field(description="Select for permanent keeping, or for destruction.")
    happened_on: HappenedOn
    evidence: Annotated[Evidence, Field(description="Date and number of the minutes.")]

    def to_fact(self) -> NewFact:
        """Return the same as the verb takes it."""
        return NewFact(kind="appraised", answer=self.decision, happened_on=self.happened_on, evidence=self.evidence)


class ProlongationIn(RequestBody):
    """The commission's decision to keep a case longer («продление срока хранения»)."""

    kept_until_date: Day = Field(description="Last day; later than the present one.", examples=["2031-12-31"])
    evidence: Annotated[Evidence, Field(description="Date and number of the minutes.")]

    def to_fact(self) -> NewFact:
        """Return the same as the verb takes it."""
        return NewFact(kind="prolonged", happened_on=self.kept_until_date, evidence=self.evidence)


class RevocationIn(RequestBody):
    """Why something recorded is taken back."""

    reason: Reason
    earlier_accepted: Earlier = False


class WhatIfIn(RequestBody):
    """What a row of the nomenclature might say instead."""

    term: TermCell
    note: NoteCell = ""
    article: ArticleCell = ""


class RetentionPolicyIn(RequestBody):
    """How the institution reads terms."""

    source_of_acquisition: bool = Field(description="Whether it supplies a state or municipal archive («источник»).")
    permanent_without_source: Literal["until_liquidation", "permanent"] = Field(
        default="until_liquidation", description="How «Постоянно» is read where it does not."
    )
    need_floor_years: Annotated[int, Field(ge=1, le=100, description="Least years of «До минования надобности».")] = 1
    after_open_end: Literal["next_january", "next_day"] = Field(
        default="next_january", description="From when a case is free whose term ends with an event."
    )
    basis: Evidence
