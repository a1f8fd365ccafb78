"""Named things that are done again and again while a process runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

log = logging.getLogger(__name__)

_LONGEST_PAUSE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """One thing that is done periodically."""

    name: str
    every: float
    """Seconds between the end of one run and the start of the next."""
    function: Callable[[], Awaitable[object]]


@dataclass(slots=True)
class LoopState:
    """How one loop is doing."""

    runs: int = 0
    failures: int = 0
    """Runs that failed in a row, up to now."""
    last_error: str = ""
    """Class of the error that ended the last run; empty after a good one."""


class Loops:
    """Runs loops beside each other; one that fails is tried again more slowly and disturbs none of the others."""

    def __init__(self) -> None:
        self._loops: dict[str, Loop] = {}
        self._states: dict[str, LoopState] = {}
        self._stopping = asyncio.Event()

    def add(self, name: str, every: float, function: Callable[[], Awaitable[object]]) -> None:
        """Add a loop before `run`; raise `ValueError` for a name that is taken or a pause that is not positive."""
        if name in self._loops:
            message = f"there are two loops called {name!r}"
            raise ValueError(message)
        if every <= 0:
            message = f"the loop {name!r} needs a pause"
            raise ValueError(message)
        self._loops[name] = Loop(name=name, every=every, function=function)
        self._states[name] = LoopState()

    @property
    def states(self) -> dict[str, LoopState]:
        """How each loop is doing, by name."""
        return dict(self._states)

    async def run(self) -> None:
        """Run every loop until `stop`; a run that has begun is finished first. Cancelling interrupts it."""
        async with asyncio.TaskGroup() as group:
            for loop in self._loops.values():
                group.create_task(self._repeat(loop), name=loop.name)

    def stop(self) -> None:
        """Begin no further run; `run` returns when those under way have ended."""
        self._stopping.set()

    async def _repeat(self, loop: Loop) -> None:
        while not self._stopping.is_set():
            await self._once(loop)
            try:
                await asyncio.wait_for(self._stopping.wait(), self._pause(loop))
            except TimeoutError:
                continue

    async def _once(self, loop: Loop) -> None:
        state = self._states[loop.name]
        state.runs += 1
        try:
            await loop.function()
        except Exception as error:
            state.failures += 1
            state.last_error = type(error).__name__
            log.exception("the loop %s failed %d times in a row", loop.name, state.failures)
        else:
            state.failures, state.last_error = 0, ""

    def _pause(self, loop: Loop) -> float:
        failures = self._states[loop.name].failures
        if failures == 0:
            return loop.every
        return float(max(loop.every, min(_LONGEST_PAUSE, loop.every * 2 ** min(failures, 16))))
