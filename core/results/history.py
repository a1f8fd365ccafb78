"""What a result said before: who changed what, from what, to what."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.keyset import Position

_CHANGES: Final = """
SELECT revision, changed_at, changed_by, before, after FROM result_changes
 WHERE institution_id = $1 AND entry_id = $2 AND revision > $3 ORDER BY revision LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of a result or of attendance."""

    revision: int
    """That it made."""
    changed_at: datetime
    changed_by: UUID | None
    """Account; `None`: a source."""
    before: dict[str, Any]
    after: dict[str, Any]


async def changes_of(work: Work, entry_id: UUID, after: int, limit: int) -> tuple[list[Changed], Position | None]:
    """Return at most `limit` changes after revision `after`, and the position after them; None when none follows."""
    rows = await work.rows(_CHANGES, [work.scope.institution_id, entry_id, after, limit + 1])
    found = [Changed(**{**row, "before": json.loads(row["before"]), "after": json.loads(row["after"])}) for row in rows]
    if len(found) <= limit:
        return found, None
    return found[:limit], (found[limit - 1].revision,)
