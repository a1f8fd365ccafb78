"""What the API hears of disposal acts."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from core.cases.requests import Evidence, Reason
from core.disposal.steps import Decision
from core.web.fields import CleanText, Day, FilledLine, Identifier, RequestBody

PaperNumber = Annotated[FilledLine, Field(max_length=100, description="Number of the paper.", examples=["3"])]
DecidedOn = Annotated[Day, Field(description="Day of the paper.", examples=["2026-02-20"])]
CaseIds = Annotated[list[Identifier], Field(min_length=1, max_length=5000)]
LineReason = Annotated[CleanText, Field(min_length=1, max_length=1000)]


class ActIn(RequestBody):
    """An act to be made."""

    basis: Annotated[Evidence, Field(description="Name and particulars of the list of terms that it rests on.")]
    case_ids: CaseIds | None = Field(
        default=None, description="Cases to put on it; left out: every case that is due and stands on no act."
    )


class LinesIn(RequestBody):
    """Cases to put on an act."""

    case_ids: CaseIds | None = Field(default=None, description="Left out: every case that is due and stands on no act.")


class ExclusionIn(RequestBody):
    """Why a case is taken off an act."""

    reason: Reason


class ResultsDecisionIn(RequestBody):
    """Why results need not be archived before they go with a line."""

    reason: Reason
    evidence: Annotated[Evidence, Field(description="What the decision rests on.", examples=["протокол ЭК № 2"])]


class LineSaidIn(RequestBody):
    """What is said of one line."""

    line_id: Identifier = Field(description="The line.")
    said: LineReason = Field(description="What is wrong with it, or why it stays.")


class SubmissionIn(RequestBody):
    """The submission of an act."""

    answers: Annotated[list[LineSaidIn], Field(max_length=5000)] = Field(
        default_factory=list, description="Why rejected lines stay; needed for each that is not excluded."
    )

    def by_line(self) -> dict[UUID, str]:
        """Return the answers by line."""
        return {each.line_id: each.said for each in self.answers}


class ActReturnIn(RequestBody):
    """Why an act goes back to its author."""

    comment: Reason
    rejected: Annotated[list[LineSaidIn], Field(max_length=5000)] = Field(
        default_factory=list, description="Lines that cannot stay as they are, with what is wrong."
    )

    def by_line(self) -> dict[UUID, str]:
        """Return what is wrong, by line."""
        return {each.line_id: each.said for each in self.rejected}


class ActMinutesIn(RequestBody):
    """Minutes of the expert commission («протокол ЭК»)."""

    decided_on: DecidedOn
    number: PaperNumber
    members: Annotated[list[Annotated[FilledLine, Field(max_length=200)]], Field(min_length=1, max_length=50)] = Field(
        description="Who took part.", examples=[["Проверкина А. А.", "Образцов Б. Б."]]
    )

    def to_decision(self) -> Decision:
        """Return the same as the verb takes it."""
        return Decision(**self.model_dump())


class AgreementIn(RequestBody):
    """What the archive's commission («ЭПК архива») decided."""

    decided_on: DecidedOn
    number: PaperNumber

    def to_decision(self) -> Decision:
        """Return the same as the verb takes it."""
        return Decision(**self.model_dump())


class ActApprovalIn(RequestBody):
    """Number and day of the act."""

    number: PaperNumber
    approved_on: Day | None = Field(default=None, description="Left out: the institution's today.")

    def to_decision(self, today: date) -> Decision:
        """Return the same as the verb takes it."""
        return Decision(decided_on=self.approved_on or today, number=self.number)


class StopIn(RequestBody):
    """Why an act is aborted or cancelled."""

    reason: Reason
