"""One call that another event loop, in another thread, makes for this one."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Generic, TypeVar

from core.sdk.errors import ConnectorBug

T = TypeVar("T")


class Crossing(Generic[T]):
    """A call in `loop`, under the context variables of whoever makes it.

    `end` belongs to no loop: it has what the call returned or raised, `CancelledError` after `cancel` alone.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, start: Callable[[], Awaitable[T]]) -> None:
        self.end: Future[T] = Future()
        # A running future cannot be cancelled: only the call itself ends it.
        self.end.set_running_or_notify_cancel()
        self._loop = loop
        self._start = start
        self._task: asyncio.Task[T] | None = None
        self._given_up = False
        loop.call_soon_threadsafe(self._begin, context=copy_context())

    def cancel(self) -> None:
        """Ask the call to stop, as cancelling a task does."""
        self._loop.call_soon_threadsafe(self._cancel)

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._run())
        self._task.add_done_callback(self._done)

    async def _run(self) -> T:
        try:
            return await self._start()
        except (Exception, asyncio.CancelledError):
            raise
        except BaseException as error:
            raise strange_end(error) from error

    def _cancel(self) -> None:
        self._given_up = True
        if self._task is not None:
            self._task.cancel()

    def _done(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.end.set_exception(
                asyncio.CancelledError() if self._given_up else strange_end(asyncio.CancelledError())
            )
        elif (error := task.exception()) is not None:
            self.end.set_exception(error)
        else:
            self.end.set_result(task.result())


def strange_end(error: BaseException) -> ConnectorBug:
    """Return what stands for an exception that would end more than the call: `SystemExit`, an unasked cancellation."""
    return ConnectorBug(f"the connector failed with {type(error).__name__}")


async def in_loop(loop: asyncio.AbstractEventLoop, start: Callable[[], Awaitable[T]]) -> T:
    """Await a call in another loop as if it were made here; a cancellation waits until the call has ended there."""
    crossing = Crossing(loop, start)
    ended = asyncio.wrap_future(crossing.end)
    try:
        return await asyncio.shield(ended)
    except asyncio.CancelledError:
        while not ended.done():
            crossing.cancel()
            await asyncio.wait((ended,))
        ended.exception()
        raise
