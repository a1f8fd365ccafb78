"""A run that a passing problem has hindered is repeated by itself: soon, then ever later, until it gets through."""

from datetime import timedelta

import pytest

from core.imports.following import follow_up
from core.imports.models import ImportRun, Mode
from core.imports.patience import asked_time, pause_after
from core.sdk.connectors import Problem, ProblemClass
from core.sdk.errors import ConnectorTransient
from tests.connectors.engine.bench import LEARNERS, MARKS, Engine, ended, learner, mark

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DOWN = Problem(ProblemClass.TRANSIENT, "503")


@pytest.mark.parametrize(
    ("failing_for", "pause"),
    [
        (timedelta(0), 15 * MINUTE),
        (15 * MINUTE, 30 * MINUTE),
        (45 * MINUTE, HOUR),
        (105 * MINUTE, 2 * HOUR),
        (225 * MINUTE, 4 * HOUR),
        (DAY, DAY),
        (30 * DAY, DAY),
        (-HOUR, 15 * MINUTE),
    ],
)
def test_the_longer_it_fails_the_longer_the_pause(failing_for: timedelta, pause: timedelta) -> None:
    assert pause_after(failing_for) == pause


async def test_a_hindered_run_is_repeated_ever_later_and_soon_again_once_one_got_through(engine: Engine) -> None:
    script, clock = engine.script, engine.house.clock
    script.stream(LEARNERS, DOWN)
    run = await engine.run()
    assert (run.state, run.reason) == ("failed", "transient")
    pauses = []
    for _ in range(4):
        assert run.retry_at is not None
        pauses.append(run.retry_at - clock.now)
        assert await engine.one("SELECT retry_at FROM import_run_streams WHERE run_id = $1", run.id) == run.retry_at
        clock.now = run.retry_at - MINUTE
        assert await follow_up(engine.services) == 0
        clock.now = run.retry_at
        assert await follow_up(engine.services) == 1
        assert await follow_up(engine.services) == 0
        run = await next_run(engine)
    assert pauses == [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR]

    script.stream(LEARNERS, learner("1", "Первая"))
    assert ended(await engine.run()) == ("complete", {"new": 1})
    # The source names a time and gives what it can: asked at that time, however often.
    script.stream(MARKS, mark("m1", "1"), Problem(ProblemClass.TRANSIENT, "limit", retry_after=60))
    for _ in range(2):
        run = await engine.run()
        assert run.retry_at == clock.now + MINUTE
        clock.move(minutes=1)
    # One that names a time and gives nothing is no longer believed.
    script.stream(LEARNERS, Problem(ProblemClass.TRANSIENT, "limit", retry_after=60))
    assert (await engine.run()).retry_at == clock.now + 15 * MINUTE


async def next_run(engine: Engine) -> ImportRun:
    async with engine.house.services.database.work(engine.house.a.scope()):
        waiting = await ImportRun.get(state="queued")
    return await engine.work(waiting)


async def test_what_cannot_even_begin_is_repeated_and_no_other_kind_of_run_takes_its_place(engine: Engine) -> None:
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    engine.script.lost = ConnectorTransient("502", retry_after=3600)
    run = await engine.run()
    engine.script.lost = None
    assert (run.state, run.reason, run.retry_at) == ("failed", "transient", engine.house.clock.now + HOUR)
    engine.connections.closed = ConnectorTransient("no answer")
    run = await engine.run()
    assert (run.state, run.retry_at) == ("failed", engine.house.clock.now + 15 * MINUTE)
    engine.connections.closed = None
    await engine.run(Mode.DRY_RUN)
    await engine.run(Mode.RETRY)
    engine.house.clock.move(minutes=16)
    assert await follow_up(engine.services) == 1
    assert ended(await next_run(engine)) == ("complete", {"new": 1})
    assert await follow_up(engine.services) == 0


async def test_a_stream_that_nobody_offers_is_named_and_never_passed_over(engine: Engine) -> None:
    engine.script.stream(LEARNERS, learner("1", "Первая"))
    run = await engine.run(streams=["learners", "lerners"])
    assert (run.state, run.reason, run.counts) == ("partial", "config", {"new": 1})
    said = await engine.rows("SELECT stream, state, message FROM import_run_streams WHERE state <> 'complete'")
    assert said == [{"stream": "lerners", "state": "failed", "message": "the connector offers no such stream"}]
    assert (await engine.run(streams=["lerners"])).state == "failed"
    engine.connections.streams = ["learners", "gone"]
    assert ended(await engine.run()) == ("partial", {"same": 1})


def test_a_time_that_no_calendar_has_is_not_believed(engine: Engine) -> None:
    now = engine.house.clock.now
    assert asked_time(now, 10**15) == now + 30 * DAY
    assert (asked_time(now, None), asked_time(now, -5)) == (None, now)
