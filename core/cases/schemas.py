"""What the API says of cases."""

from datetime import date, datetime
from typing import Any, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.cases.models import Case, CaseFact, FinalRecord, Movement, RetentionPolicy, Volume
from core.cases.opening import FULL_VOLUME
from core.cases.redatings import CaseRedating
from core.cases.requests import Place
from core.cases.storage_locks import StorageLock
from core.kernel.texts import Language, translate
from core.nomenclature.models import RuleVersion
from retention.case_facts import CaseState

Fate = Literal["none", "kept", "destroyed", "transferred", "returned"]


class RetentionPolicyOut(BaseModel):
    """How the institution reads terms; while nobody has decided, so that everything is kept longer."""

    decided: bool = Field(description="Whether anybody has decided.")
    source_of_acquisition: bool = Field(description="Whether it supplies a state or municipal archive.")
    permanent_without_source: Literal["until_liquidation", "permanent"] = Field(description="How «Постоянно» is read.")
    need_floor_years: int = Field(description="Least years of «До минования надобности».")
    after_open_end: Literal["next_january", "next_day"] = Field(description="From when an open end is free.")
    liquidated_on: date | None = Field(description="Day of the liquidation, once two people have said so.")
    basis: str = Field(description="Document it rests on.")
    decided_by: UUID | None = Field(description="Account.")

    @classmethod
    def of(cls, row: RetentionPolicy | None) -> Self:
        """Show a row, or what holds without one."""
        if row is None:
            return cls(
                decided=False,
                source_of_acquisition=True,
                permanent_without_source="permanent",
                need_floor_years=1,
                after_open_end="next_january",
                liquidated_on=None,
                basis="",
                decided_by=None,
            )
        return cls(decided=True, **{name: getattr(row, name) for name in cls.model_fields if name != "decided"})


class VolumeOut(BaseModel):
    """A volume or part of a case."""

    id: UUID
    case_id: UUID = Field(description="Case it is a part of.")
    number: int
    part: int = Field(description="0: the whole volume.")
    sheets: int = Field(description="Number of sheets.")
    is_full: bool = Field(description=f"Whether it has {FULL_VOLUME} sheets or more: begin a new one.")
    note: str
    opened_on: date = Field(description="First day.")
    closed_on: date | None = Field(description="null while it is open.")
    revision: int = Field(description="What If-Match names.", examples=[1])

    @classmethod
    def of(cls, row: Volume) -> Self:
        """Show a row."""
        members = {name: getattr(row, name) for name in cls.model_fields if name != "is_full"}
        return cls(**members, is_full=row.sheets >= FULL_VOLUME)


class CaseOut(BaseModel):
    """A case («дело») and what is known of its term; `why` explains it."""

    id: UUID
    class_id: UUID = Field(description="Row of the nomenclature.")
    version_id: UUID = Field(description="Version of the nomenclature.")
    lineage_id: UUID = Field(description="Its class through all years.")
    class_index: str = Field(description="Index («индекс дела»).")
    title: str
    year: int = Field(description="Office year in which it was opened.")
    carried_over: bool = Field(description="Whether it stays open over several years.")
    state: CaseState
    paper_fate: Fate = Field(description="What became of the paper carrier; `none`: it has none.")
    electronic_fate: Fate = Field(description="The same for the electronic one.")
    paper_place: Place
    note: str
    opened_on: date = Field(description="First day.")
    last_document_on: date | None = Field(description="Day of the latest document filed.")
    closed_on: date | None = Field(description="null while it is open.")
    subject_kind: Literal["personal_file", "register", "export"] | None = Field(
        description="What it consists of; null: documents filed one by one."
    )
    subject_id: UUID | None = Field(description="That personal file, register or export.")
    outcome: str = Field(description="What the rule says of it.", examples=["retained"])
    earliest_act_date: date | None = Field(description="First day on which an act may take it; null: none is known.")
    kept_until_date: date | None = Field(description="Last day of its term; null: none is known.")
    rule_id: UUID | None = Field(description="Version of the rule that was used.")
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: Case) -> Self:
        """Show a row."""
        members = {name: getattr(row, name) for name in cls.model_fields if name != "kept_until_date"}
        return cls(**members, kept_until_date=row.kept_until)


