"""What a run does when something breaks: nothing is lost, doubled or skipped."""

import asyncio
import itertools
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core.imports.errors import RunOpen
from core.imports.models import Mode
from core.imports.runs import cancel_run, settle_abandoned
from core.kernel.errors import Unavailable
from core.kernel.jobs.running import TryAgain
from core.sdk.connectors import (
    AttendanceData,
    EntityKind,
    FinalResultData,
    Message,
    Problem,
    ProblemClass,
    ReadRequest,
    Record,
    State,
    Stream,
    SyncMode,
)
from core.sdk.errors import ConnectorAuthFailed, ConnectorBug, ConnectorMisconfigured, ConnectorTransient
from tests.connectors.engine.bench import GROUPS, LEARNERS, MARKS, Engine, ended, group, learner, mark
from tests.connectors.engine.scripted import state
from tests.connectors.engine.worker_process import MARKS_OF_A_PART, PARTS, script

INCREMENTAL = Stream(
    name="marks", kind=EntityKind.RESULTS, title="", parents=("learners",), sync=SyncMode.INCREMENTAL, overlap_days=0
)
ATTENDANCE = Stream(name="attendance", kind=EntityKind.ATTENDANCE, title="", parents=("learners",))
FINALS = Stream(name="finals", kind=EntityKind.FINAL_RESULTS, title="", parents=("learners",))


class Death(Unavailable):
    """Stands for a worker that is no more: the job goes back into its queue."""


