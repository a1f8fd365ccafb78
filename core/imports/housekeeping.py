"""What imports keep for a term of their own: afterwards it goes, unless somebody holds the institution's data."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.connections.given_files import release_files
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.scope import Scope, installation_scope

DECIDED_KEPT: Final = timedelta(days=90)
"""What records say in letters and proposals, after these are decided; and raw answers the source says no more."""
DIFFERENCES_KEPT: Final = timedelta(days=30)
"""What a dry run has found, after its end."""
FILES_KEPT: Final = timedelta(days=30)
"""Files given to a connection, after a run has read all of them."""

_SOURCE: Final = "imports"
_BLANK: Final = "SELECT blank_settled_imports($1, $2, $3) AS blanked"
# A file that a schedule would miss stays until there is a newer one.
_READ: Final = """
SELECT f.id FROM connection_files f JOIN connections c ON c.institution_id = $1 AND c.id = f.connection_id
 WHERE f.institution_id = $1 AND f.version_id IS NOT NULL AND f.removed_at IS NULL
   AND (c.schedule = '' OR EXISTS (
         SELECT FROM connection_files n WHERE n.institution_id = $1 AND n.connection_id = f.connection_id
            AND n.id > f.id AND n.version_id IS NOT NULL AND n.removed_at IS NULL))
   AND EXISTS (
         SELECT FROM import_runs r WHERE r.institution_id = $1 AND r.connection_id = f.connection_id
            AND r.mode IN ('sync', 'backfill') AND r.state IN ('complete', 'partial') AND r.streams IS NULL
            AND r.started_at > f.given_at AND r.ended_at < $2
            AND NOT EXISTS (SELECT FROM import_run_streams s
                             WHERE s.institution_id = $1 AND s.run_id = r.id AND s.state <> 'complete'))
   AND NOT EXISTS (SELECT FROM import_runs r WHERE r.institution_id = $1 AND r.connection_id = f.connection_id
                      AND r.state IN ('queued', 'running'))
   AND NOT EXISTS (SELECT FROM import_letters l WHERE l.institution_id = $1 AND l.connection_id = f.connection_id
                      AND l.state = 'open')
   AND NOT EXISTS (SELECT FROM import_proposals p WHERE p.institution_id = $1 AND p.connection_id = f.connection_id
                      AND p.state = 'open')
   AND NOT EXISTS (SELECT FROM import_files i JOIN origins o ON o.institution_id = $1 AND o.entity_id = i.id
                    WHERE i.institution_id = $1 AND i.state = 'pending' AND o.connection_id = f.connection_id)
   AND NOT EXISTS (SELECT FROM holds h WHERE h.institution_id = $1 AND h.state = 'active')
 ORDER BY f.id
"""


async def end_terms(database: Database, clock: Clock) -> int:
    """End what imports have kept for long enough, in every institution; return of how many rows. For a loop."""
    now = clock()
    ended = 0
    async with database.work(installation_scope(source=_SOURCE)) as work:
        rows = await work.rows("SELECT id FROM institutions")
    for row in rows:
        async with database.work(Scope(institution_id=row["id"], source=_SOURCE)) as work:
            ended += await _end_terms_of(work, row["id"], now)
    return ended


async def _end_terms_of(work: Work, institution_id: UUID, now: datetime) -> int:
    # Looks for holds behind their gate, which stays shut for what follows.
    [found] = await work.rows(_BLANK, [institution_id, now - DECIDED_KEPT, now - DIFFERENCES_KEPT])
    files = [row["id"] for row in await work.rows(_READ, [institution_id, now - FILES_KEPT])]
    await release_files(work, files)
    return int(found["blanked"]) + len(files)
