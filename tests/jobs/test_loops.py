"""Loops run beside each other, survive their own failures, and stop cleanly."""

import asyncio

import pytest

from core.kernel.loops import Loops


async def test_one_failing_loop_does_not_stop_the_others_and_recovers() -> None:
    loops = Loops()
    counts = {"good": 0, "bad": 0}
    enough = asyncio.Event()

    async def good() -> None:
        counts["good"] += 1
        if counts["good"] >= 20 and counts["bad"] >= 3:
            enough.set()

    async def bad() -> None:
        counts["bad"] += 1
        if counts["bad"] < 3:
            message = "no"
            raise RuntimeError(message)

    loops.add("good", 0.001, good)
    loops.add("bad", 0.001, bad)
    running = asyncio.create_task(loops.run())
    async with asyncio.timeout(10):
        await enough.wait()
    loops.stop()
    await asyncio.wait_for(running, 5)
    assert loops.states["bad"].failures == 0
    assert loops.states["good"].runs >= 20


async def test_a_loop_that_fails_is_tried_more_slowly_and_says_so() -> None:
    loops = Loops()

    async def bad() -> None:
        raise ValueError

    loops.add("bad", 0.01, bad)
    running = asyncio.create_task(loops.run())
    await asyncio.sleep(0.2)
    loops.stop()
    await running
    state = loops.states["bad"]
    assert (state.last_error, state.failures) == ("ValueError", state.runs)
    assert state.runs < 8


async def test_a_run_under_way_is_finished_before_the_stop() -> None:
    loops = Loops()
    begun, ended = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await asyncio.sleep(0.05)
        ended.set()

    loops.add("slow", 60, slow)
    running = asyncio.create_task(loops.run())
    await begun.wait()
    loops.stop()
    await running
    assert ended.is_set()


async def test_cancelling_interrupts() -> None:
    loops = Loops()
    loops.add("endless", 1, asyncio.Event().wait)
    running = asyncio.create_task(loops.run())
    await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_name_is_used_once_and_a_pause_is_needed() -> None:
    loops = Loops()
    loops.add("one", 1, asyncio.Event().wait)
    with pytest.raises(ValueError, match="two loops"):
        loops.add("one", 1, asyncio.Event().wait)
    with pytest.raises(ValueError, match="pause"):
        loops.add("two", 0, asyncio.Event().wait)
