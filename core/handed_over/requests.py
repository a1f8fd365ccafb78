"""What the API hears of copies that stayed after a transfer."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from core.cases.requests import Evidence, Reason
from core.exits.requests import PaperNumber
from core.handed_over.deciding import NewCopyDecision
from core.web.fields import CleanLine, Day, RequestBody


class CopyDecisionIn(RequestBody):
    """What shall become of the files that stayed after an archive accepted their cases."""

    outcome: Literal["keep", "destroy"] = Field(description="Whether they stay or go.")
    basis: Evidence = Field(
        description="Document that the decision rests on: a regulation of the institution, an order."
    )
    evidence: Annotated[
        CleanLine,
        Field(
            max_length=1000,
            description="What shows that the archive has everything and can read it; needed to destroy.",
            examples=["справка архива о проверке пакета от 20.03.2026 № 11"],
        ),
    ] = ""

    @model_validator(mode="after")
    def _shown(self) -> "CopyDecisionIn":
        if self.outcome == "destroy" and not self.evidence:
            message = "evidence is needed where copies are to be destroyed"
            raise ValueError(message)
        return self

    def to_new(self) -> NewCopyDecision:
        """Return the same as the verb takes it."""
        return NewCopyDecision(**self.model_dump())


class CopyApprovalIn(RequestBody):
    """Number and day of the decision."""

    number: PaperNumber
    approved_on: Day | None = Field(default=None, description="Left out: the institution's today.")


class CopyReasonIn(RequestBody):
    """Why a decision is given up."""

    reason: Reason