def fill(engine: Engine, stream: Stream = MARKS) -> None:
    engine.script.stream(LEARNERS, *(learner(str(n), f"Учебный{n}") for n in range(12)))
    now = engine.house.clock.now
    parts: dict[str, Any] = {}
    for part in range(4):
        marks: list[Message] = []
        for n in range(30):
            marks.append(mark(f"m{part}-{n}", str(n % 12)))
            if n % 10 == 9:
                marks.append(state(now.replace(year=2025, minute=part * 10 + n // 10)))
        parts[f"p{part}"] = _behind(marks)
    engine.script.stream(stream, **parts)


def _behind(messages: list[Message]) -> Callable[[ReadRequest], list[Message]]:
    """A part that goes on behind the cursor it is given."""

    def part(request: ReadRequest) -> list[Message]:
        cursors = [each.cursor if isinstance(each, State) else None for each in messages]
        return messages[cursors.index(request.cursor) + 1 :] if request.cursor else messages

    return part


async def undisturbed(engine: Engine) -> dict[str, Any]:
    rows = await engine.rows(
        "SELECT stream, external_id, partition, kind, made, hash, mapped, gone_at FROM origins"
        " ORDER BY stream, external_id"
    )
    marks = await engine.rows(
        "SELECT stream, partition, completed_on IS NOT NULL AS c FROM import_bookmarks ORDER BY 1, 2"
    )
    counted = await engine.rows("SELECT (SELECT count(*) FROM results) AS r, (SELECT count(*) FROM people) AS p")
    return {"origins": rows, "bookmarks": marks, "counted": counted}


@pytest.mark.parametrize("stream", [MARKS, INCREMENTAL], ids=["whole", "incremental"])
async def test_a_run_that_dies_ten_times_ends_the_same_and_reads_little_twice(engine: Engine, stream: Stream) -> None:
    fill(engine, stream)
    given = itertools.count()
    deaths = [13, 25, 40, 52, 66, 80, 93, 110, 124, 140]

    def stop(name: str, message: Message) -> None:
        if name == "marks" and isinstance(message, Record) and next(given) in deaths:
            raise Death

    run = await engine.ask()
    engine.script.stop = stop
    attempts = 0
    while run.state in {"queued", "running"}:
        attempts += 1
        try:
            run = await engine.work(run)
        except TryAgain:
            continue
    assert attempts == 11
    assert ended(run)[0] == "complete"
    assert run.counts["new"] == 132
    # What a death threw away was less than a chunk of ten records, and those since the last state.
    assert engine.script.read["marks"] < 120 + 10 * 10
    assert await engine.one("SELECT count(*) FROM results") == 120
    before = await undisturbed(engine)
    engine.script.stop = None
    again = await engine.run()
    assert again.counts.get("new", 0) + again.counts.get("changed", 0) + again.counts.get("gone", 0) == 0
    assert await undisturbed(engine) == before


async def test_a_token_that_dies_stops_the_run_and_no_bookmark_passes_what_is_stored(engine: Engine) -> None:
    fill(engine, INCREMENTAL)
    given = itertools.count()

    def stop(name: str, _message: Message) -> None:
        if name == "marks" and next(given) == 45:
            detail = "the token s3cret is dead"
            raise ConnectorAuthFailed(detail)

    engine.script.stop = stop
    run = await engine.run()
    assert (run.state, run.reason) == ("failed", "auth")
    assert engine.connections.dead == ["the token *** is dead"]
    assert "s3cret" not in run.message
    stored = await engine.one("SELECT count(*) FROM results")
    assert await engine.one("SELECT count(*) FROM import_bookmarks WHERE stream = 'marks'") == 2
    engine.script.stop = None
    run = await engine.run()
    assert ended(run)[0] == "complete"
    assert run.counts["new"] == 120 - stored


async def test_each_class_of_trouble_has_its_end(engine: Engine) -> None:
    fill(engine)
    troubles: Counter[str] = Counter()

    def stop(name: str, message: Message) -> None:
        if name == "marks" and isinstance(message, Record) and message.external_id == "m1-5":
            troubles["met"] += 1
            raise error

    engine.script.stop = stop
    engine.script.stream(GROUPS, group("1", "8А"))
    error: Exception = ConnectorMisconfigured("the scope marks is missing")
    run = await engine.run()
    assert (run.state, run.reason, run.message) == ("partial", "config", "the scope marks is missing")
    error = ConnectorTransient("503")
    run = await engine.run()
    assert (run.state, run.reason) == ("partial", "transient")
    states = await engine.rows(
        "SELECT partition, state FROM import_run_partitions WHERE run_id = $1 AND stream = 'marks'", run.id
    )
    assert sorted((row["partition"], row["state"]) for row in states) == [
        ("p0", "complete"), ("p1", "incomplete"), ("p2", "complete"), ("p3", "complete"),
    ]  # fmt: skip
    error = ValueError("somebody's name")
    run = await engine.run()
    assert (run.state, run.reason, run.message) == ("partial", "bug", "the connector failed with ValueError")
    error = ConnectorBug("no shape")
    assert (await engine.run()).reason == "bug"
    assert troubles["met"] == 4


async def test_a_bad_record_is_a_letter_until_it_is_good_and_the_others_are_stored(engine: Engine) -> None:
    good = [mark(f"m{n}", "1") for n in range(25)]
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    strange = mark("strange", "77")
    unfit = mark("unfit", "1", "x" * 400)
    engine.script.stream(MARKS, *good, Problem(ProblemClass.RECORD, "no shape", external_id="bad"), strange)
    run = await engine.run()
    assert ended(run) == ("partial", {"dead": 2, "new": 26})
    assert await engine.letters() == [("marks", "bad", "record"), ("marks", "strange", "reference")]
    del unfit
    # The pupil of another school is let in later; the letter is read in without the source.
    engine.script.stream(LEARNERS, learner("1", "Первая"), learner("77", "Новая"))
    engine.script.stream(MARKS, *good, mark("bad", "1"))
    run = await engine.run()
    assert ended(run)[0] == "complete"
    assert await engine.letters() == []
    assert await engine.letters("closed") == [("marks", "bad", "record"), ("marks", "strange", "reference")]
    assert {"bad", "strange"} <= set(await engine.marks())


async def test_what_the_registry_refuses_of_a_batch_becomes_letters_and_the_rest_is_kept(engine: Engine) -> None:
    """A day that cannot be, the same final result twice, a learner without a will: each in the midst of good ones."""
    engine.services = replace(engine.services, at_once=100)
    days = [date(1800 if n in {7, 8, 30} else 2026, 1, 1) for n in range(40)]
    lessons = [Record(f"a{n}", AttendanceData(learner="1", lesson_on=day, status="н")) for n, day in enumerate(days)]
    finals = [Record(f"f{n}", FinalResultData(learner="1", value="5", final_kind="year")) for n in range(2)]
    engine.script.stream(LEARNERS, learner("1", "Первая"), learner("2", "Вторая"))
    engine.script.stream(ATTENDANCE, *lessons)
    engine.script.stream(FINALS, *finals)
    run = await engine.run()
    assert ended(run) == ("partial", {"dead": 3, "matched": 1, "new": 40})
    assert await engine.letters() == [("attendance", key, "refused") for key in ("a30", "a7", "a8")]
    reasons = await engine.rows("SELECT DISTINCT reason FROM import_letters")
    assert reasons == [{"reason": "the registry refuses it: attendance_lesson_on_check"}]
    assert await engine.one("SELECT count(DISTINCT entity_id) FROM origins WHERE stream = 'finals'") == 1

    head = engine.house.of("head")
    answer = await head.patch("/api/v1/result-policy", json={"will_needed": "all"}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    person = await engine.one("SELECT id FROM people WHERE family_name = 'Первая'")
    will = {"covers": "all", "given_by": "learner", "given_on": "2026-01-01", "evidence": "Заявление"}
    answer = await engine.house.clerk.post(f"/api/v1/people/{person}/will-statements", json=will)
    assert answer.status_code == 201, answer.text
    engine.script.stream(MARKS, *(mark(f"m{n}", str(1 + n % 2)) for n in range(20)))
    dry = await engine.run(Mode.DRY_RUN, streams=["marks"])
    assert ended(dry)[1] == {"dead": 10, "new": 10, "same": 2}, "a dry run knows what would be refused"
    assert ended(await engine.run(streams=["marks"]))[1] == {"dead": 10, "new": 10, "same": 2}
    # The same letters stand for what is refused again, also of what is known.
    engine.script.stream(ATTENDANCE, *lessons[:7], Record("a9", lessons[7].data))
    for attempts in (2, 3):
        await engine.run(streams=["attendance"])
        rows = await engine.rows("SELECT attempts FROM import_letters WHERE external_id = 'a9' AND state = 'open'")
        assert rows == [{"attempts": attempts - 1}]


async def test_a_dry_run_that_dies_begins_anew_and_tells_nothing_twice(engine: Engine) -> None:
    fill(engine)
    given = itertools.count()

    def stop(name: str, _message: Message) -> None:
        if name == "marks" and next(given) == 70:
            raise Death

    engine.script.stop = stop
    run = await engine.ask(Mode.DRY_RUN)
    with pytest.raises(TryAgain):
        await engine.work(run)
    assert ended(await engine.work(run)) == ("complete", {"new": 132})
    assert await engine.one("SELECT count(*) FROM import_differences") == 132


async def test_letters_are_retried_from_what_was_kept_or_by_reading_their_part_anew(engine: Engine) -> None:
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    engine.script.stream(
        INCREMENTAL,
        mark("m1", "2"),
        Problem(ProblemClass.RECORD, "odd", external_id="m2"),
        state(engine.house.clock.now),
    )
    await engine.run()
    assert len(await engine.letters()) == 2
    engine.script.stream(LEARNERS, learner("1", "Первая"), learner("2", "Вторая"))
    engine.script.parts["marks"] = {"": lambda request: [mark("m2", "1")] if request.cursor is None else []}
    run = await engine.run(Mode.RETRY)
    assert ended(run)[0] == "complete"
    assert await engine.letters() == []
    assert set(await engine.marks()) == {"m1", "m2"}


async def test_one_run_at_a_time_works_on_a_connection_and_a_cancelled_one_ends_within_a_chunk(engine: Engine) -> None:
    fill(engine)
    run = await engine.ask()
    with pytest.raises(RunOpen):
        await engine.ask()
    async with engine.house.services.database.work(engine.house.a.scope("administrator")) as work:
        assert (await cancel_run(work, run)).state == "cancelled"
    run = await engine.ask()
    given = itertools.count()

    async def ask_to_stop() -> None:
        await engine.house.owner.execute("UPDATE import_runs SET cancel_requested_at = now() WHERE id = $1", run.id)

    def stop(name: str, _message: Message) -> None:
        if name == "marks" and next(given) == 12:
            task.append(asyncio.get_running_loop().create_task(ask_to_stop()))

    task: list[asyncio.Task[None]] = []
    engine.script.stop = stop
    ended_run = await engine.work(run)
    assert ended_run.state == "cancelled"
    assert engine.script.read["marks"] < 60
    assert await engine.one("SELECT count(*) FROM import_seen") == 0
    engine.script.stop = None
    assert ended(await engine.run())[0] == "complete"


async def test_a_run_whose_job_was_given_up_does_not_stay_open(engine: Engine) -> None:
    fill(engine)
    run = await engine.ask()
    await engine.house.owner.execute("UPDATE jobs SET state = 'failed', finished_at = now() WHERE id = $1", run.job_id)
    async with engine.house.services.database.work(engine.house.a.scope("administrator")) as work:
        assert await settle_abandoned(work) == 1
    assert (await engine.run()).state == "complete"


async def test_a_worker_killed_in_the_middle_leaves_what_it_committed_and_its_run_is_taken_over(engine: Engine) -> None:
    engine.connections.script = script()
    run = await engine.ask()
    here = [engine.house.service_url, str(engine.house.a.id), str(run.id), str(run.job_id)]
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.connectors.engine.worker_process", *here,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert worker.stdout is not None
    try:
        assert await asyncio.wait_for(worker.stdout.readline(), 60) == b"in the middle\n"
    finally:
        worker.kill()
        await worker.wait()
    kept = await engine.one("SELECT count(*) FROM results")
    assert kept == 3 * MARKS_OF_A_PART
    done = await engine.work(run)
    assert ended(done) == ("complete", {"new": 10 + PARTS * MARKS_OF_A_PART})
    assert done.attempts == 2
    assert engine.script.read["marks"] == 2 * MARKS_OF_A_PART