class CaseDetailOut(CaseOut):
    """A case with its volumes and the holds that cover it."""

    volumes: list[VolumeOut] = Field(description="In the order of their numbers.")
    hold_ids: list[UUID] = Field(description="Active holds that cover it.")

    @classmethod
    def of_all(cls, row: Case, volumes: list[Volume], holds: list[str]) -> Self:
        """Show a row with what belongs to it."""
        shown = CaseOut.of(row).model_dump()
        return cls(**shown, volumes=[VolumeOut.of(each) for each in volumes], hold_ids=[UUID(each) for each in holds])


class MovementOut(BaseModel):
    """That a document came into a case."""

    id: UUID
    document_id: UUID = Field(description="The document.")
    from_case_id: UUID | None = Field(description="Case it left; null: it was in none.")
    to_case_id: UUID = Field(description="Case it came into.")
    volume_id: UUID | None = Field(description="Volume, if one was named.")
    reason: str = Field(description="Why it was moved.")
    moved_by: UUID = Field(description="Account.")
    moved_at: datetime = Field(description="When.")

    @classmethod
    def of(cls, row: Movement) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class FactOut(BaseModel):
    """Something recorded of a case, or taken back."""

    id: UUID
    case_id: UUID = Field(description="The case.")
    kind: str
    code: str
    words: str = Field(description="The event or condition, as the rule names it.")
    happened_on: date | None = Field(description="Day on which it happened.")
    answer: str = Field(description="Yes or no, or what the commission decided.")
    number: int | None
    evidence: str = Field(description="Document that proves it, or why it was taken back.")
    revokes_id: UUID | None = Field(description="What this takes back.")
    recorded_by: UUID = Field(description="Account.")
    recorded_at: datetime = Field(description="When.")

    @classmethod
    def of(cls, row: CaseFact) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ReasonOut(BaseModel):
    """One step of the computation."""

    code: str
    message: str = Field(description="In the reader's language.")
    facts: dict[str, Any] = Field(description="What the message speaks of.")


class CaseRedatingOut(BaseModel):
    """That a person accepted what changed rules do to the case."""

    redating_id: UUID = Field(description="The preview.")
    acceptance_id: UUID = Field(description="The acceptance.")
    accepted_by: UUID = Field(description="Account.")
    accepted_at: datetime = Field(description="When.")
    rule_before_id: UUID | None = Field(description="Version of the rule until then.")
    rule_after_id: UUID = Field(description="Version of the rule from then on.")
    outcome_before: str = Field(description="What the rule said until then.")
    outcome_after: str = Field(description="What the other rule said.")
    earliest_before_date: date | None = Field(description="First day on which an act might take it, until then.")
    earliest_after_date: date | None = Field(description="The same from then on.")

    @classmethod
    def of(cls, row: CaseRedating) -> Self:
        """Show what is written down."""
        said = row._asdict()
        dates = {f"{name}_date": said.pop(name) for name in ("earliest_before", "earliest_after")}
        return cls(**said, **dates)


class StorageLockOut(BaseModel):
    """What storage was seen to keep of the files of a case; the database guards them besides."""

    files: int = Field(description="Files that storage was told of.")
    lock_ends_at: datetime | None = Field(description="Latest end of a lock; null: none lasts.")
    mode: Literal["governance", "compliance"] | None = Field(description="The strictest mode of the locks that last.")
    legal_hold: bool = Field(description="Whether a legal hold of storage lies on a file.")
    outlasts_term: bool = Field(description="Whether a lock lasts longer than the case has to be kept.")
    remarks: list[ReasonOut] = Field(description="What there is to know about that.")

    @classmethod
    def of(cls, lock: StorageLock, language: Language) -> Self:
        """Show what is written down."""
        said: dict[str, Any] = {} if lock.locked_until is None else {"until": lock.locked_until.isoformat()}
        remarks = [
            ReasonOut(code=code, message=translate(message, language, **said), facts=said)
            for code, message in lock.remarks()
        ]
        return cls(
            files=lock.files,
            lock_ends_at=lock.locked_until,
            mode="compliance" if lock.mode == "COMPLIANCE" else "governance" if lock.mode else None,
            legal_hold=lock.legal_hold,
            outlasts_term=lock.outlasts_term,
            remarks=remarks,
        )


