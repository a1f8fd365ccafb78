"""Children are started in order, restarted when they end, and ended in the reverse order, with their helpers."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from core.kernel.children import ChildFailed
from core.kernel.supervision import Backoff, ChildSpec, State, StopIncomplete, Supervisor

Until = Callable[[Callable[[], bool]], Awaitable[None]]

# Prints a line, then sleeps until SIGTERM ends it.
_SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
_STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
# Has a helper of its own that ignores SIGTERM, prints both numbers, and sleeps.
_WITH_HELPER = """
import os, signal, time
helper = os.fork()
if helper == 0:
    signal.signal(15, signal.SIG_IGN)
else:
    print(os.getpid(), helper, flush=True)
time.sleep(600)
"""


def _python(name: str, program: str, **more: object) -> ChildSpec:
    return ChildSpec(name=name, argv=[sys.executable, "-I", "-S", "-c", program], **more)  # type: ignore[arg-type]


async def _never() -> bool:
    return False


async def test_a_stage_is_ready_before_the_next_and_stops_run_backwards(
    supervisor: Supervisor, lines: list[str], tmp_path: Path, until: Until
) -> None:
    program = (
        "import os, pathlib, signal, time\n"
        "def end(*_): os.write(1, b'down\\n'); os._exit(0)\n"
        "signal.signal(15, end); time.sleep(0.1); pathlib.Path({file!r}).touch()\n"
        "print('up', flush=True); time.sleep(600)"
    )

    def spec(name: str) -> ChildSpec:
        file = tmp_path / name

        async def ready() -> bool:
            return file.exists()

        return _python(name, program.format(file=str(file)), ready=ready)

    async with supervisor:
        await supervisor.start(spec("store"))
        assert (tmp_path / "store").exists()
        await supervisor.start(spec("api"))
        assert {name: status.state for name, status in supervisor.status().items()} == {
            "store": State.RUNNING,
            "api": State.RUNNING,
        }
        await until(lambda: "api | up" in lines)
    assert [line for line in lines if "down" in line] == ["api | down", "store | down"]
    assert all(status.state is State.STOPPED and status.pid is None for status in supervisor.status().values())


async def test_a_crashed_child_comes_back_and_the_status_says_so(supervisor: Supervisor, until: Until) -> None:
    async with supervisor:
        await supervisor.start(_python("api", _SLEEPER))
        first = supervisor.status()["api"].pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.status()["api"].restarts == 1)
        status = supervisor.status()["api"]
        assert (status.state, status.last_exit) == (State.RUNNING, -signal.SIGKILL)
        assert status.pid not in {None, first}


async def test_a_child_that_keeps_ending_is_tried_again_and_again(
    supervisor: Supervisor, lines: list[str], until: Until
) -> None:
    async with supervisor:
        await supervisor.start(_python("worker", "import sys; sys.exit(3)"))
        await until(lambda: supervisor.status()["worker"].restarts >= 3)
        assert "worker ended unexpectedly (3) and is started again" in lines


def test_the_pauses_grow_up_to_a_limit() -> None:
    backoff = Backoff(first=0.5, factor=2, longest=3)
    assert [backoff.delay(failures) for failures in (1, 2, 3, 4, 5000)] == [0.5, 1, 2, 3, 3]


async def test_a_restart_that_fails_is_reported_and_tried_again(
    supervisor: Supervisor, lines: list[str], tmp_path: Path, until: Until
) -> None:
    file = tmp_path / "allowed"
    file.touch()

    async def ready() -> bool:
        return file.exists()

    async with supervisor:
        await supervisor.start(_python("api", "import time; time.sleep(0.2)", ready=ready))
        file.unlink()
        await until(lambda: any("could not be started again" in line for line in lines))
        assert supervisor.status()["api"].state is State.RESTARTING
        file.touch()
        await until(lambda: supervisor.status()["api"].restarts > 0)


@pytest.mark.parametrize(("program", "patience", "code"), [("raise SystemExit(4)", 30, 4), (_SLEEPER, 0.4, None)])
async def test_a_child_that_never_gets_ready_fails_the_start_and_ends(
    supervisor: Supervisor, program: str, patience: float, code: int | None
) -> None:
    async def ready() -> bool:
        raise ConnectionRefusedError

    async with supervisor:
        with pytest.raises(ChildFailed) as failure:
            await supervisor.start(_python("api", program, ready=ready, ready_within=patience))
        assert failure.value.facts == {"child": "api", "exit": code}
        assert supervisor.status()["api"].pid is None


async def test_one_part_that_cannot_start_ends_the_others(supervisor: Supervisor, gone: Callable[[int], bool]) -> None:
    pids: list[int] = []

    async def first_stage_then_failure() -> None:
        async with supervisor:
            await supervisor.start(_python("store", _SLEEPER))
            pids.append(supervisor.status()["store"].pid or 0)
            await supervisor.start(
                _python("slow", _SLEEPER, ready=_never), _python("api", "raise SystemExit(1)", ready=_never)
            )

    with pytest.raises(ChildFailed):
        await first_stage_then_failure()
    assert gone(pids[0])
    assert all(status.pid is None for status in supervisor.status().values())


async def test_a_child_that_ignores_the_request_is_killed_after_its_deadline(supervisor: Supervisor) -> None:
    async with supervisor:
        await supervisor.start(_python("worker", _STUBBORN, stop_within=0.2))
        assert supervisor.status()["worker"].pid is not None
    assert supervisor.status()["worker"].state is State.STOPPED


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_the_helpers_of_a_child_end_with_it(
    supervisor: Supervisor, lines: list[str], gone: Callable[[int], bool], until: Until, how: str
) -> None:
    async with supervisor:
        await supervisor.start(_python("api", _WITH_HELPER))
        await until(lambda: bool(lines))
        leader, helper = map(int, lines[0].removeprefix("api | ").split())
        assert not gone(helper)
        if how == "killed":
            os.kill(leader, signal.SIGKILL)
            await until(lambda: gone(helper))
    assert gone(leader)
    await until(lambda: gone(helper))


async def test_output_keeps_its_lines_whatever_the_child_writes(
    supervisor: Supervisor, lines: list[str], until: Until
) -> None:
    program = (
        "import os, time\n"
        "os.write(1, 'приказ\\nдва'.encode())\n"
        "os.write(2, b' parts\\n\\xff\\n' + b'x' * 200_000); os.write(1, b'end')\n"
        "time.sleep(600)"
    )
    async with supervisor:
        await supervisor.start(_python("api", program))
        await until(lambda: sum(line.count("x") for line in lines) > 131_072)
    assert lines[:3] == ["api | приказ", "api | два parts", "api | \N{REPLACEMENT CHARACTER}"]
    assert sum(line.count("x") for line in lines) == 200_000
    assert lines[-1].endswith("end")


async def test_output_goes_to_a_file_when_one_is_named(
    supervisor: Supervisor, lines: list[str], tmp_path: Path
) -> None:
    log = tmp_path / "api.log"
    for _ in range(2):
        async with Supervisor(write=lines.append) as each:

            async def ready(size: int = log.stat().st_size if log.exists() else 0) -> bool:
                return log.exists() and log.stat().st_size > size

            await each.start(_python("api", _SLEEPER, log=log, ready=ready))
    assert log.read_text() == "up\nup\n"
    assert lines == []


async def test_a_program_that_is_not_there_fails_the_start(supervisor: Supervisor, lines: list[str]) -> None:
    async with supervisor:
        with pytest.raises(ChildFailed) as failure:
            await supervisor.start(ChildSpec(name="api", argv=["/no/such/program"], ready=_never))
    assert failure.value.facts["exit"] == 127
    assert lines == ["api | /no/such/program: No such file or directory"]


class _Service:
    """A service by hand: ends when told to, starts and stops as its owner likes."""

    def __init__(self, name: str, *, stop_error: Exception | None = None) -> None:
        self.name = name
        self.pid: int | None = None
        self.starts = 0
        self.stop_error = stop_error
        self.over = asyncio.Event()
        self.wait_error: Exception | None = None

    async def start(self) -> None:
        self.starts += 1
        self.pid = self.starts
        self.over.clear()

    def has_started(self, times: int) -> bool:
        return self.starts == times

    async def stop(self) -> None:
        if self.stop_error is not None:
            raise self.stop_error
        self.pid = None

    async def wait(self) -> int:
        await self.over.wait()
        if self.wait_error is not None:
            error, self.wait_error = self.wait_error, None
            raise error
        return 9


async def test_a_service_that_ends_is_started_again(supervisor: Supervisor, until: Until) -> None:
    database, store = _Service("database"), _Service("store")
    async with supervisor:
        await supervisor.start(database, store)
        database.over.set()
        await until(lambda: database.starts == 2 and supervisor.status()["database"].restarts == 1)
        assert supervisor.status()["database"].last_exit == 9
        assert store.starts == 1
    assert database.pid is store.pid is None


async def test_a_service_that_cannot_be_watched_is_started_again(
    supervisor: Supervisor, lines: list[str], until: Until
) -> None:
    database = _Service("database")
    async with supervisor:
        await supervisor.start(database)
        database.wait_error = RuntimeError("lost sight of it")
        database.over.set()
        await until(lambda: supervisor.status()["database"].restarts == 1)
    assert "database cannot be watched: lost sight of it" in lines


async def test_a_part_that_does_not_stop_is_named_after_the_others_have_stopped(
    supervisor: Supervisor, lines: list[str]
) -> None:
    bad, good = _Service("bad", stop_error=RuntimeError("busy")), _Service("good")
    await supervisor.start(good)
    await supervisor.start(bad)
    with pytest.raises(StopIncomplete) as failure:
        await supervisor.stop()
    assert failure.value.facts["parts"] == ["bad"]
    assert good.pid is None
    assert "bad did not stop: busy" in lines


async def test_a_steady_part_starts_its_pauses_anew(lines: list[str], until: Until) -> None:
    supervisor = Supervisor(write=lines.append, backoff=Backoff(first=0.001, factor=1000, longest=1000, steady=0.0))
    part = _Service("part")
    async with supervisor:
        await supervisor.start(part)
        for starts in range(2, 5):
            part.over.set()
            await until(partial(_Service.has_started, part, starts))


async def test_a_lost_keeper_is_replaced(supervisor: Supervisor, gone: Callable[[int], bool]) -> None:
    async with supervisor:
        await supervisor.start(_python("api", _SLEEPER))
        keeper = supervisor._keeper._process
        assert keeper is not None
        keeper.kill()
        keeper.wait()
        await supervisor.start(_python("worker", _SLEEPER))
        pids = [process.pid for process in (keeper, supervisor._keeper._process) if process is not None]
        assert len(set(pids)) == 2
    assert all(map(gone, pids))
