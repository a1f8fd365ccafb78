"""Runs: asking for one, cancelling one, and how they end. One at a time works on a connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.imports.errors import RunEnded, RunOpen, RunScopeInvalid
from core.imports.models import OPEN, ImportRun, Mode
from core.imports.services import Connections
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.ids import new_id
from core.kernel.jobs.cancellation import request_cancellation

RUN_JOB: Final = "imports.run"
"""Does a run; `core.imports.running` is its handler."""

_ABANDONED: Final = """
UPDATE import_runs r SET state = CASE j.state WHEN 'cancelled' THEN 'cancelled' ELSE 'failed' END, ended_at = $2,
       reason = CASE j.state WHEN 'cancelled' THEN '' ELSE 'bug' END,
       message = CASE j.state WHEN 'cancelled' THEN '' ELSE 'the job was given up: ' || j.message END
  FROM jobs j
 WHERE r.institution_id = $1 AND r.state IN ('queued', 'running') AND j.institution_id = $1 AND j.id = r.job_id
   AND j.state IN ('failed', 'cancelled', 'done')
RETURNING r.id, r.connection_id, r.state, r.mode
"""
_CLEAR: Final = "DELETE FROM import_seen WHERE institution_id = $1 AND run_id = $2"
_CANCEL: Final = """
UPDATE import_runs SET cancel_requested_at = coalesce(cancel_requested_at, $3),
       state = CASE WHEN $4 THEN 'cancelled' ELSE state END, ended_at = CASE WHEN $4 THEN $3::timestamptz END
 WHERE institution_id = $1 AND id = $2 AND state IN ('queued', 'running')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRun:
    """A run that somebody, or a schedule, asks for."""

    connection_id: UUID
    mode: Mode = Mode.SYNC
    since: date | None = None
    streams: Sequence[str] | None = None
    letters: Sequence[UUID] | None = None


async def find_run(run_id: UUID) -> ImportRun:
    """Return a run of the current institution; raise `NotFound`."""
    found = await ImportRun.get_or_none(id=run_id)
    if found is None:
        raise NotFound
    return found


async def open_run_of(connection_id: UUID) -> ImportRun | None:
    """Return the run of a connection that waits or works, if there is one."""
    return await ImportRun.get_or_none(connection_id=connection_id, state__in=OPEN)


async def start_run(work: Work, connections: Connections, wanted: WantedRun) -> ImportRun:
    """Ask for a run; a background job does it.

    Raises `NotFound`, a `Conflict` of the connection's state, `RunScopeInvalid`, or `RunOpen`.
    """
    if wanted.since is not None and wanted.mode not in {Mode.BACKFILL, Mode.DRY_RUN}:
        raise RunScopeInvalid(field="since_date")
    # Dead letters are read from what was kept of them, whatever state the connection is in.
    title = await connections.require(work, wanted.connection_id, ready=wanted.mode is not Mode.RETRY)
    await _require_offered(work, connections, wanted)
    await settle_abandoned(work)
    await _refuse_second(wanted.connection_id)
    run = ImportRun(
        id=new_id(),
        connection_id=wanted.connection_id,
        mode=wanted.mode.value,
        since=wanted.since,
        streams=None if wanted.streams is None else list(wanted.streams),
        letters=None if wanted.letters is None else list(wanted.letters),
        requested_by=work.scope.actor_id,
        requested_at=work.now,
    )
    run.job_id = work.defer(RUN_JOB, subject_type="import_run", subject_id=run.id, arguments={"run": str(run.id)})
    try:
        await run.save(force_create=True)
    except IntegrityError as error:
        if violated_constraint(error) == "import_runs_one_open":
            raise RunOpen(connection=str(wanted.connection_id)) from error
        raise
    said = {"connection": str(wanted.connection_id), "title": title, "mode": run.mode, "since": str(run.since or "")}
    work.record("import.asked", "import_run", run.id, said)
    return run


async def _require_offered(work: Work, connections: Connections, wanted: WantedRun) -> None:
    """Refuse streams that the last good check did not see; a run finds out by itself what is offered since."""
    offered = await connections.offered_streams(work, wanted.connection_id) if wanted.streams else frozenset()
    unknown = sorted(set(wanted.streams or ()) - offered)
    if offered and unknown:
        raise RunScopeInvalid(field="streams", unknown=unknown, available=sorted(offered))


async def _refuse_second(connection_id: UUID) -> None:
    """Name the run there is; whoever comes between this look and the commit meets the constraint."""
    there = await open_run_of(connection_id)
    if there is not None:
        raise RunOpen(run=str(there.id), address=f"/api/v1/import-runs/{there.id}")


async def cancel_run(work: Work, run: ImportRun) -> ImportRun:
    """Ask a run to stop: one that waits ends at once, one that works at the end of its chunk; raise `RunEnded`."""
    if run.state not in OPEN:
        raise RunEnded(state=run.state)
    try:
        state = await request_cancellation(work, run.job_id)
    except (NotFound, RunEnded):
        state = "cancelled"
    values = [work.scope.institution_id, run.id, work.now, state == "cancelled"]
    if not await work.run(_CANCEL, values):
        raise RunEnded(state=(await find_run(run.id)).state)
    work.record("import.cancellation_requested", "import_run", run.id)
    return await find_run(run.id)


async def settle_abandoned(work: Work) -> int:
    """End the runs whose jobs were given up or cancelled before they could say so; return how many."""
    rows = await work.rows(_ABANDONED, [work.scope.institution_id, work.now])
    for row in rows:
        await work.run(_CLEAR, [work.scope.institution_id, row["id"]])
        work.record("import.ended", "import_run", row["id"], {"state": row["state"], "abandoned": True})
        work.emit("import.ended", ended_event(row["id"], row["connection_id"], row["state"], row["mode"]))
    return len(rows)


def ended_event(run_id: UUID, connection_id: UUID, state: str, mode: str) -> dict[str, str]:
    """Return what plugins hear of the end of a run."""
    return {"run": str(run_id), "connection": str(connection_id), "state": state, "mode": mode}
