"""Where each value of an entity comes from: which record of which source, when; or whose hand."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.origins.forgetting import EndingAct

_ORIGINS: Final = """
SELECT id, connection_id, stream, external_id, made, mapped::text AS mapped, source_updated_at, first_run_id, first_at,
       last_run_id, last_at, gone_at, forgotten_at, forgotten_act::text AS forgotten_act
  FROM origins WHERE institution_id = $1 AND kind = $2 AND entity_id = $3 ORDER BY id LIMIT 200
"""
_CHANGES: Final = """
SELECT origin_id, run_id, change, fields::text AS fields, changed_at FROM origin_changes
 WHERE institution_id = $1 AND origin_id = ANY ($2::uuid[]) ORDER BY id
"""
_EDITS: Final = """
SELECT field, value::text AS value, edited_by, edited_at FROM hand_edits
 WHERE institution_id = $1 AND kind = $2 AND entity_id = $3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOf:
    """One record of a source that speaks of the entity."""

    origin_id: UUID
    connection_id: UUID
    stream: str
    external_id: str
    said: dict[str, Any]
    """What it says now, references as external ids."""
    source_updated_at: datetime | None
    first_run_id: UUID
    first_at: datetime
    last_run_id: UUID
    last_at: datetime
    gone_at: datetime | None
    forgotten_at: datetime | None
    forgotten_by: EndingAct | None
    """None: it is not forgotten, or what it told of ended otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueOf:
    """Who wrote the present value of one field."""

    field: str
    by: str
    """`source` or `hand`."""
    at: datetime
    value: Any = None
    """As it was written."""
    origin_id: UUID | None = None
    run_id: UUID | None = None
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where the values of one entity come from."""

    records: list[RecordOf] = field(default_factory=list)
    made_by: UUID | None = None
    """The record that made the entity; `None`: it was entered by hand."""
    made_in: UUID | None = None
    """The run of that; what is not named in `values` it wrote."""
    made_at: datetime | None = None
    values: list[ValueOf] = field(default_factory=list)


async def provenance_of(work: Work, kind: str, entity_id: UUID) -> Provenance:
    """Return the records that speak of an entity, and of each field that was written since it was made, who did."""
    rows = await work.rows(_ORIGINS, [work.scope.institution_id, kind, entity_id])
    made = next((row for row in rows if row["made"]), None)
    changes = await work.rows(_CHANGES, [work.scope.institution_id, [row["id"] for row in rows]]) if rows else []
    values: dict[str, ValueOf] = {}
    for change in changes:
        if change["change"] in {"matched", "changed", "settled"}:
            for name, each in json.loads(change["fields"]).items():
                values[name] = ValueOf(
                    field=name,
                    by="source",
                    at=change["changed_at"],
                    value=each["after"],
                    origin_id=change["origin_id"],
                    run_id=change["run_id"],
                )
    for edit in await work.rows(_EDITS, [work.scope.institution_id, kind, entity_id]):
        name = edit["field"]
        if name not in values or values[name].at < edit["edited_at"]:
            value = None if edit["value"] is None else json.loads(edit["value"])
            account = edit["edited_by"]
            values[name] = ValueOf(field=name, by="hand", at=edit["edited_at"], value=value, account_id=account)
    return Provenance(
        records=[_record(row) for row in rows],
        made_by=None if made is None else made["id"],
        made_in=None if made is None else made["first_run_id"],
        made_at=None if made is None else made["first_at"],
        values=[values[name] for name in sorted(values)],
    )


def _record(row: dict[str, Any]) -> RecordOf:
    named = {name: value for name, value in row.items() if name not in {"id", "made", "mapped", "forgotten_act"}}
    act = EndingAct.from_json(json.loads(row["forgotten_act"])) if row["forgotten_act"] else None
    return RecordOf(origin_id=row["id"], said=json.loads(row["mapped"]), forgotten_by=act, **named)
