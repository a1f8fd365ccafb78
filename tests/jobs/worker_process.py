"""A worker in a process of its own, so that a test can kill it: `worker_process.py SERVICE_URL`."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

from core.kernel.database.connection import Database
from core.kernel.jobs.catalog import JobCatalog
from core.kernel.jobs.context import JobContext
from core.kernel.jobs.worker import JobWorker


async def count_up(context: JobContext, *, upto: int, pause: float) -> None:
    """Write the numbers 1 to `upto`, each once, whatever was written before."""
    for number in range(1, upto + 1):
        async with context.work() as work:
            await work.run(
                "INSERT INTO effects (institution_id, job_id, number, attempt)"
                " SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM effects WHERE job_id = $2 AND number = $3)",
                [context.scope.institution_id, context.job_id, number, context.attempt],
            )
        await context.progress(number, upto, "counting")
        await asyncio.sleep(pause)


def catalog() -> JobCatalog:
    kinds = JobCatalog()
    kinds.register("test.count_up", count_up)
    return kinds


async def main(url: str) -> None:
    database = Database(url, apps=["core.kernel"], clock=lambda: datetime.now(UTC))
    await database.open()
    worker: Any = JobWorker(url, database, catalog(), stalled_after=1.0)
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
