"""The process that forks: it has read every parser in, holds no secret and no connection, and never parses itself.

Started as `python -m core.kernel.sandbox.server FD`, where FD is one end of a socket pair. The first line that
comes through it is the configuration, every further line a job or a cancellation. It ends when the other end
closes, however that happens.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.kernel.sandbox.child import live, placed, rehearse
from core.kernel.sandbox.forking import settle_memory
from core.kernel.sandbox.jobs import CANCEL, Ending, Json, ending_to_wire
from core.kernel.sandbox.limits import Limits, ceilings, confine_server, kill_group
from core.kernel.sandbox.providers import Providers, load, prepare

_CHUNK = 1 << 16
_MOMENT = 0.02
"""Seconds; a child that writes more than a pipe holds waits so long for the server to listen."""


@dataclass(slots=True, eq=False)
class _Running:
    number: int
    pid: int
    pipe: int
    started: float
    output: bytearray = field(default_factory=bytearray)
    killed_for: str | None = None


class Server:
    """Forks one child a job, collects what it says and passes it on."""

    def __init__(self, channel: socket.socket, providers: Providers, limits: Limits, fork: Callable[[], int]) -> None:
        self._channel = channel
        self._providers = placed(providers)
        self._limits = limits
        self._ceilings = ceilings(limits)
        self._process = os.getpid()
        self._fork_process = fork
        self._unread = bytearray()
        self._by_pid: dict[int, _Running] = {}
        self._by_pipe: dict[int, _Running] = {}
        """Those that have said nothing within a moment, or much: most children say all they have as they end."""
        self._fresh: list[_Running] = []
        """The others, the oldest first."""
        self._poller = select.poll()
        self._wake, self._wake_sender = socket.socketpair()
        self._children = _list_of_children()

    def serve(self) -> None:
        """Work until the other end of the channel closes; then no child is left."""
        for end in (self._wake, self._wake_sender):
            end.settimeout(0)
        signal.set_wakeup_fd(self._wake_sender.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for source in (self._channel.fileno(), self._wake.fileno()):
            self._poller.register(source, select.POLLIN)
        try:
            while self._turn():
                pass
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            for running in self._by_pid.values():
                kill_group(running.pid)
            self._kill_strays()

    def _turn(self) -> bool:
        for source, _ in self._poller.poll(self._patience()):
            if source == self._channel.fileno():
                if not self._hear():
                    return False
            elif source == self._wake.fileno():
                with contextlib.suppress(BlockingIOError):
                    self._wake.recv(_CHUNK)
                self._reap()
            elif source in self._by_pipe:
                self._drain(self._by_pipe[source])
        self._expire()
        self._watch()
        return True

    def _patience(self) -> float | None:
        if not self._by_pid:
            return None
        # The first is the oldest.
        due = next(iter(self._by_pid.values())).started + self._limits.wall_seconds
        if self._fresh:
            due = min(due, self._fresh[0].started + _MOMENT)
        return max(0.0, due - time.monotonic()) * 1000 + 1

    def _hear(self) -> bool:
        received = self._channel.recv(_CHUNK)
        if not received:
            return False
        self._unread += received
        *lines, rest = self._unread.split(b"\n")
        self._unread = bytearray(rest)
        for line in lines:
            number, _, told = bytes(line).partition(b" ")
            if told == CANCEL:
                self._cancel(int(number))
            else:
                self._fork(int(number), told)
        return True

    def _fork(self, number: int, told: bytes) -> None:
        ours, theirs = os.pipe()
        pid = self._fork_process()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            live(told, self._providers, self._ceilings, theirs, self._process)
        os.close(theirs)
        os.set_blocking(ours, False)
        running = _Running(number, pid, ours, time.monotonic())
        self._by_pid[pid] = running
        self._fresh.append(running)

    def _watch(self) -> None:
        """Listen to the children that live longer than a moment: their pipes may fill up."""
        while self._fresh and time.monotonic() >= self._fresh[0].started + _MOMENT:
            running = self._fresh.pop(0)
            self._by_pipe[running.pipe] = running
            self._poller.register(running.pipe, select.POLLIN)

    def _drain(self, running: _Running) -> None:
        try:
            while received := os.read(running.pipe, _CHUNK):
                running.output += received
                if len(running.output) > self._limits.output:
                    self._kill(running, "output")
                    break
            else:
                self._forget(running)
        except BlockingIOError:
            return

    def _forget(self, running: _Running) -> None:
        if self._by_pipe.pop(running.pipe, None) is not None:
            self._poller.unregister(running.pipe)
        elif running in self._fresh:
            self._fresh.remove(running)

    def _reap(self) -> None:
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None:
                return
            running = self._by_pid.pop(ended.si_pid, None)
            if running is not None:
                # Before the child is waited for, its number belongs to nobody else.
                kill_group(running.pid)
            _, status = os.waitpid(ended.si_pid, 0)
            if running is not None:
                self._answer(running, status)
                self._kill_strays()

    def _answer(self, running: _Running, status: int) -> None:
        if running in self._fresh or running.pipe in self._by_pipe:
            self._drain(running)
        self._forget(running)
        os.close(running.pipe)
        ended = running.killed_for or _how(status)
        size = min(len(running.output), self._limits.output)
        ending = Ending(ended, (time.monotonic() - running.started) * 1000)
        self._channel.sendall(ending_to_wire(running.number, ending, size) + running.output[:size])

    def _expire(self) -> None:
        latest = time.monotonic() - self._limits.wall_seconds
        for running in self._by_pid.values():
            if running.started > latest:
                return
            self._kill(running, "wall_clock")

    def _cancel(self, number: int) -> None:
        for running in self._by_pid.values():
            if running.number == number:
                self._kill(running, "cancelled")

    @staticmethod
    def _kill(running: _Running, reason: str) -> None:
        running.killed_for = running.killed_for or reason
        kill_group(running.pid)

    def _kill_strays(self) -> None:
        """What a provider forked and moved out of its group became a child of this process when its parent ended."""
        if self._children < 0:
            return
        for pid in map(int, os.pread(self._children, _CHUNK, 0).split()):
            if pid not in self._by_pid:
                kill_group(pid)


def _list_of_children() -> int:
    """Descriptor of the list of this process's children, -1 where the kernel has none."""
    try:
        return os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)
    except OSError:
        return -1


