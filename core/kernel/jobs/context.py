"""What a running job holds in its hands."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.errors import DelotekaError
from core.kernel.scope import Scope

_PROGRESS_EVERY: Final = 0.2
"""Seconds between two writes of the progress."""

_STILL_OURS: Final = (
    "SELECT 1 AS ours FROM jobs WHERE id = $1 AND institution_id = $2 AND state = 'running' AND attempts = $3"
    " FOR KEY SHARE"
)
_PROGRESS: Final = (
    "UPDATE jobs SET done = $4, total = $5, message = $6"
    " WHERE id = $1 AND institution_id = $2 AND state = 'running' AND attempts = $3"
)


class JobCancelled(Exception):
    """A handler raises this when it has seen `JobContext.cancelled` and left everything in order."""


class JobSuperseded(DelotekaError):
    """Another worker has taken this job over, because this one was thought dead; facts: job_id."""

    code = "job_superseded"
    title = "The job is run by another worker now"


class JobContext:
    """One attempt at one job: its scope, its services, its progress, and whether it is to stop."""

    def __init__(self, database: Database, scope: Scope, *, job_id: UUID, attempt: int, services: Any) -> None:  # noqa: ANN401 - the composition root's
        self.database = database
        self.scope = scope
        """The institution the job belongs to; the system acts."""
        self.job_id = job_id
        self.attempt = attempt
        """1 for the first; it grows with each start."""
        self.services = services
        """What the composition root gave the worker."""
        self._next_progress = 0.0

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """A unit of work that commits only while this attempt is the one that runs.

        Everything a job changes in its own unit of work is therefore done by one attempt, even when a worker that
        was thought dead wakes up. Raises `JobSuperseded` and `DatabaseUnavailable`.
        """
        async with self.database.work(self.scope) as work:
            if not await work.rows(_STILL_OURS, self._ours()):
                raise JobSuperseded(job_id=str(self.job_id))
            yield work

    async def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Show how far the job is; `message` without personal data. Raises `JobSuperseded`.

        Written at most five times a second; the last step (`done == total`) always.
        """
        now = time.monotonic()
        if now < self._next_progress and done != total:
            return
        self._next_progress = now + _PROGRESS_EVERY
        async with self.database.work(self.scope) as work:
            if not await work.run(_PROGRESS, [*self._ours(), done, total, message]):
                raise JobSuperseded(job_id=str(self.job_id))

    async def cancelled(self) -> bool:
        """Whether somebody asked the job to stop; a handler that agrees tidies up and raises `JobCancelled`."""
        async with self.database.work(self.scope) as work:
            rows = await work.rows(
                "SELECT cancel_requested_at IS NOT NULL AS asked FROM jobs WHERE id = $1 AND institution_id = $2",
                [self.job_id, self.scope.institution_id],
            )
        return bool(rows and rows[0]["asked"])

    def _ours(self) -> list[Any]:
        return [self.job_id, self.scope.institution_id, self.attempt]
