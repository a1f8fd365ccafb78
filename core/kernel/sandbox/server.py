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
from itertools import islice

from core.kernel.sandbox.child import END, MORE, Ends, live, placed, rehearse
from core.kernel.sandbox.forking import settle_memory
from core.kernel.sandbox.jobs import CANCEL, NOBODY, Ending, Json, ending_to_wire
from core.kernel.sandbox.limits import Limits, ceilings, confine_server, kill_group
from core.kernel.sandbox.providers import Providers, load, prepare

_CHUNK = 1 << 16
_MOMENT = 0.02
"""Seconds; a child that writes more than a pipe holds waits so long for the server to listen."""


_NEWLINE = ord("\n")
_CANCELLED = "cancelled"
_DISMISSED = "dismissed"
_REST = 1.0
"""Seconds a child waits for another file of its uploader."""
_MOST_RESTING = 8
_LONGEST_ORDER = 1 << 15
"""Bytes; what a pipe takes in one piece."""


@dataclass(slots=True, eq=False)
class _Running:
    number: int
    pid: int
    pipe: int
    started: float
    """When it got its present job, or when it went to rest."""
    told: bytes
    uploader: bytes = NOBODY
    orders: int = 0
    """Where it hears of further files; 0: it looks at one only."""
    served: int = 0
    """Files it has looked at before the present one."""
    output: bytearray = field(default_factory=bytearray)
    killed_for: str | None = None


class Server:
    """Gives each job to a child that rests from one of the same uploader, or forks one; passes on what it says."""

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
        self._resting: dict[int, _Running] = {}
        """Children without a job, the longest at rest first."""
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
            for pid in (*self._by_pid, *self._resting):
                kill_group(pid)
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
                for running in [each for each in self._by_pid.values() if each.orders]:
                    self._drain(running)
            elif source in self._by_pipe:
                self._drain(self._by_pipe[source])
        self._expire()
        self._watch()
        return True

    def _patience(self) -> float | None:
        due = [
            # The first is the oldest.
            *(running.started + self._limits.wall_seconds for running in islice(self._by_pid.values(), 1)),
            *(running.started + _REST for running in islice(self._resting.values(), 1)),
            *(running.started + _MOMENT for running in self._fresh[:1]),
        ]
        return max(0.0, min(due) - time.monotonic()) * 1000 + 1 if due else None

    def _hear(self) -> bool:
        received = self._channel.recv(_CHUNK)
        if not received:
            return False
        self._unread += received
        *lines, rest = self._unread.split(b"\n")
        self._unread = bytearray(rest)
        for line in lines:
            number, uploader, told = bytes(line).split(b" ", 2)
            if told == CANCEL:
                self._cancel(int(number))
            elif not self._order(int(number), uploader, told):
                self._fork(int(number), uploader, told)
        return True

    def _order(self, number: int, uploader: bytes, told: bytes) -> bool:
        """Give the job to a child that rests from one of the same uploader; return whether there was one."""
        if uploader == NOBODY or len(told) > _LONGEST_ORDER:
            return False
        for running in reversed(self._resting.values()):
            if running.uploader == uploader and running.killed_for is None:
                break
        else:
            return False
        del self._resting[running.pid]
        self._by_pid[running.pid] = running
        self._fresh.append(running)
        running.number, running.told, running.started = number, told, time.monotonic()
        # If it is dying, the end of its life says so, and the job goes to another.
        with contextlib.suppress(BrokenPipeError):
            os.write(running.orders, told + b"\n")
        return True

    def _fork(self, number: int, uploader: bytes, told: bytes) -> None:
        ours, theirs = os.pipe()
        lasting = uploader != NOBODY
        hearing, orders = os.pipe() if lasting else (0, 0)
        pid = self._fork_process()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            ends = Ends(theirs, hearing, self._wake_sender.fileno()) if lasting else Ends(theirs)
            live(told, self._providers, self._ceilings, ends, self._process)
        os.close(theirs)
        os.set_blocking(ours, False)
        if lasting:
            os.close(hearing)
        running = _Running(number, pid, ours, time.monotonic(), told, uploader, orders)
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
            lives = running.orders and running.killed_for is None and running.pid in self._by_pid
            if lives and _says_more(running.output):
                self._rest(running)

    def _rest(self, running: _Running) -> None:
        """Pass on what a child said of its file, and let it wait for another one."""
        self._pass_on(running, None)
        self._forget(running)
        del self._by_pid[running.pid]
        self._resting[running.pid] = running
        running.output.clear()
        running.served += 1
        running.started = time.monotonic()
        if len(self._resting) > _MOST_RESTING:
            self._kill(next(iter(self._resting.values())), _DISMISSED)

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
            running = self._by_pid.pop(ended.si_pid, None) or self._resting.get(ended.si_pid)
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
        if running.orders:
            os.close(running.orders)
        if self._resting.pop(running.pid, None) is not None:
            return
        ended = running.killed_for or _how(status)
        whole = ended is None and running.output.endswith(END)
        if running.served and not whole and ended != _CANCELLED:
            # What became of it may be the doing of a file before: the verdict about this one is that of a new child.
            self._fork(running.number, NOBODY, running.told)
        else:
            self._pass_on(running, ended)

    def _pass_on(self, running: _Running, ended: str | None) -> None:
        size = min(len(running.output), self._limits.output)
        ending = Ending(ended, (time.monotonic() - running.started) * 1000)
        self._channel.sendall(ending_to_wire(running.number, ending, size) + running.output[:size])

    def _expire(self) -> None:
        now = time.monotonic()
        for running in self._by_pid.values():
            if running.started > now - self._limits.wall_seconds:
                break
            self._kill(running, "wall_clock")
        for running in self._resting.values():
            if running.started > now - _REST:
                break
            self._kill(running, _DISMISSED)

    def _cancel(self, number: int) -> None:
        for running in self._by_pid.values():
            if running.number == number:
                self._kill(running, _CANCELLED)

    @staticmethod
    def _kill(running: _Running, reason: str) -> None:
        running.killed_for = running.killed_for or reason
        kill_group(running.pid)

    def _kill_strays(self) -> None:
        """What a provider forked and moved out of its group became a child of this process when its parent ended."""
        if self._children < 0:
            return
        for pid in map(int, os.pread(self._children, _CHUNK, 0).split()):
            if pid not in self._by_pid and pid not in self._resting:
                kill_group(pid)


def _says_more(output: bytearray) -> bool:
    return output.endswith(MORE) and (len(output) == len(MORE) or output[-len(MORE) - 1] == _NEWLINE)


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
            [step.kind.value, step.name, sorted(provider.media_types), bool(provider.forgetful)]
            for step, provider in providers.by_step.items()
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