def _how(status: int) -> str | None:
    if not status:
        return None
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit_{os.waitstatus_to_exitcode(status)}"


def _configuration(channel: socket.socket) -> Json:
    """The first line; the asking side sends no job before it was answered."""
    received = b""
    while not received.endswith(b"\n"):
        try:
            chunk = channel.recv(_CHUNK)
        except ConnectionResetError:
            chunk = b""
        if not chunk:
            sys.exit(0)
        received += chunk
    configuration: Json = json.loads(received)
    return configuration


def main() -> None:
    """Read the configuration, read the parsers in, say what is there, serve."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.set_inheritable(False)
    configuration = _configuration(channel)
    # Before any plugin is imported: that is foreign code too, and threads would keep a process in its user namespace.
    cut = confine_server()
    providers = load(configuration["plugins"], configuration["settings"], configuration["paths"])
    hello = {
        "providers": [
            [step.kind.value, step.name, sorted(provider.media_types)] for step, provider in providers.by_step.items()
        ],
        "failed": dict(providers.failed),
        "absent": list(providers.absent),
        "network_cut": cut,
    }
    try:
        channel.sendall(json.dumps(hello).encode() + b"\n")
    except (BrokenPipeError, ConnectionResetError):
        # Who started this process has changed its mind.
        return
    prepare(providers)
    rehearse()
    Server(channel, providers, Limits(**configuration["limits"]), settle_memory()).serve()


if __name__ == "__main__":
    main()
