"""Items on their way from a writer in one event loop to a reader in another, in order and few at a time."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Final, Generic, TypeVar

from core.connections.rooms.crossing import strange_end

T = TypeVar("T")

_TURN: Final = 256
"""Items after which the writer's loop gets a turn although nothing else made it wait."""


class Channel(Generic[T]):
    """One writer, one reader, at most `ahead` items between them, and an eighth of that in the hand of the reader.

    An item is there for the reader as soon as it is written; a reader that waits is woken once, so that what is written
    until it looks comes to it as one batch. Each side first says that it waits and then looks again, the other first
    acts and then looks who waits, so no lock is needed for an item: the interpreter does one step of a deque at a time.
    """

    def __init__(self, ahead: int) -> None:
        self._ahead = ahead
        self._low = ahead // 2
        self._at_once = max(1, ahead // 8)
        self._items: deque[T] = deque()
        self._error: BaseException | None = None
        self._ended = False
        self._lock = threading.Lock()
        self._hungry: asyncio.Future[None] | None = None
        self._crowded: asyncio.Future[None] | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will be written; what was may wait still."""
        return self._ended

    async def fill(self, make: Callable[[], AsyncIterator[T]]) -> None:
        """Write what an iterator yields; what it raises reaches the reader behind the last item."""
        try:
            await self._fill(make())
        except Exception as error:  # noqa: BLE001 (it is the reader's)
            self._error = error
        except BaseException as error:
            self._error = strange_end(error)
            if isinstance(error, asyncio.CancelledError):
                raise
        finally:
            self._ended = True
            self._feed()

    async def _fill(self, source: AsyncIterator[T]) -> None:
        items, ahead, left = self._items, self._ahead, _TURN
        try:
            async for item in source:
                items.append(item)
                left -= 1
                if self._hungry is not None:
                    self._feed()
                if len(items) >= ahead:
                    await self._space()
                if not left:
                    left = _TURN
                    await asyncio.sleep(0)
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                with contextlib.suppress(Exception):
                    await close()

    def _feed(self) -> None:
        with self._lock:
            hungry, self._hungry = self._hungry, None
        release(hungry)

    async def _space(self) -> None:
        """Wait until half of the items are taken."""
        waiting = asyncio.get_running_loop().create_future()
        with self._lock:
            self._crowded = waiting
        if len(self._items) > self._low:
            await waiting

    def take(self) -> list[T]:
        """Take some of what is there; nothing if nothing is."""
        items = self._items
        taken = [items.popleft() for _ in range(min(len(items), self._at_once))]
        if self._crowded is not None and len(items) <= self._low:
            with self._lock:
                crowded, self._crowded = self._crowded, None
            release(crowded)
        return taken

    def hunger(self) -> asyncio.Future[None] | None:
        """Return what is done when there is something to take, or the end; `None` if there is already."""
        waiting = asyncio.get_running_loop().create_future()
        with self._lock:
            self._hungry = waiting
        if self._items or self._ended:
            self._hungry = None
            return None
        return waiting

    def close(self) -> None:
        """Raise what ended the writing, once everything is taken."""
        if self._error is not None:
            raise self._error


def release(waiting: asyncio.Future[None] | None) -> None:
    """Let whoever waits go on, in whichever loop; a loop that is closed waits for nothing."""
    if waiting is not None:
        with contextlib.suppress(RuntimeError):
            waiting.get_loop().call_soon_threadsafe(_set, waiting)


def _set(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)
