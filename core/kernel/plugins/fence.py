"""One call into one plugin, so that whatever it does there stays there.

The call runs in a daemon thread. It may raise anything, `SystemExit` included; it may hang: then its time limit ends
the waiting, not the thread, which no one can stop. A plugin that is still busy with an abandoned call is not called
into again until that one has come back, so one bad plugin costs at most one thread a hook.

What an implementation returns is awaited in an event loop of that thread: a plugin can neither block the service's
loop nor see its context variables (the open database transaction is one).
"""

import concurrent.futures
import inspect
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from core.kernel.plugins.errors import PluginHostError
from core.kernel.plugins.kinds import WrongAnswer

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


class Ending(StrEnum):
    """How a call ended."""

    VALUE = "value"
    ERROR = "error"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """What came of one call into one plugin."""

    plugin: str
    hook: str
    ending: Ending
    value: T | None = None
    reason: str | None = None
    """One line; why there is no value."""
    trace: str | None = None
    """The traceback of what the plugin raised, for the log; not of a broken contract, where the reason says it all."""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the plugin answered as its contract says."""
        return self.ending is Ending.VALUE


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    trace: str | None


class Fence:
    """Calls into plugins, one at a time, each with a time limit in seconds and an outcome."""

    def __init__(self) -> None:
        self._abandoned: list[tuple[str, str, concurrent.futures.Future[Any]]] = []

    def run(
        self, plugin: str, hook: str, function: Callable[[], object], limit: float, check: Callable[[object], T]
    ) -> Outcome[T]:
        """Call a synchronous `function`, pass its answer through `check`, and wait for both in this thread."""
        call = _Call(plugin, hook, function, check, awaits=False)
        if (refusal := self._refused(call)) is not None:
            return refusal
        call.start()
        concurrent.futures.wait([call.future], limit)
        outcome = self._settled(call, limit)
        if outcome.ending is not Ending.TIMEOUT:
            call.join()
        return outcome

    async def arun(
        self, plugin: str, hook: str, function: Callable[[], object], limit: float, check: Callable[[object], T]
    ) -> Outcome[T]:
        """Call `function`, await its answer if that is awaitable, pass it through `check`; this event loop goes on."""
        import asyncio  # noqa: PLC0415  a process that only calls `run` is better without it

        call = _Call(plugin, hook, function, check, awaits=True)
        if (refusal := self._refused(call)) is not None:
            return refusal
        call.start()
        waiting = asyncio.wrap_future(call.future)
        try:
            await asyncio.wait([waiting], timeout=limit)
        except asyncio.CancelledError:
            call.cancel()
            raise
        finally:
            waiting.cancel()
        return self._settled(call, limit)

    def leave(self, plugin: str, hook: str, back: concurrent.futures.Future[Any]) -> None:
        """Remember that a call was given up; `back` is done when it has come back. For calls of longer life too."""
        self._abandoned.append((plugin, hook, back))

    def left(self, plugin: str | None = None) -> tuple[str, ...]:
        """Return the hooks of a plugin, or of all, from which it has not come back."""
        self._abandoned = [each for each in self._abandoned if not each[2].done()]
        return tuple(hook for owner, hook, _ in self._abandoned if plugin in {None, owner})

    def _refused(self, call: "_Call[T]") -> Outcome[T] | None:
        if call.hook not in self.left(call.plugin):
            return None
        return call.outcome(Ending.TIMEOUT, reason="has not come back from an earlier call; restart the service")

    def _settled(self, call: "_Call[T]", limit: float) -> Outcome[T]:
        if not call.future.done():
            call.cancel()
            self.leave(call.plugin, call.hook, call.future)
            return call.outcome(Ending.TIMEOUT, reason=f"did not answer within {limit:g} s")
        result = call.future.result()
        if isinstance(result, _Failure):
            return call.outcome(Ending.ERROR, reason=result.reason, trace=result.trace)
        return call.outcome(Ending.VALUE, value=result)


class _Call(Generic[T]):
    """A call under way in its own thread."""

    def __init__(
        self, plugin: str, hook: str, function: Callable[[], object], check: Callable[[object], T], *, awaits: bool
    ) -> None:
        self.plugin = plugin
        self.hook = hook
        self.future: concurrent.futures.Future[T | _Failure] = concurrent.futures.Future()
        # A running future cannot be cancelled: the thread may always deliver, wanted or not.
        self.future.set_running_or_notify_cancel()
        self._function = function
        self._check = check
        self._awaits = awaits
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[object] | None = None
        self._given_up = False
        name = f"plugin {plugin} {hook}"
        self._thread = threading.Thread(target=Context().run, args=(self._work,), name=name, daemon=True)

    def start(self) -> None:
        """Begin; the thread is a daemon, so that a hanging plugin cannot keep the process from ending."""
        self._thread.start()

    def join(self) -> None:
        """Wait for the thread of a call that is done: whoever forks next must find it gone."""
        self._thread.join()

    def cancel(self) -> None:
        """Ask an asynchronous implementation to stop; a synchronous one cannot be asked."""
        with self._lock:
            self._given_up = True
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)

    def outcome(
        self, ending: Ending, *, value: T | None = None, reason: str | None = None, trace: str | None = None
    ) -> Outcome[T]:
        return Outcome(
            plugin=self.plugin,
            hook=self.hook,
            ending=ending,
            value=value,
            reason=reason,
            trace=trace,
            seconds=time.monotonic() - self._started,
        )

    def _work(self) -> None:
        result: T | _Failure
        try:
            answer = self._function()
            if self._awaits and inspect.isawaitable(answer):
                answer = self._awaited(answer)
            result = self._check(answer)
        except BaseException as error:  # noqa: BLE001 - SystemExit of a plugin ends the plugin's call, not the service
            result = _Failure(reason_of(error), _trace_of(error))
        self.future.set_result(result)

    def _awaited(self, awaitable: Awaitable[object]) -> object:
        import asyncio  # noqa: PLC0415  the same

        with asyncio.Runner() as runner:
            loop = runner.get_loop()

            async def attempt() -> object:
                task = asyncio.current_task()
                with self._lock:
                    self._loop, self._task = loop, task
                    if self._given_up and task is not None:
                        task.cancel()
                try:
                    return await awaitable
                finally:
                    with self._lock:
                        self._task = None

            return runner.run(attempt())


def reason_of(error: BaseException) -> str:
    """Return one line that says what was raised; an error that cannot even be printed is named by its class."""
    if isinstance(error, WrongAnswer):
        return f"returned {error}"
    if isinstance(error, PluginHostError):
        return str(error)
    name = type(error).__name__
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - the error's own __str__ is the plugin's code
        text = ""
    return f"raised {name}: {text}" if text else f"raised {name}"


def _trace_of(error: BaseException) -> str | None:
    if isinstance(error, WrongAnswer | PluginHostError):
        return None
    try:
        return "".join(traceback.format_exception(error))
    except Exception:  # noqa: BLE001 - as above
        return None
