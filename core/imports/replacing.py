"""Another entity in the place of one: what a record says of it now cannot be said of the former."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.origins.keeping import Changed, note_changes
from core.origins.writing import Incoming, Writer

_TURN: Final = """
UPDATE origins o SET entity_id = g.entity_id, made = true
  FROM unnest($2::uuid[], $3::uuid[]) AS g(id, entity_id)
 WHERE o.institution_id = $1 AND o.id = g.id
"""


@dataclass(frozen=True, slots=True)
class Replaced:
    """A record that spoke of one entity and speaks of another."""

    origin_id: UUID
    before: UUID
    after: UUID
    columns: Mapping[str, Any]
    """Of the new entity."""


async def put_others(work: Work, writer: Writer, run_id: UUID | None, replaced: Sequence[Replaced]) -> None:
    """Make the new entities and mark the former ones as gone at the source; nothing is removed."""
    if not replaced:
        return
    await writer.mark_gone(work, [each.before for each in replaced], work.now)
    await writer.create(work, [Incoming(each.after, each.columns) for each in replaced])
    origins, entities = [each.origin_id for each in replaced], [each.after for each in replaced]
    await work.run(_TURN, [work.scope.institution_id, origins, entities])
    changes = [Changed(each.origin_id, "redirected", {"entity": (each.before, each.after)}) for each in replaced]
    await note_changes(work, run_id, changes)
