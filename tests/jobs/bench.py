"""Defers jobs as a business transaction does, runs workers, and looks at what became of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from core.kernel.ids import new_id
from core.kernel.jobs.catalog import JobCatalog
from core.kernel.jobs.worker import JobWorker
from core.kernel.scope import Scope
from tests.kernel_database import KernelDatabase

EFFECTS = """
CREATE TABLE effects (
  institution_id uuid NOT NULL,
  job_id uuid NOT NULL,
  number integer NOT NULL,
  attempt integer NOT NULL,
  PRIMARY KEY (job_id, number)
);
CALL isolate('effects', 'SELECT, INSERT');
"""
PATIENCE = 20.0


class Bench:
    def __init__(self, database: KernelDatabase) -> None:
        self.database = database
        self.institution = new_id()
        self.scope = Scope(institution_id=self.institution)
        self.catalog = JobCatalog()
        self._tasks: list[tuple[JobWorker, asyncio.Task[None]]] = []

    async def defer(self, kind: str, *, lock: str | None = None, patient: bool = False, **arguments: object) -> UUID:
        async with self.database.service.work(self.scope) as work:
            return work.defer(
                kind, subject_type="test", subject_id="t-1", arguments=arguments, lock=lock, patient=patient
            )

    def start(self, *, grace: float = 30.0, services: object = None, stalled_after: float = 3.0) -> JobWorker:
        worker = JobWorker(
            self.database.service_url,
            self.database.service,
            self.catalog,
            services=services,
            grace=grace,
            stalled_after=stalled_after,
        )
        self._tasks.append((worker, asyncio.create_task(worker.run())))
        return worker

    async def stop(self) -> None:
        for worker, task in self._tasks:
            worker.stop()
            await asyncio.wait_for(task, PATIENCE)
        self._tasks.clear()

    async def job(self, job_id: UUID) -> dict[str, Any]:
        row = await self.database.owner.fetchrow("SELECT * FROM jobs WHERE id = $1", job_id)
        return dict(row)

    async def effects(self, job_id: UUID) -> list[int]:
        rows = await self.database.owner.fetch("SELECT number FROM effects WHERE job_id = $1 ORDER BY number", job_id)
        return [row["number"] for row in rows]

    async def until(
        self,
        job_id: UUID,
        reached: Callable[[dict[str, Any]], bool],
        *,
        each: Callable[[], Awaitable[object]] | None = None,
    ) -> dict[str, Any]:
        """Look at the job until `reached` says so; `each` is awaited between two looks."""
        deadline = time.monotonic() + PATIENCE
        while True:
            job = await self.job(job_id)
            if reached(job):
                return job
            assert time.monotonic() < deadline, job
            if each is not None:
                await each()
            await asyncio.sleep(0.02)

    async def ended(self, job_id: UUID, *, each: Callable[[], Awaitable[object]] | None = None) -> dict[str, Any]:
        return await self.until(job_id, lambda job: job["state"] in {"done", "failed", "cancelled"}, each=each)
