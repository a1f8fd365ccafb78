"""Where a source and a hand disagree: what the policy of the field lets through, and what a person settles."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.audit.entries import plain
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.ids import new_id
from core.origins.errors import ConflictSettled
from core.origins.keeping import Changed, note_changes
from core.origins.models import OriginConflict
from core.origins.writing import FieldPolicy, Incoming, Writer

_EDITS: Final = """
SELECT entity_id, field, value::text AS value, edited_by, edited_at FROM hand_edits
 WHERE institution_id = $1 AND kind = $2 AND entity_id = ANY ($3::uuid[])
"""
_CURRENT: Final = (
    "SELECT id, to_jsonb(t)::text AS fields FROM {table} t WHERE institution_id = $1 AND id = ANY ($2::uuid[])"
)
_RAISE: Final = """
INSERT INTO origin_conflicts (id, institution_id, kind, entity_id, field, origin_id, source_value, hand_value, hand_by,
  hand_at, run_id, raised_at)
SELECT g.id, $1, $2, g.entity_id, g.field, g.origin_id, g.source_value, g.hand_value, g.hand_by, g.hand_at, $3, $4
  FROM jsonb_to_recordset($5::jsonb) AS g(id uuid, entity_id uuid, field text, origin_id uuid, source_value jsonb,
       hand_value jsonb, hand_by uuid, hand_at timestamptz)
ON CONFLICT (entity_id, field, origin_id) WHERE state = 'open'
DO UPDATE SET source_value = excluded.source_value, hand_value = excluded.hand_value, run_id = excluded.run_id
"""
_SETTLE: Final = """
UPDATE origin_conflicts SET state = $3, settled_by = $4, settled_at = $5
 WHERE institution_id = $1 AND id = $2 AND state = 'open'
"""
_FORGET_EDIT: Final = "DELETE FROM hand_edits WHERE institution_id = $1 AND kind = $2 AND entity_id = $3 AND field = $4"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandEditOf:
    """What a person has entered."""

    value: Any
    edited_by: UUID | None
    edited_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One field of one entity of which a source says other than the hand."""

    entity_id: UUID
    field: str
    origin_id: UUID
    source_value: Any
    hand: HandEditOf


async def edits_of(work: Work, kind: str, entities: Sequence[UUID]) -> dict[tuple[UUID, str], HandEditOf]:
    """Return what people have edited of these entities, by entity and field."""
    rows = await work.rows(_EDITS, [work.scope.institution_id, kind, list(entities)]) if entities else []
    return {
        (row["entity_id"], row["field"]): HandEditOf(
            value=json.loads(row["value"]) if row["value"] else None,
            edited_by=row["edited_by"],
            edited_at=row["edited_at"],
        )
        for row in rows
    }


async def current_fields(work: Work, writer: Writer, entities: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what the registry holds of these entities now, as JSON values by column."""
    if not entities:
        return {}
    rows = await work.rows(_CURRENT.format(table=writer.table), [work.scope.institution_id, list(entities)])
    return {row["id"]: json.loads(row["fields"]) for row in rows}


def policy_of(writer: Writer, field: str) -> FieldPolicy:
    """Return what happens to a field that was edited by hand."""
    return writer.policies.get(field, FieldPolicy.HAND_WINS)


async def raise_conflicts(work: Work, kind: str, run_id: UUID, raised: Sequence[Disagreement]) -> None:
    """Write disagreements down for a person; one that is open already learns what the source says now."""
    if not raised:
        return
    rows = [
        {
            "id": new_id(),
            "entity_id": each.entity_id,
            "field": each.field,
            "origin_id": each.origin_id,
            "source_value": plain(each.source_value),
            "hand_value": plain(each.hand.value),
            "hand_by": each.hand.edited_by,
            "hand_at": None if each.hand.edited_at is None else each.hand.edited_at.isoformat(),
        }
        for each in raised
    ]
    said = json.dumps(rows, ensure_ascii=False, default=str)
    await work.run(_RAISE, [work.scope.institution_id, kind, run_id, work.now, said])


async def find_conflict(conflict_id: UUID) -> OriginConflict:
    """Return a conflict of the current institution; raise `NotFound`."""
    found = await OriginConflict.get_or_none(id=conflict_id)
    if found is None:
        raise NotFound
    return found


async def settle(
    work: Work, conflict: OriginConflict, writer: Writer, columns: Mapping[str, Any], *, take: bool
) -> OriginConflict:
    """Keep the hand's value, or take the source's (`columns`: what its record says now, as the writer takes it).

    Raises `ConflictSettled` if somebody was quicker.
    """
    state = "taken" if take else "kept"
    values = [work.scope.institution_id, conflict.id, state, work.scope.actor_id, work.now]
    if not await work.run(_SETTLE, values):
        raise ConflictSettled(conflict=str(conflict.id))
    if take:
        before = (await current_fields(work, writer, [conflict.entity_id])).get(conflict.entity_id, {})
        value = columns.get(conflict.field)
        await writer.update(work, [Incoming(conflict.entity_id, {conflict.field: value})])
        changed = Changed(conflict.origin_id, "settled", {conflict.field: (before.get(conflict.field), value)})
        await note_changes(work, None, [changed])
        key = [work.scope.institution_id, conflict.kind, conflict.entity_id, conflict.field]
        await work.run(_FORGET_EDIT, key)
    work.record(
        f"conflict.{state}", conflict.kind, conflict.entity_id, {"conflict": str(conflict.id), "field": conflict.field}
    )
    return await find_conflict(conflict.id)
