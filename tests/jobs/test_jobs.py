"""Jobs start with the commit of their business transaction, end once, and say how they are doing."""

import asyncio

import pytest

from core.kernel.errors import NotFound, StaleState, StorageUnavailable
from core.kernel.ids import new_id
from core.kernel.jobs.cancellation import request_cancellation
from core.kernel.jobs.catalog import JobCatalog, JobKind
from core.kernel.jobs.context import JobCancelled, JobContext, JobSuperseded
from core.kernel.jobs.running import JobRunner, TryAgain
from core.kernel.jobs.worker import JobWorker
from tests.jobs.bench import Bench


async def nothing(context: JobContext) -> None:
    pass


async def test_a_job_runs_after_the_commit_with_its_arguments_scope_and_services(bench: Bench) -> None:
    seen = []

    async def look(context: JobContext, *, text: str) -> None:
        seen.append((text, context.scope.institution_id, context.services, context.attempt))

    bench.catalog.register("test.look", look)
    bench.start(services="services")
    job_id = await bench.defer("test.look", text="Ёж")
    job = await bench.ended(job_id)
    assert (job["state"], job["attempts"], job["failures"], job["message"]) == ("done", 1, 0, "")
    assert job["finished_at"] is not None
    assert seen == [("Ёж", bench.institution, "services", 1)]


async def test_a_transaction_that_is_undone_leaves_no_job(bench: Bench) -> None:
    async def fail() -> None:
        async with bench.database.service.work(bench.scope) as work:
            work.defer("test.nothing", subject_type="test", subject_id="t-1")
            work.emit("test.happened", {})
            work.record("test.happened", "test", "t-1")
            await work.flush()
            raise StaleState

    with pytest.raises(StaleState):
        await fail()
    for table in ("jobs", "procrastinate_jobs", "outbox_events", "audit_entries"):
        assert await bench.database.owner.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608 - names above


async def test_the_queue_keeps_no_row_of_a_job_that_is_done(bench: Bench) -> None:
    bench.catalog.register("test.nothing", nothing)
    bench.start()
    await bench.ended(await bench.defer("test.nothing"))
    await bench.stop()
    assert await bench.database.owner.fetchval("SELECT count(*) FROM procrastinate_jobs") == 0
    assert await bench.database.owner.fetchval("SELECT count(*) FROM procrastinate_workers") == 0


async def test_a_patient_job_runs_once_its_queue_is_told_of_it_and_the_oldest_come_first(bench: Bench) -> None:
    seen = []

    async def look(context: JobContext, *, text: str) -> None:
        seen.append(text)

    bench.catalog.register("test.look", look)
    worker = bench.start()
    first, second, third, fourth = [await bench.defer("test.look", patient=True, text=text) for text in "абвг"]
    await bench.ended(await bench.defer("test.look", text="ё"))
    async with bench.database.service.work(bench.scope) as work:
        assert await request_cancellation(work, second) == "cancelled"
    assert await worker.settle() == 0
    assert await worker.queue_patient(most=1) == 1
    await bench.ended(first)
    assert seen == ["ё", "а"]
    assert await worker.queue_patient() == 2
    assert await worker.queue_patient() == 0
    for job_id in (third, fourth):
        job = await bench.ended(job_id)
        assert (job["state"], job["attempts"], job["held_back"]) == ("done", 1, None)
    assert sorted(seen[2:]) == ["в", "г"]
    with pytest.raises(ValueError, match="waits for nobody"):
        await bench.defer("test.look", patient=True, lock="a", text="д")


async def test_no_more_patient_jobs_wait_in_the_queue_than_a_short_lull_is_good_for(bench: Bench) -> None:
    for _ in range(5):
        await bench.defer("test.nothing", patient=True)
    worker = JobWorker(bench.database.service_url, bench.database.service, bench.catalog)
    assert [await worker.queue_patient(most=3) for _ in range(2)] == [3, 0]
    assert await worker.queue_patient(most=4) == 1


async def test_a_failing_job_is_tried_again_and_then_given_up_with_a_safe_message(bench: Bench) -> None:
    attempts = []

    async def fail(context: JobContext) -> None:
        attempts.append(context.attempt)
        message = "secret of Ёлкина"
        raise ValueError(message)

    bench.catalog.register("test.fail", fail, attempts=3, first_delay=0.05)
    bench.start()
    job = await bench.ended(await bench.defer("test.fail"))
    assert (job["state"], job["failures"], job["message"]) == ("failed", 3, "ValueError")
    assert attempts == [1, 2, 3]


async def test_a_job_that_fails_once_ends_done(bench: Bench) -> None:
    async def fail_once(context: JobContext) -> None:
        if context.attempt == 1:
            raise StaleState

    bench.catalog.register("test.fail_once", fail_once, first_delay=0.05)
    bench.start()
    job = await bench.ended(await bench.defer("test.fail_once"))
    assert (job["state"], job["failures"], job["attempts"]) == ("done", 1, 2)


def test_pauses_between_attempts_double_up_to_ten_minutes() -> None:
    kind = JobKind(name="test.nothing", handler=nothing, attempts=9, first_delay=2.0)
    assert [kind.delay(failures) for failures in (1, 2, 3, 9, 100)] == [2.0, 4.0, 8.0, 512.0, 600.0]