class WhyOut(BaseModel):
    """Why a case is kept, until when, and what stands against an act."""

    computed_on: date = Field(description="Day for which this was computed.")
    outcome: str = Field(description="What the rule says.")
    earliest_act_date: date | None = Field(description="First day on which an act may take the case.")
    kept_until_date: date | None = Field(description="Last day of its term.")
    not_before_date: date | None = Field(description="Day before which it will not be free, whatever happens.")
    may_enter_act: bool = Field(description="Whether an act may take it on that day.")
    obstacles: list[ReasonOut] = Field(description="Everything that stands against an act.")
    reasons: list[ReasonOut] = Field(description="Every step, in order.")
    awaited: list[dict[str, str]] = Field(description="What has to be recorded before a day can be known.")
    open_gates: list[str] = Field(description="Conditions that are not recorded as settled.")
    assumed: list[str] = Field(description="Conditions taken as met because nobody has said otherwise.")
    hold_ids: list[UUID] = Field(description="Active holds that cover it.")
    rule_id: UUID | None = Field(description="Version of the rule; null for a question of what would be.")
    term: str = Field(description="The term, as the nomenclature or a decision has it.")
    footnote: str = Field(description="Its footnotes.")
    article: str = Field(description="Its articles.")
    redatings: list[CaseRedatingOut] = Field(
        default_factory=list, description="Acceptances that dated the case anew, the latest first."
    )
    storage: StorageLockOut | None = Field(default=None, description="What storage keeps; null: it was told nothing.")


class WhatIfOut(WhyOut):
    """What would become of a case under another term; nothing is changed."""

    status: Literal["understood", "needs_review"]
    reading: dict[str, Any] = Field(description="How the term is understood.")
    shift: str = Field(description="`unchanged`, `later`, `earlier`, `blocked` or `unblocked`.")
    needs_acceptance: bool = Field(description="Whether a person would have to accept this explicitly.")


def rule_members(rule: RuleVersion | None) -> dict[str, Any]:
    """Return what `WhyOut` says of a rule."""
    if rule is None:
        return {"rule_id": None, "term": "", "footnote": "", "article": ""}
    return {"rule_id": rule.id, "term": rule.term, "footnote": rule.footnote, "article": rule.article}


def told(reasons: list[dict[str, Any]], language: Language) -> list[ReasonOut]:
    """Return the steps of a computation in the reader's language."""
    return [
        ReasonOut(code=each["code"], message=translate(each["message"], language, **each["facts"]), facts=each["facts"])
        for each in reasons
    ]


CategoryName = Literal["permanent", "over_ten_years", "up_to_ten_years", "undecided", "total"]


class CountOut(BaseModel):
    """One line of the final record."""

    category: CategoryName = Field(description="Category of terms.")
    cases: int = Field(description="Cases opened in the year.")
    volumes: int = Field(description="Their volumes and parts.")
    carried_over: int = Field(description="Of the cases, those carried over.")
    appraised: int = Field(description="Of the cases, those marked «ЭПК».")


class FinalRecordOut(BaseModel):
    """The final record («итоговая запись») of a year."""

    year: int = Field(description="Office year.")
    counts: list[CountOut] = Field(description="By category, and in total.")
    made_by: UUID | None = Field(description="Account; null: not made yet, counted now.")
    made_at: datetime | None = Field(description="When it was made.")

    @classmethod
    def of(cls, year: int, counted: dict[str, Any], row: FinalRecord | None = None) -> Self:
        """Show what was counted."""
        counts = [CountOut.model_validate({"category": name, **counted[name]}) for name in _LINES]
        return cls(year=year, counts=counts, made_by=row.made_by if row else None, made_at=row.made_at if row else None)


_LINES: Final = ("permanent", "over_ten_years", "up_to_ten_years", "undecided", "total")
