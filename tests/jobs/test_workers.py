"""Workers stop, die and come back, and no job is lost or done twice."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.kernel.errors import DatabaseUnavailable
from core.kernel.jobs.context import JobContext
from core.kernel.jobs.worker import JobWorker
from tests.jobs.bench import Bench
from tests.jobs.worker_process import catalog

PROGRAM = Path(__file__).with_name("worker_process.py")


async def test_the_job_of_a_killed_worker_is_run_again_and_its_effect_is_there_once(bench: Bench) -> None:
    process = subprocess.Popen([sys.executable, str(PROGRAM), bench.database.service_url])  # noqa: S603, ASYNC220
    try:
        job_id = await bench.defer("test.count_up", upto=30, pause=0.1)
        await bench.until(job_id, lambda job: job["done"] >= 3)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    before = await bench.job(job_id)
    assert before["state"] == "running"
    bench.catalog = catalog()
    worker = bench.start()
    job = await bench.ended(job_id, each=worker.rescue)
    assert (job["state"], job["attempts"], job["failures"]) == ("done", 2, 1)
    assert await bench.effects(job_id) == list(range(1, 31))


async def test_a_worker_that_stops_lets_its_job_finish(bench: Bench) -> None:
    bench.catalog = catalog()
    bench.start()
    job_id = await bench.defer("test.count_up", upto=10, pause=0.02)
    await bench.until(job_id, lambda job: job["done"] >= 1)
    await bench.stop()
    assert (await bench.job(job_id))["state"] == "done"


async def test_a_worker_that_cannot_wait_gives_its_job_back(bench: Bench) -> None:
    bench.catalog = catalog()
    bench.start(grace=0.1)
    job_id = await bench.defer("test.count_up", upto=100, pause=0.05)
    await bench.until(job_id, lambda job: job["done"] >= 1)
    await bench.stop()
    job = await bench.job(job_id)
    assert (job["state"], job["failures"]) == ("queued", 0)
    assert await bench.database.owner.fetchval("SELECT status::text FROM procrastinate_jobs") == "todo"


async def test_a_worker_is_told_to_stop_before_it_runs(bench: Bench) -> None:
    worker = JobWorker(bench.database.service_url, bench.database.service, bench.catalog)
    worker.stop()
    await asyncio.wait_for(worker.run(), 5)


async def test_a_worker_goes_on_after_the_database_dropped_every_connection(bench: Bench) -> None:
    bench.catalog = catalog()
    bench.start()
    await bench.ended(await bench.defer("test.count_up", upto=1, pause=0))
    await bench.database.owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = 'deloteka_service'"
    )
    job_id = None
    while job_id is None:
        # A request may meet a connection that is just being lost; it is told so, and the next one is served.
        with contextlib.suppress(DatabaseUnavailable):
            job_id = await bench.defer("test.count_up", upto=1, pause=0)
    assert (await bench.ended(job_id))["state"] == "done"


async def test_a_job_that_kills_its_workers_is_given_up(bench: Bench) -> None:
    bench.catalog = catalog()
    job_id = await bench.defer("test.count_up", upto=1, pause=0)
    await bench.database.owner.execute("UPDATE jobs SET state = 'running', failures = 4")
    bench.start()
    job = await bench.ended(job_id)
    assert (job["state"], job["message"]) == ("failed", "worker_died")


async def test_what_a_worker_holds_without_running_it_is_given_back(bench: Bench) -> None:
    bench.catalog = catalog()
    worker = bench.start(stalled_after=600)
    await bench.ended(await bench.defer("test.count_up", upto=1, pause=0))
    worker_id = await bench.database.owner.fetchval("SELECT id FROM procrastinate_workers")
    await bench.database.owner.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id) VALUES ('other', 'x', 'doing', $1)",
        worker_id,
    )
    assert await worker.rescue() == 0
    assert await worker.rescue() == 1
    assert await bench.database.owner.fetchval("SELECT status::text FROM procrastinate_jobs") == "todo"


async def test_a_job_that_no_queue_knows_is_failed_and_old_rows_of_the_queue_go(bench: Bench) -> None:
    worker = bench.start()
    job_id = await bench.defer("test.unheard_of")
    job = await bench.ended(job_id, each=worker.settle)
    assert (job["state"], job["message"]) == ("failed", "job_lost")
    assert await worker.settle(kept_hours=0) == 0
    assert await bench.database.owner.fetchval("SELECT count(*) FROM procrastinate_jobs") == 0


async def test_a_waiting_job_is_not_lost(bench: Bench) -> None:
    job_id = await bench.defer("test.count_up", upto=1, pause=0)
    worker = JobWorker(bench.database.service_url, bench.database.service, bench.catalog)
    assert await worker.settle() == 0
    assert (await bench.job(job_id))["state"] == "queued"


async def test_a_job_is_taken_up_when_it_is_committed_and_not_when_somebody_looks(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.kernel.jobs.worker._POLL", 6.0)
    done = asyncio.Event()

    async def note(context: JobContext) -> None:
        done.set()

    bench.catalog.register("test.note", note)
    bench.start()
    await bench.ended(await bench.defer("test.note"))
    done.clear()
    await bench.defer("test.note")
    # Sooner than the next look means that the notification woke the worker.
    await asyncio.wait_for(done.wait(), 5)
