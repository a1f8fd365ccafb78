"""What the API hears and says of re-dating."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.cases.requests import Reason
from core.cases.schemas import ReasonOut, told
from core.inventories.schemas import Year
from core.kernel.texts import Language
from core.redating.models import Kind, Part, RedatingAcceptance, RedatingPreview
from core.redating.previewing import Scope
from core.web.fields import Identifier, RequestBody

PreviewState = Literal["computing", "ready", "cancelled", "failed"]
Result = Literal["open", "applied", "stale"]


class RedatingIn(RequestBody):
    """A preview to be computed: what closed cases would become."""

    version_id: Identifier | None = Field(
        default=None,
        description="Version of a nomenclature by which cases are measured; left out: each case by its own rule as it"
        " reads now, after a decision about its term or a changed policy.",
    )
    match: Literal["identity", "index"] = Field(
        default="identity",
        description="How a class is found in the version: by its identity through all years, or by its index.",
    )
    class_id: Identifier | None = Field(default=None, description="Row of any nomenclature: only cases of this class.")
    first_year: Year | None = Field(default=None, description="Only cases closed in this year or later.")
    last_year: Year | None = Field(default=None, description="Only cases closed in this year or earlier.")

    def to_scope(self) -> Scope:
        """Return the same as the verb takes it."""
        return Scope(**self.model_dump(exclude={"match"}), by_index=self.match == "index")


class RedatingAcceptanceIn(RequestBody):
    """That a person accepts one part of a preview."""

    digest: Annotated[
        str, Field(pattern=r"^[0-9a-f]{64}$", description="Digest of the preview, as it was read.", examples=["0" * 64])
    ]
    reason: Reason


class CountsOut(BaseModel):
    """How many cases the change does what to."""

    unaffected: int = Field(default=0, description="Same rule, same verdict: they make no line.")
    unchanged: int = Field(default=0, description="Another rule, the same term.")
    later: int = Field(default=0, description="Kept longer.")
    blocked: int = Field(default=0, description="Kept more firmly: review, event, permanence or a condition is new.")
    earlier: int = Field(default=0, description="Free earlier.")
    unblocked: int = Field(default=0, description="Something that kept them falls away.")
    appraisal_needed: int = Field(default=0, description="Kept permanently until now; only the commission decides.")
    without_successor: int = Field(default=0, description="Their class does not stand in the version.")
    in_inventory: int = Field(default=0, description="Untouched: in an approved inventory.")
    on_act: int = Field(default=0, description="Untouched: on a disposal act.")
    due: int = Field(default=0, description="Of all lines: an act might take them at once, holds aside.")
    held: int = Field(default=0, description="Of all lines: a hold covered them at the time.")


class AcceptanceOut(BaseModel):
    """What a person accepted, and what became of it."""

    id: UUID
    part: Part = Field(description="What was accepted: what keeps longer, or what is free earlier.")
    reason: str = Field(description="Why, in words.")
    state: Literal["applying", "applied", "cancelled", "failed"]
    job_id: UUID = Field(description="Its background job; `/api/v1/jobs/{id}` shows how far it is and stops it.")
    applied: int = Field(description="Cases dated anew so far.")
    stale: int = Field(description="Cases left as they were, because something differs from the preview.")
    accepted_by: UUID = Field(description="Account.")
    accepted_at: datetime = Field(description="When.")
    ended_at: datetime | None = Field(description="null while it is being done.")

    @classmethod
    def of(cls, row: RedatingAcceptance) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class RedatingOut(BaseModel):
    """A preview of what changed rules do to closed cases."""

    id: UUID
    state: PreviewState = Field(description="`failed` too if the policy was changed while it was computed.")
    match: Literal["identity", "index", "own"] = Field(description="`own`: each case by its own rule.")
    version_id: UUID | None = Field(description="Version of a nomenclature.")
    lineage_id: UUID | None = Field(description="Only cases of this class through all years.")
    first_year: int | None = Field(description="Only cases closed from this year on.")
    last_year: int | None = Field(description="Only cases closed up to this year.")
    computed_on: date = Field(description="Day for which the verdicts hold.")
    examined: int = Field(description="Cases looked at so far.")
    counts: CountsOut = Field(description="Complete when it is ready.")
    digest: str | None = Field(description="Names the content for an acceptance; null until it is ready.")
    job_id: UUID = Field(description="Its background job; `/api/v1/jobs/{id}` shows how far it is and stops it.")
    requested_by: UUID = Field(description="Account.")
    requested_at: datetime = Field(description="When.")
    ended_at: datetime | None = Field(description="null while it is being computed.")
    acceptances: list[AcceptanceOut] = Field(description="What was accepted of it.")

    @classmethod
    def of(cls, row: RedatingPreview, acceptances: list[RedatingAcceptance]) -> Self:
        """Show a row."""
        special = {"counts", "digest", "acceptances"}
        members: dict[str, Any] = {name: getattr(row, name) for name in cls.model_fields if name not in special}
        return cls(
            **members,
            counts=CountsOut(**row.counts),
            digest=row.digest.hex() if row.state == "ready" else None,
            acceptances=[AcceptanceOut.of(each) for each in acceptances],
        )


class SideOut(BaseModel):
    """What keeps a case under one rule."""

    outcome: str = Field(description="What the rule says.", examples=["retained"])
    earliest_act_date: date | None = Field(description="First day on which an act may take the case; null: none known.")
    rule_id: UUID | None = Field(description="Version of the rule.")
    term: str = Field(description="As the nomenclature or a decision has it.")
    article: str = Field(description="As the nomenclature has it.")
    reasons: list[ReasonOut] = Field(description="Every step, in order.")


class RedatingLineOut(BaseModel):
    """One case of a preview."""

    case_id: UUID = Field(description="The case.")
    class_index: str = Field(description="Index («индекс дела»).")
    title: str
    closed_on: date | None = Field(description="Day on which the case was closed.")
    kind: Kind = Field(description="What the change does to it.")
    due: bool = Field(description="Whether an act might take it at once by the change, holds aside.")
    held: bool = Field(description="Whether a hold covered it when the preview was computed.")
    before: SideOut = Field(description="What keeps it; of an untouched case as it is now.")
    after: SideOut | None = Field(description="What would; null for an untouched case.")
    inventory_id: UUID | None = Field(description="Approved inventory that keeps it untouched.")
    act_id: UUID | None = Field(description="Disposal act that keeps it untouched.")
    result: Result = Field(description="`open`: not accepted, or not yet done.")
    reason: str = Field(description="Why a stale line was left: code.", examples=["case_changed"])

    @classmethod
    def of(cls, row: dict[str, Any], language: Language) -> Self:
        """Show a row of `core.redating.reading`."""
        special = {"before", "after"}
        members = {name: row[name] for name in cls.model_fields if name not in special}
        after = None if row["rule_after"] is None else _side(row, "after", language)
        return cls(**members, before=_side(row, "before", language), after=after)


def _side(row: dict[str, Any], side: str, language: Language) -> SideOut:
    said = row[f"explanation_{side}"] or {}
    return SideOut(
        outcome=row[f"outcome_{side}"],
        earliest_act_date=row[f"earliest_{side}"],
        rule_id=row[f"rule_{side}"],
        term=row[f"term_{side}"] or "",
        article=row[f"article_{side}"] or "",
        reasons=told(said.get("reasons", []), language),
    )
