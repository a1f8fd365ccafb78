"""What happens to runs by itself: schedules start them, and those that were put off are tried again."""

import logging
from typing import Final

from core.connections.models import ConnectionRow
from core.imports.errors import RunOpen, RunScopeInvalid
from core.imports.models import ImportRun, Mode
from core.imports.runs import WantedRun, open_run_of, settle_abandoned, start_run
from core.imports.services import Connections, ImportServices
from core.kernel.database.work import Work
from core.kernel.errors import Conflict, NotFound
from core.kernel.scope import Scope

log = logging.getLogger(__name__)

_DUE: Final = """
SELECT r.id FROM import_runs r WHERE r.institution_id = $1 AND r.retry_at <= $2 AND NOT is_superseded(r) ORDER BY r.id
"""


async def start_if_idle(connections: Connections, work: Work, row: ConnectionRow) -> None:
    """Start the run that a schedule wants; nothing happens while another one works."""
    if await open_run_of(row.id) is None:
        await start_run(work, connections, WantedRun(connection_id=row.id))


async def follow_up(services: ImportServices) -> int:
    """End runs whose jobs were given up, and try again what was put off; return how many runs were started.

    To be called every few seconds.
    """
    rows = await services.database.ask(
        "SELECT id FROM institutions_with_import_chores($1) AS t (id)", [services.clock()]
    )
    started = 0
    for row in rows:
        scope = Scope(institution_id=row["id"], source="imports")
        async with services.database.work(scope) as work:
            await settle_abandoned(work)
            due = [each["id"] for each in await work.rows(_DUE, [row["id"], work.now])]
        for run_id in due:
            try:
                started += await _again(services, scope, await _run(services, scope, run_id))
            except Exception:
                # One that cannot be started holds no other up, and is tried again.
                log.exception("the run %s was not repeated", run_id)
    return started


async def _run(services: ImportServices, scope: Scope, run_id: object) -> ImportRun:
    async with services.database.work(scope):
        return await ImportRun.get(id=run_id)


async def _again(services: ImportServices, scope: Scope, run: ImportRun) -> bool:
    wanted = WantedRun(
        connection_id=run.connection_id, mode=Mode(run.mode), since=run.since, streams=run.streams, letters=run.letters
    )
    try:
        async with services.database.work(scope) as work:
            await start_run(work, services.connections, wanted)
    except (RunOpen, RunScopeInvalid, Conflict, NotFound) as refused:
        # The connection is paused, removed or waits for a sign-in, or another run works: asked again soon.
        log.debug("a run is not tried again: %s", refused.code)
        return False
    return True
