"""Signals and sudden death: Ctrl-C ends everything once, and nothing outlives a killed supervisor."""

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.kernel import keeper, launcher
from core.kernel.processes import signal_group, spawn

# A supervisor with one child that has a stubborn helper, and one child that takes its time to end.
_SERVE = """
import asyncio, sys
from core.kernel.supervision import ChildSpec, Supervisor
HELPED = '''
import os, signal, sys, time
helper = os.fork()
if helper == 0:
    signal.signal(15, signal.SIG_IGN)
else:
    def end(*_): os.write(1, b"asked" + bytes([10])); os._exit(0)
    signal.signal(15, end)
    print("numbers", os.getpid(), helper, flush=True)
time.sleep(600)
'''
SLOW = 'import signal, time; signal.signal(15, signal.SIG_IGN); print("slow up", flush=True); time.sleep(600)'
async def main():
    async def never():
        return False
    python = [sys.executable, "-I", "-S", "-c"]
    async with Supervisor() as supervisor:
        await supervisor.start(ChildSpec(name="api", argv=[*python, HELPED]))
        if "slow" in sys.argv:
            await supervisor.start(ChildSpec(name="slow", argv=[*python, SLOW], stop_within=60))
        if "never" in sys.argv:
            print("starting", flush=True)
            await supervisor.start(ChildSpec(name="never", argv=["/bin/sleep", "600"], ready=never))
        print("ready", flush=True)
        await supervisor.wait()
        print("stopping", flush=True)
    print("clean end", flush=True)
asyncio.run(main())
"""


class Serve:
    """A supervisor in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = spawn([sys.executable, "-c", _SERVE, *arguments], output=subprocess.PIPE)
        self.seen: list[str] = []
        self.deadline = threading.Timer(30, self.process.kill)
        self.deadline.start()

    def read_until(self, wanted: str) -> None:
        assert self.process.stdout is not None
        while not any(wanted in line for line in self.seen):
            line = self.process.stdout.readline()
            assert line, self.seen
            self.seen.append(line.decode().rstrip())

    def numbers(self) -> tuple[int, int]:
        self.read_until("numbers")
        leader, helper = next(line for line in self.seen if "numbers" in line).split()[-2:]
        return int(leader), int(helper)

    def rest(self) -> list[str]:
        output, _ = self.process.communicate(timeout=20)
        return [*self.seen, *output.decode().splitlines()]


@pytest.fixture
def serve() -> Iterator[Callable[..., Serve]]:
    started: list[Serve] = []

    def start(*arguments: str) -> Serve:
        started.append(Serve(*arguments))
        return started[-1]

    yield start
    for each in started:
        each.deadline.cancel()
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_ends_everything_once(
    serve: Callable[..., Serve], gone: Callable[[int], bool], number: signal.Signals
) -> None:
    service = serve()
    service.read_until("ready")
    leader, helper = service.numbers()
    service.process.send_signal(number)
    lines = service.rest()
    assert service.process.returncode == 0
    assert lines.count("api | asked") == lines.count("clean end") == 1
    assert gone(leader)
    _eventually(lambda: gone(helper))


def test_a_second_signal_hurries(serve: Callable[..., Serve]) -> None:
    service = serve("slow")
    service.read_until("slow up")
    service.process.send_signal(signal.SIGINT)
    service.read_until("stopping")
    began = time.monotonic()
    service.process.send_signal(signal.SIGINT)
    assert service.rest()[-1] == "clean end"
    assert service.process.returncode == 0
    assert time.monotonic() - began < 10


def test_a_signal_while_starting_ends_what_was_started(
    serve: Callable[..., Serve], gone: Callable[[int], bool]
) -> None:
    service = serve("never")
    leader, helper = service.numbers()
    service.read_until("starting")
    service.process.send_signal(signal.SIGTERM)
    lines = service.rest()
    assert service.process.returncode == 0
    assert "ready" not in lines
    assert lines[-1] == "clean end"
    assert gone(leader)
    _eventually(lambda: gone(helper))


def test_nothing_outlives_a_killed_supervisor(serve: Callable[..., Serve], gone: Callable[[int], bool]) -> None:
    service = serve("slow")
    service.read_until("slow up")
    leader, helper = service.numbers()
    service.process.kill()
    service.process.wait()
    _eventually(lambda: gone(leader) and gone(helper))


def test_a_terminals_interrupt_reaches_the_supervisor_only(gone: Callable[[int], bool]) -> None:
    """The children have groups of their own: Ctrl-C does not reach them twice."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", _SERVE])  # noqa: S606
    text = b""
    while b"ready" not in text or b"numbers" not in text:
        text += os.read(terminal, 4096)
    leader = int(text.split(b"numbers ")[1].split()[0])
    os.write(terminal, b"\x03")
    while b"clean end" not in text:
        text += os.read(terminal, 4096)
    assert os.waitpid(pid, 0)[1] == 0
    os.close(terminal)
    assert text.count(b"asked") == 1
    assert gone(leader)


def test_the_keeper_forgets_what_was_taken_back() -> None:
    assert keeper.follow(["+11\n", "+12\n", "-11\n", "-13\n"]) == {12}


def test_the_keeper_asks_first_and_kills_then(gone: Callable[[int], bool]) -> None:
    program = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
    stubborn = spawn([sys.executable, "-I", "-S", "-c", program], output=subprocess.PIPE)
    willing = spawn(["/bin/sleep", "600"])
    assert stubborn.stdout is not None
    assert stubborn.stdout.readline() == b"up\n"
    keeper.end({stubborn.pid, willing.pid}, 0.2)
    assert willing.wait() == -signal.SIGTERM
    assert stubborn.wait() == -signal.SIGKILL
    stubborn.stdout.close()
    assert keeper.living({stubborn.pid, willing.pid}) == set()
    assert not signal_group(willing.pid, signal.SIGTERM)


def test_a_program_takes_the_launchers_place_and_ends_with_its_parent(gone: Callable[[int], bool]) -> None:
    """The launcher is run here in a fork, so that the kernel's answer is seen from inside."""
    reader, writer = os.pipe()
    middle = os.fork()
    if middle == 0:
        os.close(reader)
        me = os.getpid()
        child = os.fork()
        if child == 0:
            launcher.main([str(int(signal.SIGKILL)), str(me), "-1", "-1", "/bin/sleep", "600"])
        os.write(writer, str(child).encode())
        time.sleep(600)
    os.close(writer)
    child = int(os.read(reader, 20))
    os.close(reader)
    _eventually(lambda: Path(f"/proc/{child}/comm").read_text() == "sleep\n")
    os.kill(middle, signal.SIGKILL)
    os.waitpid(middle, 0)
    _eventually(lambda: gone(child))


def test_a_death_signal_the_kernel_does_not_know_is_an_error() -> None:
    with pytest.raises(OSError, match="Invalid argument"):
        launcher.end_with_parent(9999, os.getppid())
