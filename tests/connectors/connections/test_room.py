"""A connector works in a thread of its own: as it always did, and without blocking anybody else."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.connections.rooms.guest import MESSAGES_AHEAD
from core.connections.rooms.room import MOST_LEFT, ConnectorBlocks, RoomLimits
from core.kernel.plugins import Fence
from core.sdk.connectors import Connection, Message, Progress, Record, State
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorRecordRefused,
    ConnectorTransient,
)
from tests.connectors.connections.rooms import FILE, REQUEST, Script, at_home, counted, threads, until
from tests.connectors.engine.bench import learner

FAR = MESSAGES_AHEAD + MESSAGES_AHEAD // 8 + 1
"""With what the reader holds in its hand."""


async def heard(messages: AsyncIterator[Message]) -> tuple[list[Message], BaseException | None]:
    found: list[Message] = []
    try:
        async for message in messages:
            found.append(message)  # noqa: PERF401 (what came before the error)
    except Exception as error:  # noqa: BLE001 (it is what the test looks at)
        return found, error
    return found, None


@pytest.mark.parametrize(
    "error",
    [
        None,
        ConnectorTransient("later", retry_after=7),
        ConnectorRecordRefused("bad", external_id="4"),
        ConnectorAuthFailed("dead"),
        ValueError("x"),
        TimeoutError("its own"),
    ],
)
async def test_messages_come_in_order_and_then_the_very_error(error: Exception | None) -> None:
    said: list[Message] = []
    for number in range(700):
        said += [learner(str(number), "А"), State(str(number))] if number % 3 else [Progress(done=number)]

    async def messages(_script: Script) -> AsyncIterator[Message]:
        for message in said:
            yield message
        if error is not None:
            raise error

    script = Script(messages=messages)
    async with at_home(script) as guest:
        found, raised = await heard(guest.read(REQUEST))
        assert all(mine is yours for mine, yours in zip(found, said, strict=True))
        assert isinstance(found[1], Record)
        assert raised is error
        assert script.closed == ["marks"]
        # The same object is asked again.
        assert len((await heard(guest.read(REQUEST)))[0]) == len(said)
    assert not threads()


async def test_what_would_end_the_service_ends_the_call() -> None:
    async def leave(_connection: Connection) -> None:
        raise SystemExit(3)

    async def beside(_connection: Connection) -> None:
        tasks.append(asyncio.ensure_future(leave(_connection)))
        await asyncio.sleep(0)

    async def cancels_itself(_connection: Connection) -> None:
        raise asyncio.CancelledError

    tasks: list[asyncio.Future[None]] = []
    script = Script(doing=leave)
    async with at_home(script) as guest:
        with pytest.raises(ConnectorBug, match="SystemExit"):
            await guest.discover()
        script.doing = cancels_itself
        with pytest.raises(ConnectorBug, match="CancelledError"):
            await guest.discover()
        script.doing = beside
        await guest.discover()
        assert (await guest.check()).identity.unique_id == "1"


async def test_the_connector_is_a_little_ahead_and_never_far() -> None:
    script = Script(messages=lambda script: counted(script, 5_000))
    async with at_home(script) as guest:
        messages = guest.read(REQUEST)
        await anext(messages)
        await until(lambda: script.given >= MESSAGES_AHEAD)
        for taken in range(2, 2_000):
            await anext(messages)
            assert script.given - taken <= FAR
        await messages.aclose()
        assert script.closed == ["marks"]
        # Nobody waits for the rest, so it is not made.
        assert script.given < 2_000 + FAR


async def test_a_message_is_there_at_once_however_slow_the_source() -> None:
    async def messages(script: Script) -> AsyncIterator[Message]:
        for number in range(3):
            yield Progress(done=number)
            await asyncio.to_thread(script.gate.wait, 20)
            script.gate.clear()

    script = Script(messages=messages)
    async with at_home(script) as guest, asyncio.timeout(5):
        async for _ in guest.read(REQUEST):
            script.gate.set()
    assert not threads()


@pytest.mark.parametrize("verb", ["start", "check", "discover", "download"])
async def test_a_verb_that_blocks_ends_with_what_is_wrong(verb: str, caplog: pytest.LogCaptureFixture) -> None:
    script, fence = Script(blocks=verb), Fence()
    turns = 0

    async def go_on() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    others = asyncio.create_task(go_on())
    began = time.monotonic()
    with pytest.raises(ConnectorBlocks, match="the connector blocking blocks its event loop") as raised:
        await asked(verb, script, fence)
    assert raised.value.code == "bug"
    assert 1.4 < time.monotonic() - began < 10
    others.cancel()
    assert turns > 10
    assert f'script.at("{verb}")' in caplog.text, "the log says where the connector stands"
    await until(lambda: not threads())
    assert fence.left() == ()


async def asked(verb: str, script: Script, fence: Fence) -> None:
    async with at_home(script, fence=fence) as guest:
        match verb:
            case "check":
                await guest.check()
            case "discover":
                await guest.discover()
            case _:
                await guest.download(FILE).__aenter__()


async def test_a_room_left_behind_is_remembered_until_it_comes_back() -> None:
    async def messages(script: Script) -> AsyncIterator[Message]:
        for number in range(600):
            yield Progress(done=number)
        script.blocks = "read"
        script.at("read")

    script, fence = Script(messages=messages), Fence()
    async with at_home(script, fence=fence) as guest:
        found, error = await heard(guest.read(REQUEST))
        assert (len(found), type(error)) == (600, ConnectorBlocks)
        for again in (guest.discover(), guest.partitions("marks"), anext(guest.read(REQUEST))):
            with pytest.raises(ConnectorBlocks, match="report it"):
                await again
        assert fence.left("invented") == ("connection 1",)
        assert fence.left("another") == ()
        with pytest.raises(ConnectorBlocks, match="has not come back"):
            async with at_home(Script(), fence=fence):
                pass
    await until(lambda: not fence.left())
    async with at_home(Script(), fence=fence) as guest:
        assert await guest.discover() == ()


async def test_a_plugin_costs_no_more_than_some_threads() -> None:
    fence = Fence()
    backs = [fence_future() for _ in range(MOST_LEFT)]
    for number, back in enumerate(backs):
        fence.leave("invented", f"connection {number + 2}", back)
    with pytest.raises(ConnectorBlocks):
        async with at_home(Script(), fence=fence):
            pass
    backs[0].set_result(None)
    async with at_home(Script(), fence=fence):
        pass


def fence_future() -> Any:  # noqa: ANN401
    from concurrent.futures import Future  # noqa: PLC0415

    return Future()


async def test_a_busy_connector_that_says_something_does_not_block() -> None:
    async def messages(_script: Script) -> AsyncIterator[Message]:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            yield Progress(done=1)

    script = Script(messages=messages)
    async with at_home(script, limits=RoomLimits(blocked=1, grace=1)) as guest:
        assert (await heard(guest.read(REQUEST)))[1] is None


async def test_cancelling_ends_a_verb_that_waits_and_leaves_one_behind_that_blocks() -> None:
    async def for_ever(_connection: Connection) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            script.closed.append("tidied up")

    script, fence = Script(doing=for_ever), Fence()
    patient = RoomLimits(blocked=60, grace=1)
    async with at_home(script, fence=fence, limits=patient) as guest:
        await cancelled(script, "discover", guest.discover())
        assert script.closed == ["tidied up"]
        assert (await guest.check()).identity.unique_id == "1"
        script.blocks = "check"
        await cancelled(script, "check", guest.check())
        assert fence.left() == ("connection 1",)
    await until(lambda: not threads())


async def cancelled(script: Script, verb: str, asked: Any) -> None:  # noqa: ANN401
    began = script.begun.count(verb)
    task = asyncio.ensure_future(asked)
    await until(lambda: script.begun.count(verb) > began)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(5):
            await task


async def test_a_verb_that_only_waits_is_over_when_its_time_is() -> None:
    async def for_ever(_connection: Connection) -> None:
        await asyncio.Event().wait()

    script = Script(doing=for_ever)
    async with at_home(script, limits=RoomLimits(verb=1)) as guest:
        with pytest.raises(ConnectorTransient, match="discover was not done within 1 seconds"):
            await guest.discover()
        assert (await guest.check()).identity.unique_id == "1"


PROGRAM = """
import asyncio, time
from tests.connectors.connections.rooms import QUICK, Script, at_home

async def hang(connection):
    asyncio.ensure_future(asyncio.to_thread(time.sleep, 600))
    await asyncio.sleep(0.05)
    time.sleep(600)

async def main():
    async with at_home(Script(doing=hang)) as guest:
        await guest.discover()

try:
    asyncio.run(main())
except Exception as error:
    print(type(error).__name__)
"""


def test_a_process_ends_although_a_thread_is_stuck() -> None:
    done = subprocess.run(  # noqa: S603 (a program of this test)
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "ConnectorBlocks\n"), done.stderr
