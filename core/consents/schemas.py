"""What the API says and hears of consents, duties, blockings and calendars."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from core.consents.blocking import ARCHIVE_TERM, said_day
from core.consents.clocks import CaseClocks
from core.consents.duties import is_overdue
from core.consents.models import (
    Blocking,
    Consent,
    ConsentWithdrawal,
    Duty,
    PersonalDataEvent,
    WorkingCalendarYear,
)
from core.consents.recording import ConsentState, NewConsent, state_of
from core.kernel.texts import Language, mark, translate
from core.web.fields import CleanLine, CleanText, Day, FilledLine, Identifier, RequestBody
from retention.two_clocks import Consequence, Purpose

Reason = Annotated[CleanText, Field(min_length=1, max_length=1000, description="Why, in words; kept for good.")]
Evidence = Annotated[
    FilledLine, Field(max_length=500, description="Document that proves it.", examples=["заявление от 25.06.2026"])
]
PurposeLine = Annotated[
    FilledLine,
    Field(max_length=500, description="Purpose of processing («цель обработки»).", examples=["фото на сайте колледжа"]),
]
Category = Annotated[FilledLine, Field(max_length=200)]
Demand = Literal[
    "access_demanded",
    "authority_asked",
    "inaccuracy_proved",
    "no_need_proved",
    "check_demanded",
    "inaccuracy_confirmed",
    "unlawful_to_stop",
    "unlawful_to_destroy",
    "stop_demanded",
    "destruction_impossible",
]
Ground = Literal["archive_term", "check", "demand", "destruction_impossible"]
DutyState = Literal["open", "done", "superseded"]

_REPRESENTATIVE: Final = mark("A representative is named exactly if the consent was given by one")
_BLOCKED_UNTIL: Final = mark("Blocked: the term under the archive law runs until {until}")
_BLOCKED: Final = {
    "archive_term": mark("Blocked: the archive law still requires it to be kept; the last day is not known yet"),
    "check": mark("Blocked for the time of a check"),
    "demand": mark("Blocked at the demand of the person"),
    "destruction_impossible": mark("Blocked until it can be destroyed"),
}
_LIFTED: Final = mark("The blocking was lifted")


class ConsentIn(RequestBody):
    """A consent that was given."""

    given_by: Literal["subject", "representative"] = Field(description="The person, or a legal representative.")
    representative: Annotated[
        CleanLine, Field(max_length=300, description="Name of the representative; empty for the person's own consent.")
    ] = ""
    purpose: PurposeLine
    categories: Annotated[
        list[Category],
        Field(
            min_length=1, max_length=50, description="Categories of data.", examples=[["фотография", "фамилия, имя"]]
        ),
    ]
    given_on: Annotated[Day, Field(description="Day of the consent.", examples=["2025-09-01"])]
    expires_on: Annotated[Day | None, Field(description="Last day; left out: until it is withdrawn.")] = None
    evidence: Evidence
    document_id: Identifier | None = Field(default=None, description="Kept document that proves it.")

    @model_validator(mode="after")
    def _named_exactly_if_needed(self) -> Self:
        if (self.given_by == "representative") != bool(self.representative):
            raise ValueError(_REPRESENTATIVE)
        return self

    def to_consent(self) -> NewConsent:
        """Return the same as the verb takes it."""
        return NewConsent(**self.model_dump())


class WithdrawalIn(RequestBody):
    """The withdrawal of a consent."""

    withdrawn_on: Annotated[Day, Field(description="Day on which it reached the institution; not in the future.")]
    reason: Reason
    evidence: Evidence


class PurposeReachedIn(RequestBody):
    """That a purpose of processing is reached («цель обработки достигнута»)."""

    purpose: Annotated[
        CleanLine, Field(max_length=500, description="Left out: every purpose, because the learner has left.")
    ] = ""
    reached_on: Annotated[Day, Field(description="Day on which it was reached; not in the future.")]
    reason: Reason
    evidence: Evidence


class DemandIn(RequestBody):
    """A demand of the person or of the authority, or a finding, that sets a deadline running."""

    event: Demand = Field(description="What happened.")
    happened_on: Annotated[Day, Field(description="Day on which it happened; not in the future.")]
    reason: Reason
    evidence: Evidence


class CompletionIn(RequestBody):
    """How a duty was done."""

    note: Annotated[CleanText, Field(min_length=1, max_length=1000, description="What was done.")]
    evidence: Evidence


class SupersessionIn(CompletionIn):
    """Why a duty need not be done any more."""

    successor_id: Identifier | None = Field(default=None, description="Duty of the same person that takes its place.")


class BlockingIn(RequestBody):
    """A blocking to be placed."""

    ground: Ground = Field(description="Term of the archive law, check, demand, or destruction that is impossible yet.")
    reason: Reason
    evidence: Evidence


class BlockingLiftingIn(RequestBody):
    """The end of a blocking."""

    reason: Reason
    evidence: Evidence


class CalendarIn(RequestBody):
    """The working days of a year («производственный календарь»)."""

    year: Annotated[int, Field(ge=1900, le=2999, description="Year of the calendar.")]
    days_of_rest: Annotated[list[Day], Field(max_length=366, description="Days of rest that fall on Monday to Friday.")]
    working_weekends: Annotated[
        list[Day], Field(max_length=366, description="Saturdays and Sundays on which people work.")
    ] = Field(default_factory=list)
    basis: Evidence


class WithdrawalOut(BaseModel):
    """The withdrawal of a consent."""

    withdrawn_on: date = Field(description="Day on which it reached the institution.")
    reason: str = Field(description="Why, in words.")
    evidence: str = Field(description="Document that proves it.")
    recorded_by: UUID = Field(description="Account.")
    recorded_at: datetime = Field(description="When it was recorded.")


class ConsentOut(BaseModel):
    """A consent, as it stands today."""

    id: UUID
    person_id: UUID = Field(description="Whose data.")
    state: ConsentState
    given_by: Literal["subject", "representative"] = Field(description="Who gave it.")
    representative: str = Field(description="Name of the representative.")
    purpose: str = Field(description="Purpose of processing.")
    categories: list[str] = Field(description="Categories of data.")
    given_on: date = Field(description="Day of the consent.")
    expires_on: date | None = Field(description="Last day; null: until it is withdrawn.")
    evidence: str = Field(description="Document that proves it.")
    document_id: UUID | None = Field(description="Kept document that proves it.")
    withdrawal: WithdrawalOut | None = Field(description="null while it is not withdrawn.")
    recorded_by: UUID = Field(description="Account.")
    recorded_at: datetime = Field(description="When it was recorded.")

    @classmethod
    def of(cls, row: Consent, withdrawal: ConsentWithdrawal | None, today: date) -> Self:
        """Show a consent and its withdrawal."""
        members = _members(cls, row, {"state", "withdrawal"})
        said = WithdrawalOut(**_members(WithdrawalOut, withdrawal)) if withdrawal else None
        return cls(**members, state=state_of(row, withdrawal, today), withdrawal=said)


class DutyOut(BaseModel):
    """A duty of 152-ФЗ and the day by which it has to be done."""

    id: UUID
    person_id: UUID = Field(description="Whose data.")
    state: DutyState
    overdue: bool = Field(description="Whether it is open and its day is over.")
    event: str = Field(description="What set it running.", examples=["consent_withdrawn"])
    duty: Literal["answer", "correct", "destroy", "block", "stop", "notify"] = Field(description="What has to be done.")
    article: str = Field(description="Article of 152-ФЗ.", examples=["ст. 21 ч. 5"])
    happened_on: date = Field(description="Day from which it counts.")
    due_on: date = Field(description="Last day on which it is done in time.")
    extended_due_on: date = Field(description="The same after a reasoned prolongation, where the law knows one.")
    calendar_known: bool = Field(
        description="Whether the working days of these years were entered; without them it may be early, never late."
    )
    note: str
    evidence: str = Field(description="Document that proves how it ended.")
    successor_id: UUID | None = Field(description="Duty that took its place.")
    settled_by: UUID | None = Field(description="Account; null while it is open.")
    settled_at: datetime | None = Field(description="null while it is open.")
    created_at: datetime
    revision: int = Field(description="Grows with each change.", examples=[1])

    @classmethod
    def of(cls, row: Duty, today: date) -> Self:
        """Show a duty as it is on `today` of the institution."""
        return cls(**_members(cls, row, {"overdue"}), overdue=is_overdue(row, today))


class EventOut(BaseModel):
    """A purpose that is reached, a demand or a finding."""

    id: UUID
    person_id: UUID = Field(description="Whose data.")
    event: str = Field(description="What happened.", examples=["purpose_reached"])
    purpose: str = Field(description="Purpose that is reached; empty: every purpose.")
    happened_on: date = Field(description="Day on which it happened.")
    reason: str = Field(description="Why, in words.")
    evidence: str = Field(description="Document that proves it.")
    recorded_by: UUID = Field(description="Account.")
    recorded_at: datetime = Field(description="When it was recorded.")

    @classmethod
    def of(cls, row: PersonalDataEvent) -> Self:
        """Show an event."""
        return cls(**_members(cls, row))


class BlockingOut(BaseModel):
    """A blocking of a personal file («блокирование»)."""

    id: UUID
    personal_file_id: UUID = Field(description="What is blocked.")
    state: Literal["active", "lifted"]
    message: str = Field(
        description="Why, in the reader's language.",
        examples=["Заблокировано: срок хранения по архивному законодательству до 31.12.2030"],
    )
    ground: Ground = Field(description="Why, in a word.")
    kept_until_date: date | None = Field(description="Last day of the term of the case it is; null while not known.")
    reason: str = Field(description="Why, in words.")
    evidence: str = Field(description="Document it rests on.")
    placed_by: UUID = Field(description="Account.")
    placed_at: datetime = Field(description="When; it binds from then on.")
    lifted_by: UUID | None = Field(description="Account; another one.")
    lifted_at: datetime | None = Field(description="null while it is active.")
    lift_reason: str = Field(description="Why it was lifted.")
    lift_evidence: str = Field(description="Document the lifting rests on.")
    revision: int = Field(description="Grows with each change.", examples=[1])

    @classmethod
    def of(cls, row: Blocking, kept_until: date | None, language: Language) -> Self:
        """Show a blocking, with the term of the case that the personal file is."""
        said = _message(row, kept_until, language)
        members = _members(cls, row, {"message", "kept_until_date"})
        return cls(**members, message=said, kept_until_date=kept_until)


class CalendarOut(BaseModel):
    """The working days of a year; the latest one of a year holds."""

    id: UUID
    year: int = Field(description="Year of the calendar.")
    days_of_rest: list[date] = Field(description="Days of rest that fall on Monday to Friday.")
    working_weekends: list[date] = Field(description="Saturdays and Sundays on which people work.")
    basis: str = Field(description="Document it rests on.")
    decided_by: UUID = Field(description="Account.")
    decided_at: datetime = Field(description="When it was decided.")

    @classmethod
    def of(cls, row: WorkingCalendarYear) -> Self:
        """Show a calendar."""
        return cls(**_members(cls, row))


class CaseClocksOut(BaseModel):
    """What both clocks say of one case."""

    case_id: UUID = Field(description="Case.")
    title: str
    outcome: str = Field(description="What the archival term says.", examples=["retained"])
    kept_until_date: date | None = Field(description="Last day of the archival term, if it is known.")
    consequence: Consequence = Field(description="What follows from both clocks.")


class ClocksOut(BaseModel):
    """The two clocks over a person's cases: archival term and purpose of processing."""

    purpose: Purpose = Field(description="Where the purpose of processing stands.")
    cases: list[CaseClocksOut] = Field(description="Cases that are still here.")

    @classmethod
    def of(cls, purpose: Purpose, clocks: list[CaseClocks]) -> Self:
        """Show what follows for each case."""
        return cls(
            purpose=purpose,
            cases=[
                CaseClocksOut(
                    case_id=each.case.id,
                    title=each.case.title,
                    outcome=each.verdict.outcome.value,
                    kept_until_date=each.verdict.kept_until,
                    consequence=each.consequence,
                )
                for each in clocks
            ],
        )


def _message(row: Blocking, kept_until: date | None, language: Language) -> str:
    if row.state == "lifted":
        return translate(_LIFTED, language)
    if row.ground == ARCHIVE_TERM and kept_until is not None:
        return translate(_BLOCKED_UNTIL, language, until=said_day(kept_until))
    return translate(_BLOCKED[row.ground], language)


def _members(kind: type[BaseModel], row: object, besides: set[str] | None = None) -> dict[str, Any]:
    return {name: getattr(row, name) for name in kind.model_fields if name not in (besides or set())}
