"""Forgetting what sources said of somebody, with a lawful destruction."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.kernel.database.work import Work
from core.origins.keeping import Changed, note_changes
from core.sdk.connectors import EntityKind

_FORGET: Final = """
UPDATE origins SET mapped = '{}', raw = '{}', forgotten_at = $4
 WHERE institution_id = $1 AND kind = $2 AND entity_id = ANY ($3::uuid[]) AND forgotten_at IS NULL
RETURNING id
"""
_CHANGES: Final = """
UPDATE origin_changes SET fields = '{}' WHERE institution_id = $1 AND origin_id = ANY ($2::uuid[]) AND fields <> '{}'
"""
_EDITS: Final = "DELETE FROM hand_edits WHERE institution_id = $1 AND kind = $2 AND entity_id = ANY ($3::uuid[])"
_CONFLICTS: Final = """
UPDATE origin_conflicts SET source_value = NULL, hand_value = NULL,
       state = CASE state WHEN 'open' THEN 'moot' ELSE state END, settled_at = coalesce(settled_at, $4)
 WHERE institution_id = $1 AND kind = $2 AND entity_id = ANY ($3::uuid[])
"""


async def forget(work: Work, kind: EntityKind, entities: Sequence[UUID]) -> int:
    """Forget every value that sources or hands gave to these entities; return how many records that were.

    The records stay known by their ids, so a source that still has them brings nothing back. What stands in the
    feature's own tables and in dead letters is the caller's to destroy.
    """
    if not entities:
        return 0
    institution = work.scope.institution_id
    values = [institution, kind.value, list(entities)]
    rows = await work.rows(_FORGET, [*values, work.now])
    origins = [row["id"] for row in rows]
    await work.run(_CHANGES, [institution, origins])
    await work.run(_EDITS, values)
    await work.run(_CONFLICTS, [*values, work.now])
    await note_changes(work, None, [Changed(each, "forgotten") for each in origins])
    return len(origins)
