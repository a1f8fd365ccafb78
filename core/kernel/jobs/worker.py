"""The worker: takes jobs from Procrastinate's queue, and gives back or rescues what it cannot finish."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate import JobContext as QueueContext
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.worker import Worker

from core.kernel.database.connection import Database
from core.kernel.jobs.catalog import JobCatalog, JobKind
from core.kernel.jobs.running import JobRunner, TryAgain

log = logging.getLogger(__name__)

QUEUES: Final = ["default"]
STALLED_AFTER: Final = 30.0
"""Seconds without a heartbeat after which a worker counts as dead."""
PATIENT_AT_ONCE: Final = 32
"""Patient jobs in the queue; what is in it runs on when the lull is over."""
_POLL: Final = 1.0
_UNEXPECTED_DELAY: Final = 5
_LONGEST_PAUSE: Final = 15.0

_RESCUE: Final = """
WITH stalled AS (
  SELECT job.id FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
   WHERE job.status = 'doing'
     AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => $1))
   FOR UPDATE OF job SKIP LOCKED)
UPDATE procrastinate_jobs job
   SET status = 'todo', attempts = attempts + 1, scheduled_at = NULL, worker_id = NULL, abort_requested = false
  FROM stalled WHERE job.id = stalled.id RETURNING job.id
"""
_HELD: Final = "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = $1"
_GIVE_BACK: Final = """
UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = NULL, worker_id = NULL
 WHERE status = 'doing' AND worker_id = $1 AND id = ANY($2::bigint[]) RETURNING id
"""
_PRUNE: Final = """
DELETE FROM procrastinate_jobs job
 WHERE status IN ('succeeded', 'failed', 'cancelled', 'aborted')
   AND NOT EXISTS (SELECT FROM procrastinate_events event
                    WHERE event.job_id = job.id AND event.at > now() - make_interval(hours => $1))
RETURNING id
"""


class _Always(BaseRetryStrategy):
    """Puts a job back whatever was raised: how it really ended stands in the table `jobs`, not in the queue."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        """Return when to try again."""
        del job
        if isinstance(exception, TryAgain):
            return RetryDecision(retry_in={"milliseconds": round(exception.delay * 1000)})
        seconds = 0 if isinstance(exception, asyncio.CancelledError) else _UNEXPECTED_DELAY
        return RetryDecision(retry_in={"seconds": seconds})


class JobWorker:
    """Runs jobs until it is told to stop; survives an absence of PostgreSQL."""

    def __init__(
        self,
        url: str,
        database: Database,
        catalog: JobCatalog,
        *,
        services: Any = None,  # noqa: ANN401 - the composition root's
        concurrency: int = 4,
        stalled_after: float = STALLED_AFTER,
        grace: float = 30.0,
    ) -> None:
        self._url = url
        self._database = database
        self._catalog = catalog
        self._runner = JobRunner(database, services)
        self._concurrency = concurrency
        self._stalled_after = stalled_after
        self._grace = grace
        self._stopping = asyncio.Event()
        self._worker: Worker | None = None
        self._running: set[int] = set()
        self._unaccounted: frozenset[int] = frozenset()

    async def run(self) -> None:
        """Run jobs until `stop`; running jobs then have `grace` seconds to finish, and are given back after that.

        Cancelling does the same. When PostgreSQL is gone it tries again, at most 15 seconds apart.
        """
        pause = 0.5
        while not self._stopping.is_set():
            try:
                await self._run_once()
                pause = 0.5
            except Exception:
                log.exception("the job worker lost its queue; it tries again in %g s", pause)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def stop(self) -> None:
        """Take no further job; `run` returns when the running ones have ended."""
        self._stopping.set()
        if self._worker is not None:
            self._worker.stop()  # type: ignore[no-untyped-call] # procrastinate leaves it unannotated

    async def rescue(self) -> int:
        """Put the jobs of dead workers back into the queue; return how many. To be called every few seconds.

        Also gives back what this worker holds without running it: the queue did not hear how it ended.
        """
        rows = await self._database.ask(_RESCUE, [self._stalled_after])
        rescued = len(rows) + await self._give_back_unaccounted()
        if rescued:
            log.warning("%d jobs of dead workers were put back into the queue", rescued)
        return rescued

    async def queue_patient(self, *, most: int = PATIENT_AT_ONCE) -> int:
        """Tell the queue of patient jobs, the oldest first, until `most` of them wait in it; return of how many.

        To be called whenever nothing else is wanted of this host.
        """
        rows = await self._database.ask("SELECT queue_patient_jobs($1) AS queued", [most])
        return int(rows[0]["queued"])

    async def settle(self, *, kept_hours: int = 24) -> int:
        """Delete what the queue ended long ago, and fail the jobs it does not know any more; return how many failed.

        To be called every few minutes.
        """
        await self._database.ask(_PRUNE, [kept_hours])
        rows = await self._database.ask("SELECT fail_lost_jobs() AS lost")
        lost = int(rows[0]["lost"])
        if lost:
            log.error("%d jobs were failed because no queue knows them: does every worker run the same release?", lost)
        return lost

    async def _run_once(self) -> None:
        app = self._build_app()
        async with app.open_async():
            self._worker = Worker(
                app,
                queues=QUEUES,
                name="deloteka",
                concurrency=self._concurrency,
                fetch_job_polling_interval=_POLL,
                shutdown_graceful_timeout=self._grace,
                delete_jobs=DeleteJobCondition.SUCCESSFUL,
                install_signal_handlers=False,
                update_heartbeat_interval=self._stalled_after / 3,
                stalled_worker_timeout=self._stalled_after,
            )
            try:
                if not self._stopping.is_set():
                    await self._worker.run()  # type: ignore[no-untyped-call] # as above
            finally:
                self._worker = None
                self._running.clear()

    def _build_app(self) -> App:
        connector = PsycopgConnector(conninfo=self._url, min_size=1, max_size=4, timeout=5.0)
        app = App(connector=connector)
        for kind in self._catalog:
            app.task(name=kind.name, pass_context=True, retry=_Always())(self._task(kind))
        return app

    def _task(self, kind: JobKind) -> Callable[..., Coroutine[Any, Any, None]]:
        async def run(context: QueueContext, *, job_id: str, institution_id: str, arguments: dict[str, Any]) -> None:
            number = context.job.id or 0
            self._running.add(number)
            try:
                attempt = partial(self._runner.run, kind, job_id=UUID(job_id), institution_id=UUID(institution_id))
                await attempt(arguments=arguments)
            finally:
                self._running.discard(number)

        return run

    async def _give_back_unaccounted(self) -> int:
        worker_id = self._worker.worker_id if self._worker is not None else None
        if worker_id is None:
            return 0
        rows = await self._database.ask(_HELD, [worker_id])
        unaccounted = frozenset(row["id"] for row in rows) - self._running
        # One that is only just being written down is no longer there at the second look.
        twice, self._unaccounted = unaccounted & self._unaccounted, unaccounted
        if not twice:
            return 0
        return len(await self._database.ask(_GIVE_BACK, [worker_id, sorted(twice)]))
