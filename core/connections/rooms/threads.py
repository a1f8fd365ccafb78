"""The threads in which the loop of a room runs what blocks; they keep no process from ending."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_MOST: Final = 8


@dataclass(frozen=True, slots=True)
class _Task:
    call: Callable[[], Any]
    future: Future[Any]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self.call())
        except BaseException as error:  # noqa: BLE001 (whoever waits for it hears of it)
            self.future.set_exception(error)


class DaemonThreads(ThreadPoolExecutor):
    """Runs calls in daemon threads, eight at a time; a thread ends when nothing is left to do.

    An event loop takes a `ThreadPoolExecutor` only, whose own threads the interpreter waits for when it ends: one call
    that hangs would keep the whole service from stopping.
    """

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self._tasks: deque[_Task] = deque()
        self._busy = 0
        self._changed = threading.Condition()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a call as soon as a thread is free."""
        future: Future[T] = Future()
        with self._changed:
            self._tasks.append(_Task(lambda: fn(*args, **kwargs), future))
            if self._busy < _MOST:
                self._busy += 1
                threading.Thread(target=self._work, name="room's helper", daemon=True).start()
        return future

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._tasks:
                    self._busy -= 1
                    self._changed.notify_all()
                    return
                task = self._tasks.popleft()
            task.run()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 (its signature)
        """Wait until nothing runs any more, if asked to."""
        with self._changed:
            if cancel_futures:
                while self._tasks:
                    self._tasks.popleft().future.cancel()
            if wait:
                self._changed.wait_for(lambda: not self._busy)
