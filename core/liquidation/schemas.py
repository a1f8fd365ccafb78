"""What the API hears and says of the end of an institution."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.cases.models import Liquidation
from core.cases.requests import Evidence, Reason
from core.web.fields import Day, RequestBody


class LiquidationIn(RequestBody):
    """That the institution ended."""

    liquidated_on: Annotated[Day, Field(description="Day of the entry in the register; not in the future.")]
    evidence: Evidence = Field(description="Entry of the state register («ЕГРЮЛ», «ЕГРИП») that shows it.")


class LiquidationReasonIn(RequestBody):
    """Why the record is taken back."""

    reason: Reason


class CaseReleaseIn(RequestBody):
    """Why no archive takes a case of an institution that has ended."""

    evidence: Evidence = Field(description="Answer of the archive, or minutes of the liquidation commission.")


class LiquidationOut(BaseModel):
    """That the institution ended («ликвидация»)."""

    id: UUID
    state: Literal["recorded", "confirmed", "revoked"] = Field(description="Only `confirmed` has consequences.")
    liquidated_on: date = Field(description="Day of the entry in the register.")
    evidence: str = Field(description="Entry that shows it.")
    single_person: bool = Field(description="Whether it was recorded under the declared single-person mode.")
    recorded_by: UUID = Field(description="Account.")
    recorded_at: datetime = Field(description="When it was recorded.")
    confirmed_by: UUID | None = Field(description="Account; null while nobody has confirmed.")
    confirmed_at: datetime | None = Field(description="When it was confirmed.")
    revoked_by: UUID | None = Field(description="Account.")
    revoked_at: datetime | None = Field(description="When it was revoked.")
    reason: str = Field(description="Why it was revoked.")
    revision: int = Field(description="The ETag of an answer names it.", examples=[1])

    @classmethod
    def of(cls, row: Liquidation) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})
