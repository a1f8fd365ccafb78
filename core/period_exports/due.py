"""Which snapshots are due: periods that have ended, of connections that speak of them; and a reminder of each, once."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from core.institutions.registry import present
from core.kernel.clock import today
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.scope import Scope
from core.period_exports.filing import present_settings

log = logging.getLogger(__name__)

BACK: Final = 366
"""Days before a connection was made within which periods are still asked for: the study year that goes on."""
_MOST: Final = 500
# A connection that brings periods is asked for those it brings; one that brings none for every period.
_DUE: Final = """
SELECT c.id AS connection_id, c.title AS connection, p.id AS period_id, p.name AS period, p.study_year, p.ends_on
  FROM connections c JOIN study_periods p ON p.institution_id = c.institution_id
 WHERE c.institution_id = $1 AND c.state IN ('ready', 'needs_sign_in') AND p.gone_at IS NULL
   AND p.ends_on < $2 AND p.ends_on >= c.created_at::date - $3::integer
   AND EXISTS (SELECT FROM import_run_streams s JOIN import_runs r ON r.id = s.run_id
                WHERE s.institution_id = $1 AND r.connection_id = c.id AND r.mode <> 'dry_run'
                  AND s.kind IN ('results', 'final_results', 'attendance'))
   AND (EXISTS (SELECT FROM origins o WHERE o.institution_id = $1 AND o.entity_id = p.id AND o.connection_id = c.id)
        OR NOT EXISTS (SELECT FROM import_run_streams s JOIN import_runs r ON r.id = s.run_id
                        WHERE s.institution_id = $1 AND r.connection_id = c.id AND s.kind = 'study_periods'))
   AND NOT EXISTS (SELECT FROM period_exports e
                    WHERE e.institution_id = $1 AND e.connection_id = c.id AND e.period_id = p.id AND e.state = 'filed')
 ORDER BY p.ends_on, p.id, c.id LIMIT $4
"""
_REMIND: Final = """
INSERT INTO period_export_reminders (institution_id, connection_id, period_id, reminded_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueExport:
    """A period that has ended, and a connection without a snapshot of it."""

    connection_id: UUID
    connection: str
    period_id: UUID
    period: str
    study_year: str
    ends_on: date


async def due_exports(work: Work) -> Sequence[DueExport]:
    """Return what is due today, the earliest first, five hundred at most."""
    settings = await present_settings(work)
    day = today(lambda: work.now, (await present(work)).time_zone) - timedelta(days=settings.due_days)
    rows = await work.rows(_DUE, [work.scope.institution_id, day, BACK, _MOST])
    return [DueExport(**row) for row in rows]


async def remind(database: Database) -> int:
    """Say in every institution, once for each, which snapshots are due; return how many. To be called every hour."""
    told = 0
    for row in await database.ask("SELECT id FROM institutions_with_connections() AS t (id)"):
        try:
            told += await _remind_one(database, Scope(institution_id=row["id"], source="period exports"))
        except Exception:
            log.exception("one institution was not reminded of its snapshots")
    return told


async def _remind_one(database: Database, scope: Scope) -> int:
    told = 0
    async with database.work(scope) as work:
        for each in await due_exports(work):
            values = [scope.institution_id, each.connection_id, each.period_id, work.now]
            if await work.run(_REMIND, values):
                told += 1
                named = {"connection": str(each.connection_id), "period": str(each.period_id)}
                work.emit("period_export.due", {**named, "ends_on": each.ends_on.isoformat()})
    return told