def test_a_kind_is_registered_once_and_may_be_tried() -> None:
    catalog = JobCatalog()
    catalog.register("test.nothing", nothing)
    with pytest.raises(ValueError, match="twice"):
        catalog.register("test.nothing", nothing)
    with pytest.raises(ValueError, match="attempt"):
        catalog.register("test.never", nothing, attempts=0)
    assert "test.nothing" in catalog
    assert [kind.name for kind in catalog] == ["test.nothing"]


async def test_an_outage_does_not_use_up_attempts(bench: Bench) -> None:
    async def unavailable(context: JobContext) -> None:
        raise StorageUnavailable

    job_id = await bench.defer("test.unavailable")
    kind = JobKind(name="test.unavailable", handler=unavailable, attempts=1, first_delay=1.0)
    with pytest.raises(TryAgain):
        await JobRunner(bench.database.service, None).run(
            kind, job_id=job_id, institution_id=bench.institution, arguments={}
        )
    job = await bench.job(job_id)
    assert (job["state"], job["failures"]) == ("queued", 0)
    assert job["message"].startswith("storage_unavailable")


async def test_progress_is_visible_while_the_job_runs(bench: Bench) -> None:
    go_on = asyncio.Event()

    async def count(context: JobContext) -> None:
        await context.progress(2, 5, "counting")
        await go_on.wait()
        await context.progress(5, 5, "counted")

    bench.catalog.register("test.count", count)
    bench.start()
    job_id = await bench.defer("test.count")
    job = await bench.until(job_id, lambda job: job["done"] == 2)
    assert (job["state"], job["total"], job["message"]) == ("running", 5, "counting")
    go_on.set()
    assert (await bench.ended(job_id))["done"] == 5


async def test_a_waiting_job_is_cancelled_at_once_and_never_runs(bench: Bench) -> None:
    ran = []

    async def note(context: JobContext) -> None:
        ran.append(context.job_id)

    job_id = await bench.defer("test.note")
    async with bench.database.service.work(bench.scope) as work:
        assert await request_cancellation(work, job_id) == "cancelled"
    bench.catalog.register("test.note", note)
    bench.start()
    last = await bench.defer("test.note")
    await bench.ended(last)
    assert ran == [last]
    assert (await bench.job(job_id))["state"] == "cancelled"


async def test_a_running_job_is_cancelled_when_its_handler_agrees(bench: Bench) -> None:
    async def loop(context: JobContext) -> None:
        for _ in range(1000):
            if await context.cancelled():
                raise JobCancelled
            await asyncio.sleep(0.01)

    bench.catalog.register("test.loop", loop)
    bench.start()
    job_id = await bench.defer("test.loop")
    await bench.until(job_id, lambda job: job["state"] == "running")
    async with bench.database.service.work(bench.scope) as work:
        assert await request_cancellation(work, job_id) == "running"
        assert await request_cancellation(work, job_id) == "running"
    assert (await bench.ended(job_id))["state"] == "cancelled"
    actions = await bench.database.owner.fetch("SELECT action FROM audit_entries")
    assert [row["action"] for row in actions] == ["job.cancellation_requested"]


async def test_a_job_that_has_ended_or_is_not_ours_cannot_be_cancelled(bench: Bench) -> None:
    bench.catalog.register("test.nothing", nothing)
    bench.start()
    job_id = await bench.defer("test.nothing")
    await bench.ended(job_id)
    for wanted, refusal in ((job_id, StaleState), (new_id(), NotFound)):
        async with bench.database.service.work(bench.scope) as work:
            with pytest.raises(refusal):
                await request_cancellation(work, wanted)


async def test_jobs_of_one_lock_run_one_after_the_other_in_their_order(bench: Bench) -> None:
    running: list[int] = []
    order: list[int] = []

    async def alone(context: JobContext, *, number: int) -> None:
        running.append(number)
        await asyncio.sleep(0.02)
        assert running == [number]
        running.remove(number)
        order.append(number)

    bench.catalog.register("test.alone", alone)
    bench.start()
    bench.start()
    ids = [await bench.defer("test.alone", lock="one", number=number) for number in range(5)]
    for job_id in ids:
        assert (await bench.ended(job_id))["state"] == "done"
    assert order == [0, 1, 2, 3, 4]


async def test_an_attempt_that_was_overtaken_commits_nothing_more(bench: Bench) -> None:
    go_on, started = asyncio.Event(), asyncio.Event()

    async def slow(context: JobContext) -> None:
        if context.attempt == 1:
            started.set()
            await go_on.wait()
        async with context.work() as work:
            await work.run(
                "INSERT INTO effects VALUES ($1, $2, 1, $3)",
                [context.scope.institution_id, context.job_id, context.attempt],
            )

    job_id = await bench.defer("test.slow")
    kind = JobKind(name="test.slow", handler=slow, attempts=3, first_delay=1.0)
    runner = JobRunner(bench.database.service, None)

    def attempt() -> asyncio.Task[None]:
        return asyncio.create_task(runner.run(kind, job_id=job_id, institution_id=bench.institution, arguments={}))

    first = attempt()
    await started.wait()
    await attempt()
    go_on.set()
    await first
    rows = await bench.database.owner.fetch("SELECT attempt FROM effects")
    assert [row["attempt"] for row in rows] == [2]
    assert (await bench.job(job_id))["state"] == "done"
    context = JobContext(bench.database.service, bench.scope, job_id=job_id, attempt=1, services=None)
    with pytest.raises(JobSuperseded):
        await context.progress(1)
