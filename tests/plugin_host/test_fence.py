"""One call into one plugin: whatever happens in there, an outcome comes out."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Awaitable, Callable, Generator

import pytest

from core.kernel.plugins import Ending, Fence
from core.kernel.plugins.kinds import WrongAnswer

transaction: contextvars.ContextVar[str] = contextvars.ContextVar("transaction", default="none")


def anything(answer: object) -> object:
    return answer


def nothing_but_text(answer: object) -> str:
    if not isinstance(answer, str):
        message = "no text"
        raise WrongAnswer(message)
    return answer


async def test_an_answer_passes_through_the_check() -> None:
    outcome = await Fence().arun("p", "h", lambda: "yes", 1, nothing_but_text)
    assert (outcome.plugin, outcome.hook, outcome.ending, outcome.value) == ("p", "h", Ending.VALUE, "yes")
    assert outcome.ok


async def test_a_refused_answer_is_an_error_without_a_value() -> None:
    outcome = await Fence().arun("p", "h", lambda: 1, 1, nothing_but_text)
    assert (outcome.ending, outcome.value, outcome.reason) == (Ending.ERROR, None, "returned no text")


async def test_a_coroutine_is_awaited() -> None:
    async def answer() -> str:
        await asyncio.sleep(0)
        return "later"

    assert (await Fence().arun("p", "h", answer, 10, anything)).value == "later"


class Promise:
    """Awaitable, but no coroutine."""

    def __await__(self) -> Generator[None, None, str]:
        yield None
        return "kept"


async def test_any_awaitable_is_awaited() -> None:
    assert (await Fence().arun("p", "h", Promise, 10, anything)).value == "kept"


class Fatal(BaseException):
    pass


@pytest.mark.parametrize(
    "error", [ValueError, SystemExit, KeyboardInterrupt, Fatal, asyncio.CancelledError, StopIteration]
)
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_whatever_is_raised_becomes_an_outcome(error: type[BaseException], *, asynchronous: bool) -> None:
    def fail() -> None:
        raise error

    async def fail_later() -> None:
        await asyncio.sleep(0)
        raise error

    outcome = await Fence().arun("p", "h", fail_later if asynchronous else fail, 10, anything)
    assert outcome.ending is Ending.ERROR
    assert "raised" in (outcome.reason or "")
    assert outcome.trace


async def test_a_hanging_call_does_not_hold_up_the_event_loop() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    release = threading.Event()
    ticking = asyncio.create_task(tick())
    outcome = await Fence().arun("p", "h", lambda: release.wait(10), 0.3, anything)
    ticking.cancel()
    release.set()
    assert (outcome.ending, outcome.reason) == (Ending.TIMEOUT, "did not answer within 0.3 s")
    assert ticks > 5


async def test_a_coroutine_that_blocks_does_not_hold_up_the_event_loop() -> None:
    release = threading.Event()

    async def block() -> None:
        release.wait(10)

    started = time.monotonic()
    outcome = await Fence().arun("p", "h", block, 0.2, anything)
    release.set()
    assert outcome.ending is Ending.TIMEOUT
    assert time.monotonic() - started < 5


async def test_a_coroutine_that_is_too_slow_is_cancelled() -> None:
    cancelled = threading.Event()

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    assert (await Fence().arun("p", "h", slow, 0.1, anything)).ending is Ending.TIMEOUT
    assert await asyncio.to_thread(cancelled.wait, 5)


async def test_a_plugin_that_is_still_busy_is_not_called_again_until_it_has_come_back() -> None:
    fence, release, calls = Fence(), threading.Event(), []

    def hang() -> str:
        calls.append(1)
        release.wait(10)
        return "back"

    await fence.arun("p", "h", hang, 0.1, anything)
    again = await fence.arun("p", "h", hang, 0.1, anything)
    other = await fence.arun("q", "h", lambda: "fine", 10, anything)
    assert (again.ending, len(calls), other.value) == (Ending.TIMEOUT, 1, "fine")
    assert "has not come back from an earlier call" in (again.reason or "")
    release.set()
    deadline = time.monotonic() + 5
    while (back := await fence.arun("p", "h", hang, 1, anything)).ending is Ending.TIMEOUT:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    assert back.value == "back"


async def test_a_cancelled_host_cancels_the_call() -> None:
    started, cancelled = threading.Event(), threading.Event()

    async def slow() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    asking = asyncio.create_task(Fence().arun("p", "h", slow, 20, anything))
    assert await asyncio.to_thread(started.wait, 5)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.to_thread(cancelled.wait, 5)


async def test_a_plugin_does_not_see_the_context_of_its_caller() -> None:
    transaction.set("open")
    seen = await Fence().arun("p", "h", transaction.get, 10, anything)
    assert seen.value == "none"


def test_a_synchronous_call_hands_on_what_is_awaitable_without_awaiting_it() -> None:
    seen: list[object] = []

    async def answer() -> None: ...

    def check(answer: object) -> None:
        seen.append(answer)
        assert isinstance(answer, Awaitable)
        answer.close()  # type: ignore[attr-defined]

    assert Fence().run("p", "h", answer, 10, check).ok
    assert len(seen) == 1


def test_a_synchronous_call_that_hangs_is_given_up() -> None:
    release = threading.Event()
    outcome = Fence().run("p", "h", lambda: release.wait(10), 0.1, anything)
    release.set()
    assert outcome.ending is Ending.TIMEOUT


@pytest.mark.parametrize("function", [lambda: 1, lambda: 1 / 0])
def test_an_outcome_says_how_long_the_call_took(function: Callable[[], object]) -> None:
    began = time.monotonic()
    outcome = Fence().run("p", "h", function, 10, anything)
    assert 0 <= outcome.seconds <= time.monotonic() - began


def test_no_thread_is_left_of_a_call_that_came_back() -> None:
    for _ in range(50):
        Fence().run("tidy", "h", lambda: 1, 5, anything)
        assert "plugin tidy h" not in {thread.name for thread in threading.enumerate()}


async def test_a_coroutine_that_is_returned_too_late_is_cancelled_at_its_first_await() -> None:
    release, ended = threading.Event(), threading.Event()
    steps: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(0)
            steps.append("went on")
        finally:
            ended.set()

    def late() -> Awaitable[None]:
        release.wait(10)
        return work()

    assert (await Fence().arun("p", "h", late, 0.1, anything)).ending is Ending.TIMEOUT
    release.set()
    assert await asyncio.to_thread(ended.wait, 5)
    assert steps == []


class Untraceable(Exception):
    @property
    def __cause__(self) -> BaseException:  # type: ignore[override]
        message = "no cause"
        raise ValueError(message)


async def test_an_error_that_cannot_be_traced_still_has_a_reason() -> None:
    def fail() -> None:
        raise Untraceable

    outcome = await Fence().arun("p", "h", fail, 10, anything)
    assert (outcome.ending, outcome.reason) == (Ending.ERROR, "raised Untraceable")
