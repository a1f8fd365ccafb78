"""What the API says and hears of provenance and conflicts."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.origins.models import OriginConflict
from core.origins.provenance import Provenance
from core.sdk.connectors import EntityKind
from core.web.fields import RequestBody

PRIVATE: frozenset[str] = frozenset({"snils", "email", "phone", "account"})
"""Fields of people that need a right of their own."""


def without_private(kind: str, said: dict[str, Any], *, private: bool) -> dict[str, Any]:
    """Return what may be shown of a record; legal representatives are private as a whole."""
    if private:
        return said
    if kind == EntityKind.GUARDIANS:
        return {}
    return {name: value for name, value in said.items() if name not in PRIVATE}


class EndingActOut(BaseModel):
    """The disposal act with which something ended."""

    act_id: UUID = Field(description="The act.")
    number: str = Field(description="Its number, as approved.")
    approved_on: date = Field(description="Its date.")


class OriginOut(BaseModel):
    """One record of a source that speaks of the entity."""

    connection_id: UUID
    stream: str = Field(examples=["learners"])
    external_id: str = Field(
        examples=["1000012345678901234"], description="The source's own key; a digest of it once it is forgotten."
    )
    said: dict[str, Any] = Field(description="What it says now; references are external ids of the same connection.")
    source_updated_at: datetime | None = Field(description="As the source has it.")
    first_run_id: UUID = Field(description="The run that brought it first.")
    first_at: datetime = Field(description="When it was brought first.")
    last_run_id: UUID = Field(description="The run that changed what it says last.")
    last_at: datetime = Field(description="When it changed last.")
    gone_at: datetime | None = Field(description="Since when the source has it no longer.")
    forgotten_at: datetime | None = Field(description="When what it said went with a lawful destruction.")
    forgotten_by: EndingActOut | None = Field(description="The act; null if it ended otherwise, as by a withdrawal.")


class ValueOut(BaseModel):
    """Who wrote the present value of one field."""

    field: str = Field(examples=["family_name"])
    by: Literal["source", "hand"] = Field(description="A record of a source, or a person.")
    written_at: datetime = Field(description="When the run or the person wrote it.")
    value: Any = Field(description="As it was written.")
    connection_id: UUID | None
    external_id: str | None = Field(description="The source's own key of the record; null with a hand.")
    run_id: UUID | None = Field(description="Null with a source: a person took its value in a conflict.")
    account_id: UUID | None


class ProvenanceOut(BaseModel):
    """Where the values of one entity come from; a field that `values` does not name was written by `made_run_id`."""

    records: list[OriginOut] = Field(
        description="Records of sources that speak of it; none if it was only entered by hand."
    )
    made_run_id: UUID | None = Field(description="The run that made the entity; null if it was entered by hand.")
    made_at: datetime | None = Field(description="When that run made it; null if it was entered by hand.")
    values: list[ValueOut] = Field(description="Fields that were written since, each by whom last.")

    @classmethod
    def of(cls, kind: str, found: Provenance, *, private: bool) -> Self:
        """Show it."""
        by_id = {record.origin_id: record for record in found.records}
        values = []
        for each in found.values:
            record = by_id.get(each.origin_id) if each.origin_id else None
            shown = without_private(kind, {each.field: each.value}, private=private)
            if each.field not in shown:
                continue
            values.append(
                ValueOut(
                    field=each.field,
                    by="hand" if each.by == "hand" else "source",
                    written_at=each.at,
                    value=each.value,
                    connection_id=record.connection_id if record else None,
                    external_id=record.external_id if record else None,
                    run_id=each.run_id,
                    account_id=each.account_id,
                )
            )
        records = [
            OriginOut(
                connection_id=record.connection_id,
                stream=record.stream,
                external_id=record.external_id,
                said=without_private(kind, record.said, private=private),
                source_updated_at=record.source_updated_at,
                first_run_id=record.first_run_id,
                first_at=record.first_at,
                last_run_id=record.last_run_id,
                last_at=record.last_at,
                gone_at=record.gone_at,
                forgotten_at=record.forgotten_at,
                forgotten_by=None
                if record.forgotten_by is None
                else EndingActOut(
                    act_id=record.forgotten_by.id,
                    number=record.forgotten_by.number,
                    approved_on=record.forgotten_by.date,
                ),
            )
            for record in found.records
        ]
        return cls(records=records, made_run_id=found.made_in, made_at=found.made_at, values=values)


class ConflictOut(BaseModel):
    """A source says other than the hand."""

    id: UUID
    kind: str = Field(examples=["learners"])
    entity_id: UUID = Field(description="Learner, group, result… whose field it is, by `kind`.")
    field: str = Field(examples=["family_name"])
    source_value: Any = Field(description="What the source says.")
    hand_value: Any = Field(description="What stands in the registry.")
    hand_by: UUID | None = Field(description="Who entered it; null if that is not known.")
    hand_at: datetime | None = Field(description="When it was entered; null if that is not known.")
    raised_at: datetime = Field(description="When the source said it.")
    state: Literal["open", "kept", "taken", "moot"]
    settled_by: UUID | None
    settled_at: datetime | None

    @classmethod
    def of(cls, row: OriginConflict, *, seen: bool, private: bool) -> Self:
        """Show it; `seen`: the values too."""
        hidden = not seen or not without_private(row.kind, {row.field: 1}, private=private)
        return cls(
            id=row.id,
            kind=row.kind,
            entity_id=row.entity_id,
            field=row.field,
            source_value=None if hidden else row.source_value,
            hand_value=None if hidden else row.hand_value,
            hand_by=row.hand_by,
            hand_at=row.hand_at,
            raised_at=row.raised_at,
            state=_state(row.state),
            settled_by=row.settled_by,
            settled_at=row.settled_at,
        )


def _state(word: str) -> Literal["open", "kept", "taken", "moot"]:
    for each in ("kept", "taken", "moot"):
        if word == each:
            return each
    return "open"


class SettlementIn(RequestBody):
    """Which value holds."""

    take: bool = Field(description="True: the source's value is written. False: what stands in the registry stays.")
