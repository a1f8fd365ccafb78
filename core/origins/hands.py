"""What people change by hand: features' own verbs note it here, so that no import overwrites it unasked."""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from core.kernel.audit.entries import plain
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.sdk.connectors import EntityKind

_NOTE: Final = """
INSERT INTO hand_edits (id, institution_id, kind, entity_id, field, value, edited_by, edited_at)
SELECT n.id, $1, $2, $3, n.field, n.value, $4, $5
  FROM jsonb_to_recordset($6::jsonb) AS n(id uuid, field text, value jsonb)
ON CONFLICT ON CONSTRAINT hand_edits_once
DO UPDATE SET value = excluded.value, edited_by = excluded.edited_by, edited_at = excluded.edited_at
"""


async def noted(work: Work, kind: EntityKind, entity_id: UUID, fields: Mapping[str, Any]) -> None:
    """Note that somebody changed these fields (new values by column) of an entity; in the same unit of work.

    To be called by the features' own verbs that change what an import may bring, never by their writers.
    """
    if not fields:
        return
    rows = [{"id": str(new_id()), "field": name, "value": plain(value)} for name, value in fields.items()]
    said = json.dumps(rows, ensure_ascii=False)
    await work.run(_NOTE, [work.scope.institution_id, kind.value, entity_id, work.scope.actor_id, work.now, said])
