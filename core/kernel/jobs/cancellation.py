"""Asking a job to stop."""

from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState


async def request_cancellation(work: Work, job_id: UUID) -> str:
    """Ask a job to stop; return its state afterwards: `cancelled` at once, or `running` until its handler agrees.

    Recorded in the audit trail; asking again changes nothing. Raises `NotFound`, and `StaleState` when it has ended.
    """
    key = [job_id, work.scope.institution_id]
    rows = await work.rows(
        "SELECT state, cancel_requested_at FROM jobs WHERE id = $1 AND institution_id = $2 FOR NO KEY UPDATE", key
    )
    if not rows:
        raise NotFound
    state = str(rows[0]["state"])
    if state not in {"queued", "running"}:
        raise StaleState(state=state)
    if state == "running" and rows[0]["cancel_requested_at"] is not None:
        return state
    await work.run(
        "UPDATE jobs SET cancel_requested_at = $3,"
        " held_back = NULL, state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,"
        " finished_at = CASE state WHEN 'queued' THEN $3::timestamptz END"
        " WHERE id = $1 AND institution_id = $2 AND state IN ('queued', 'running')",
        [*key, work.now],
    )
    work.record("job.cancellation_requested", "job", job_id)
    return "cancelled" if state == "queued" else state
