"""One attempt at one job: claims it, runs its handler, writes down how it ended."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.errors import DelotekaError, Unavailable
from core.kernel.jobs.catalog import JobKind
from core.kernel.jobs.context import JobCancelled, JobContext, JobSuperseded
from core.kernel.scope import Scope

log = logging.getLogger(__name__)

CRASHES_ALLOWED: Final = 5
"""Workers that may die over one job before it is given up."""
_OUTAGE_DELAY: Final = 15.0

# FOR UPDATE waits for the open units of work of an earlier attempt, which hold FOR KEY SHARE.
_LOOK: Final = (
    "SELECT state, failures, cancel_requested_at FROM jobs"
    " WHERE id = $1 AND institution_id = $2 AND state IN ('queued', 'running') FOR UPDATE"
)
_CLAIM: Final = (
    "UPDATE jobs SET state = 'running', attempts = attempts + 1, failures = $3, started_at = coalesce(started_at, $4)"
    " WHERE id = $1 AND institution_id = $2 AND state IN ('queued', 'running') RETURNING attempts"
)
_DROP: Final = (
    "UPDATE jobs SET state = $3, finished_at = $4, message = $5"
    " WHERE id = $1 AND institution_id = $2 AND state IN ('queued', 'running')"
)
_END: Final = (
    "UPDATE jobs SET state = $4, finished_at = $5, message = $6, failures = failures + $7"
    " WHERE id = $1 AND institution_id = $2 AND state = 'running' AND attempts = $3"
)
_FAILURES: Final = "SELECT failures FROM jobs WHERE id = $1 AND institution_id = $2"


class TryAgain(Exception):
    """The job goes back to its queue for `delay` seconds."""

    def __init__(self, delay: float) -> None:
        super().__init__(f"again in {delay:g} s")
        self.delay = delay


class JobRunner:
    """Runs jobs of any kind against one database."""

    def __init__(self, database: Database, services: Any) -> None:  # noqa: ANN401 - the composition root's
        self._database = database
        self._services = services

    async def run(self, kind: JobKind, *, job_id: UUID, institution_id: UUID, arguments: Mapping[str, Any]) -> None:
        """Make one attempt.

        Raises `TryAgain` when there is to be another one, and lets `CancelledError` pass after giving the job back.
        Does nothing for a job that has ended already.
        """
        scope = Scope(institution_id=institution_id, source=f"job:{kind.name}", request_id=str(job_id))
        context = await self._claim(kind, job_id, scope)
        if context is None:
            return
        try:
            await kind.handler(context, **arguments)
        except asyncio.CancelledError:
            await self._end(context, "queued", "")
            raise
        except JobCancelled:
            await self._end(context, "cancelled", "")
        except JobSuperseded:
            log.warning("job %s (%s) was taken over by another worker", job_id, kind.name)
        except Unavailable as error:
            await self._end(context, "queued", safe_message(error))
            raise TryAgain(_OUTAGE_DELAY) from None
        except Exception as error:
            log.exception("job %s (%s) failed", job_id, kind.name)
            await self._fail(kind, context, safe_message(error))
        else:
            await self._end(context, "done", "")

    async def _claim(self, kind: JobKind, job_id: UUID, scope: Scope) -> JobContext | None:
        """Begin an attempt; None when the job has ended, or ends here."""
        async with self._database.work(scope) as work:
            key = [job_id, scope.institution_id]
            rows = await work.rows(_LOOK, key)
            if not rows:
                return None
            job = rows[0]
            if job["cancel_requested_at"] is not None:
                await work.run(_DROP, [*key, "cancelled", work.now, ""])
                return None
            crashed = job["state"] == "running"
            failures = job["failures"] + crashed
            if crashed and failures >= max(kind.attempts, CRASHES_ALLOWED):
                log.error("job %s (%s) is given up: its workers die", job_id, kind.name)
                await work.run(_DROP, [*key, "failed", work.now, "worker_died"])
                return None
            claimed = await work.rows(_CLAIM, [*key, failures, work.now])
        return JobContext(self._database, scope, job_id=job_id, attempt=claimed[0]["attempts"], services=self._services)

    async def _fail(self, kind: JobKind, context: JobContext, message: str) -> None:
        """Count a failure; raise `TryAgain` while attempts are left."""
        async with self._database.work(context.scope) as work:
            rows = await work.rows(_FAILURES, [context.job_id, context.scope.institution_id])
            failures = rows[0]["failures"] + 1
            again = failures < kind.attempts
            await self._write_end(work, context, "queued" if again else "failed", message, failures=1)
        if again:
            raise TryAgain(kind.delay(failures)) from None

    async def _end(self, context: JobContext, state: str, message: str) -> None:
        async with self._database.work(context.scope) as work:
            await self._write_end(work, context, state, message)

    @staticmethod
    async def _write_end(work: Work, context: JobContext, state: str, message: str, *, failures: int = 0) -> None:
        finished = None if state == "queued" else work.now
        key = [context.job_id, context.scope.institution_id, context.attempt]
        await work.run(_END, [*key, state, finished, message, failures])


def safe_message(error: Exception) -> str:
    """Return what may be shown of an error: its code and title, or its class; never its text, which may quote data."""
    if isinstance(error, DelotekaError):
        return f"{error.code}: {error.title}"
    return type(error).__name__
