"""Keeps the parts of a running service alive and ends them in order: one supervisor, any services and children."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Final, Protocol, Self, runtime_checkable

from core.kernel.children import Child, ChildSpec, Keeper
from core.kernel.errors import DelotekaError

__all__ = ["Backoff", "ChildSpec", "Service", "State", "Status", "StopIncomplete", "StopRequested", "Supervisor"]

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@runtime_checkable
class Service(Protocol):
    """Something long-lived that runs and stops itself; `stop` does nothing where nothing runs."""

    @property
    def name(self) -> str:
        """What it is called in lines and in the status."""

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""

    async def start(self) -> None:
        """Return when it is usable; raise, with nothing left running, when that fails."""

    async def stop(self) -> None:
        """Return when it has ended."""

    async def wait(self) -> int:
        """Return its exit code when it has ended."""


class State(StrEnum):
    """What a supervised part is doing."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Status:
    """A supervised part at this moment."""

    state: State
    pid: int | None
    restarts: int
    """How often it was started again since the supervisor started it."""
    last_exit: int | None
    """Exit code of its last unexpected end (negative: the signal)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait, in seconds, before a part is started again."""

    first: float = 0.1
    factor: float = 2.0
    longest: float = 15.0
    steady: float = 30.0
    """A part that ran this long has recovered: its next failure counts as the first."""

    def delay(self, failures: int) -> float:
        """Return the pause after the given number of failures in a row (1 or more)."""
        return float(min(self.longest, self.first * self.factor ** min(failures - 1, 32)))


class StopRequested(Exception):
    """A stop was asked for while parts were being started; `Supervisor` swallows it at the end of its block."""


class StopIncomplete(DelotekaError):
    """Some parts could not be ended; facts: parts."""

    code = "stop_incomplete"
    title = "Some parts of the service did not stop"
    remedy = "See the lines above, and end the processes named there."


@dataclass(slots=True)
class _Member:
    service: Service
    state: State = State.STARTING
    restarts: int = 0
    last_exit: int | None = None
    failures: int = 0
    since: float = 0.0
    watch: asyncio.Task[None] | None = field(default=None, repr=False)


class Supervisor:
    """Runs services and child processes in stages, restarts what ends, stops in the reverse order.

    Use it as an `async with` block in the main thread. SIGINT, SIGTERM or SIGHUP ask it to stop; a second one
    kills children that take their time (services keep their own deadlines, since they hold data). However the
    supervisor itself ends, its children and their helpers end with it. `write` gets one line at a time.
    """

    def __init__(self, *, write: Callable[[str], None] | None = None, backoff: Backoff | None = None) -> None:
        self._write = write or _to_stdout
        self._backoff = backoff or Backoff()
        self._stages: list[list[_Member]] = []
        self._asked = asyncio.Event()
        self._hurry = asyncio.Event()
        self._keeper = Keeper()

    async def __aenter__(self) -> Self:
        """Take over the signals."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.request_stop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """Stop everything, then give the signals back."""
        loop = asyncio.get_running_loop()
        self._asked.set()
        try:
            await self.stop()
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)
        return kind is StopRequested

    def request_stop(self) -> None:
        """Ask for the stop; asked again, hurry it. What a signal does."""
        if self._asked.is_set():
            self._hurry.set()
        self._asked.set()

    async def start(self, *parts: ChildSpec | Service) -> None:
        """Start one stage, its parts at the same time, and return when each is ready.

        Raises `StopRequested` when a stop is asked for meanwhile, and what a part raised when it cannot start
        (the `async with` block then ends what runs).
        """
        stage = [_Member(self._service(part)) for part in parts]
        self._stages.append(stage)
        await self._unless_asked([asyncio.create_task(self._first_start(member)) for member in stage])
        for member in stage:
            member.watch = asyncio.create_task(self._watch(member))

    def _service(self, part: ChildSpec | Service) -> Service:
        if isinstance(part, ChildSpec):
            return Child(part, keeper=self._keeper, hurry=self._hurry, write=self._write)
        return part

    async def _unless_asked(self, starts: list[asyncio.Task[None]]) -> None:
        """Await all `starts`; give them up when one fails or a stop is asked for."""
        asked = asyncio.create_task(self._asked.wait())
        all_done = asyncio.create_task(asyncio.wait(starts, return_when=asyncio.FIRST_EXCEPTION))
        try:
            await asyncio.wait({all_done, asked}, return_when=asyncio.FIRST_COMPLETED)
            if self._asked.is_set():
                raise StopRequested
            for start in starts:
                if start.done():
                    start.result()
        finally:
            for task in (asked, all_done, *starts):
                task.cancel()
            await asyncio.gather(asked, all_done, *starts, return_exceptions=True)

    async def _first_start(self, member: _Member) -> None:
        await member.service.start()
        self._runs(member)

    @staticmethod
    def _runs(member: _Member) -> None:
        member.state = State.RUNNING
        member.since = time.monotonic()

    async def _watch(self, member: _Member) -> None:
        while True:
            member.last_exit = await self._ended(member.service)
            member.state = State.RESTARTING
            if time.monotonic() - member.since >= self._backoff.steady:
                member.failures = 0
            self._write(f"{member.service.name} ended unexpectedly ({member.last_exit}) and is started again")
            await self._revive(member)

    async def _ended(self, service: Service) -> int | None:
        try:
            return await service.wait()
        except Exception as error:  # noqa: BLE001 (a service nobody can watch is treated as ended)
            self._write(f"{service.name} cannot be watched: {error}")
            return None

    async def _revive(self, member: _Member) -> None:
        while True:
            member.failures += 1
            await asyncio.sleep(self._backoff.delay(member.failures))
            try:
                await member.service.start()
            except Exception as error:  # noqa: BLE001 (whatever it is, trying again is the only cure)
                self._write(f"{member.service.name} could not be started again: {error}")
                continue
            member.restarts += 1
            self._runs(member)
            return

    async def wait(self) -> None:
        """Return when a stop is asked for."""
        await self._asked.wait()

    async def stop(self) -> None:
        """End all parts, the last started first, parts of a stage together; raise `StopIncomplete` for the rest."""
        left: list[str] = []
        for stage in reversed(self._stages):
            outcomes = await asyncio.gather(*(self._end(member) for member in stage), return_exceptions=True)
            for member, outcome in zip(stage, outcomes, strict=True):
                if outcome is not None:
                    self._write(f"{member.service.name} did not stop: {outcome}")
                    left.append(member.service.name)
        self._keeper.close()
        if left:
            detail = ", ".join(left)
            raise StopIncomplete(detail, parts=left)

    @staticmethod
    async def _end(member: _Member) -> None:
        if member.watch is not None:
            member.watch.cancel()
            await asyncio.gather(member.watch, return_exceptions=True)
        await member.service.stop()
        member.state = State.STOPPED

    def status(self) -> dict[str, Status]:
        """Return the status of each part by its name, in the order of starting."""
        return {
            member.service.name: Status(member.state, member.service.pid, member.restarts, member.last_exit)
            for stage in self._stages
            for member in stage
        }


def _to_stdout(line: str) -> None:
    """Print a line; a terminal that went away must not take the service along."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
