"""A room: a thread with an event loop of its own, in which one open connector works.

Whatever a connector does there (sleep, compute, wait for a socket the blocking way), the loop of the service goes on.
A thread cannot be stopped, so a room that does not answer is left behind: everybody who waits for it hears why, its
thread ends when it comes back, and until then the plugin's fence remembers it.
"""

import asyncio
import contextlib
import logging
import sys
import threading
import time
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

from core.connections.rooms.channel import Channel, release
from core.connections.rooms.crossing import Crossing, in_loop
from core.connections.rooms.threads import DaemonThreads
from core.kernel.plugins import Fence
from core.sdk.errors import ConnectorBug, ConnectorTransient

log = logging.getLogger(__name__)

T = TypeVar("T")

_LOOKS: Final = 6
"""How often a loop is looked at before it counts as blocked."""
MOST_LEFT: Final = 4
"""Rooms of one plugin that may be left behind before no further one is opened: each costs a thread until it is back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLimits:
    """Seconds."""

    blocked: float = 60.0
    """A loop that has not had a turn for so long is blocked; what computes long yields more often than that."""
    grace: float = 3.0
    """To stop when asked to, and to end."""
    verb: float = 900.0
    """For a verb that only waits; the requests of a connector end long before. Checks and sign-ins have less."""
    declaration: float = 15.0
    """For what is asked of the class: its manifest, the hosts of a configuration, a migration."""


class ConnectorBlocks(ConnectorBug):
    """The connector does not give its event loop a turn, or does not stop."""


class Room:
    """One room, to be entered in the loop of the service and used there; everything in it belongs to its own loop."""

    def __init__(self, connector: str, limits: RoomLimits, *, fence: Fence, plugin: str, place: str) -> None:
        """Prepare a room; `place` says which one it is, in the words of the plugin's owner."""
        self._connector = connector
        self._limits = limits
        self._fence = fence
        self._plugin = plugin
        self._place = place
        self._waiting: set[asyncio.Future[None]] = set()
        self._trouble = ""
        self._over = False
        self._stopped = False
        self._answered = True
        self._ended: Future[None] = Future()
        self._ended.set_running_or_notify_cancel()

    async def __aenter__(self) -> Self:
        """Open the room; raise `ConnectorBlocks` if the plugin has not come back from earlier ones."""
        self._require_back()
        self._home = asyncio.get_running_loop()
        self._threads = DaemonThreads()
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(self._threads)
        self._kept = AsyncExitStack()
        # Unlike a hook's, its context is not empty: each call brings that of whoever makes it.
        self._thread = threading.Thread(target=self._live, name=f"connector {self._connector}", daemon=True)
        self._thread.start()
        self._watching = self._home.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close what is kept in the room, and end it; a room that does not end is left behind."""
        self._watching.cancel()
        ending = self._home.create_task(self._end())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending
            raise

    async def _end(self) -> None:
        if self._trouble:
            return
        self._over = True
        self._loop.call_soon_threadsafe(self._stop)
        if await self._in_time(self._ended):
            self._thread.join()
        else:
            self._leave_behind("does not end what it has begun")

    async def ask(self, what: str, start: Callable[[], Awaitable[T]], *, limit: float | None = None) -> T:
        """Await a call in the room; context, answer, errors and cancellation cross as in one loop.

        Raises `ConnectorBlocks`, and `ConnectorTransient` after `limit` seconds.
        """
        crossing = self.cross(start)
        await self.attend(what, crossing, crossing.end, limit)
        return crossing.end.result()

    async def attend(self, what: str, crossing: Crossing[Any], end: Future[Any], limit: float | None) -> None:
        """Wait for an end that a call brings; the call is withdrawn if it does not come, or nobody waits any more.

        Raises `ConnectorBlocks`, and `ConnectorTransient` after `limit` seconds.
        """
        timing = asyncio.timeout(limit)
        try:
            async with timing:
                await self.wait_for(end)
        except BaseException as error:
            await self.withdraw(crossing)
            if isinstance(error, TimeoutError) and timing.expired():
                self._require_here()
                detail = f"{what} was not done within {limit or 0:g} seconds"
                raise ConnectorTransient(detail) from None
            raise

    async def stream(self, make: Callable[[], AsyncIterator[T]], *, ahead: int) -> AsyncGenerator[T, None]:
        """Yield what an iterator in the room yields, at most `ahead` items behind it; raise what it raises."""
        channel: Channel[T] = Channel(ahead)
        crossing = self.cross(lambda: channel.fill(make))
        try:
            while True:
                # Asked first: what was written before the end is taken, whenever that comes.
                ended = channel.ended
                while taken := channel.take():
                    for item in taken:
                        yield item
                if ended:
                    break
                await self.fed(channel)
            channel.close()
        finally:
            await self.withdraw(crossing)

    async def keep(self, context: Callable[[], AbstractAsyncContextManager[T]]) -> T:
        """Enter a context in the room, which is left when the room ends."""
        return await self.ask("opening", lambda: self._kept.enter_async_context(context()), limit=self._limits.verb)

    async def outside(self, start: Callable[[], Awaitable[T]]) -> T:
        """Await a call in the loop of the service; for what is handed to the connector, and called in the room."""
        if self._over:
            raise self._gone()
        return await in_loop(self._home, start)

    def cross(self, start: Callable[[], Awaitable[T]]) -> Crossing[T]:
        """Begin a call in the room."""
        if self._over:
            raise self._gone()
        return Crossing(self._loop, start)

    def call(self, step: Callable[[], object]) -> None:
        """Have something small done in the room, soon."""
        if not self._over:
            self._loop.call_soon_threadsafe(step)

    async def fed(self, channel: Channel[Any]) -> None:
        """Wait until there is something to take; raise `ConnectorBlocks`."""
        waiting = channel.hunger()
        if waiting is not None:
            await self._wait(waiting)

    async def wait_for(self, end: Future[Any]) -> None:
        """Wait until something in the room is done, without taking what came of it; raise `ConnectorBlocks`."""
        waiting: asyncio.Future[None] = self._home.create_future()
        end.add_done_callback(lambda _: release(waiting))
        await self._wait(waiting)

    async def _wait(self, waiting: asyncio.Future[None]) -> None:
        self._require_here()
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            self._waiting.discard(waiting)

    async def withdraw(self, crossing: Crossing[Any]) -> None:
        """End a call for which nobody waits any more; one that does not end has the room left behind."""
        if crossing.end.done() or self._trouble:
            return
        crossing.cancel()
        if not await self._in_time(crossing.end):
            self._leave_behind("does not stop when it is asked to")

    async def _in_time(self, end: Future[Any]) -> bool:
        """Wait a moment for an end; answer whether it came, or somebody else has left the room behind."""
        try:
            async with asyncio.timeout(self._limits.grace):
                await self.wait_for(end)
        except TimeoutError:
            return end.done()
        except ConnectorBlocks:
            return True
        return True

    async def _watch(self) -> None:
        """Look whether the loop gets its turns.

        Looks are counted, not seconds: after a sleep of the whole machine the room has time to answer.
        """
        missed = 0
        while missed < _LOOKS:
            if self._answered:
                missed, self._answered = 0, False
                self._loop.call_soon_threadsafe(self._answer)
            await asyncio.sleep(self._limits.blocked / _LOOKS)
            missed += 1
            if self._answered:
                missed = 0
        self._leave_behind(f"blocks its event loop: that has had no turn for {self._limits.blocked:g} seconds")

    def _answer(self) -> None:
        self._answered = True

    def _leave_behind(self, trouble: str) -> None:
        if self._trouble or self._ended.done():
            return
        self._trouble, self._over = trouble, True
        self._left_at = time.monotonic()
        log.error(
            "the connector %s (%s) %s; its thread is left behind. It stands here:\n%s",
            self._connector,
            self._place,
            trouble,
            self._stands(),
        )
        self._fence.leave(self._plugin, self._place, self._ended)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(self._gone())
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop)

    def _stands(self) -> str:
        """Return where the thread is; names of functions and lines of code, no values."""
        frame = sys._current_frames().get(self._thread.ident or 0)  # noqa: SLF001 (there is no other way to ask)
        return "".join(traceback.format_stack(frame)) if frame is not None else "nowhere any more"

    def _gone(self) -> ConnectorBlocks:
        trouble = self._trouble or "goes on after it was closed"
        return ConnectorBlocks(f"the connector {self._connector} {trouble}; report it to whoever made the plugin")

    def _require_here(self) -> None:
        if self._trouble:
            raise self._gone()

    def _require_back(self) -> None:
        left = self._fence.left(self._plugin)
        if self._place in left or len(left) >= MOST_LEFT:
            detail = f"the connector {self._connector} has not come back from an earlier call; restart the service"
            raise ConnectorBlocks(detail)

    def _live(self) -> None:
        """What the thread does."""
        try:
            while not self._stopped:
                self._run(self._loop.run_forever)
            self._run(lambda: self._loop.run_until_complete(self._farewell()))
            self._threads.shutdown(cancel_futures=True)
            self._loop.close()
        finally:
            if self._trouble:
                away = time.monotonic() - self._left_at
                log.warning("the connector %s (%s) has come back after %.0f s", self._connector, self._place, away)
            self._ended.set_result(None)

    def _run(self, turn: Callable[[], object]) -> None:
        try:
            turn()
        except BaseException:  # (`SystemExit` in a task of the connector's own ends a loop's turn, not the service)
            log.exception("the connector %s (%s) failed beside its verbs", self._connector, self._place)

    def _stop(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._loop.stop()

    async def _farewell(self) -> None:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._kept.aclose()
        await self._loop.shutdown_asyncgens()
