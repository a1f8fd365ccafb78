"""The asking side of the sandbox: jobs in, outcomes out, a server that is started again when it dies."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.kernel.sandbox.child import END, MEMORY, MORE
from core.kernel.sandbox.errors import SandboxUnavailable, UnknownProvider
from core.kernel.sandbox.jobs import (
    Death,
    Ending,
    Garbled,
    Job,
    Json,
    Outcome,
    ProviderKind,
    Step,
    StepResult,
    cancellation_to_wire,
    ending_from_wire,
    job_to_wire,
    result_from_wire,
)
from core.kernel.sandbox.limits import Limits

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ")
_STOP_SECONDS = 5.0
_ATTEMPTS = 2
_WHOLE = (END, MORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """What the server is started with."""

    plugins: tuple[str, ...]
    """Names of enabled plugins in their order (`providers.computing`), or dotted modules of plugins not installed."""
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Of each plugin, by its name; nothing secret."""
    limits: Limits = field(default_factory=Limits)
    concurrency: int = field(default_factory=lambda: 2 * (os.cpu_count() or 1))
    """Children at the same time; further jobs wait for their turn."""
    start_seconds: float = 30.0
    patient: bool = False
    """Work only when no processor is wanted by anybody else; give such a sandbox a long wall clock."""
    paths: tuple[str, ...] = ()
    """Further folders to import plugins from."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment of the server beside the search path and the locale; nothing else of the caller's reaches it."""


class _ServerGone(Exception):
    """The server died while it had this job."""


@dataclass(slots=True)
class _Server:
    process: subprocess.Popen[bytes]
    writer: asyncio.StreamWriter
    waiting: dict[int, asyncio.Future[tuple[Ending, bytes]]]
    reading: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self.reading is not None and not self.reading.done()


class Sandbox:
    """Runs providers over hostile files in child processes with limits. One for each asking process."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._server: _Server | None = None
        self._starting = asyncio.Lock()
        self._turns = asyncio.Semaphore(settings.concurrency)
        self._last_number = 0
        self._providers: dict[Step, frozenset[str]] = {}
        self._places: dict[Step, int] = {}
        self._forgetful: frozenset[Step] = frozenset()
        self._failed: dict[str, str] = {}
        self._absent: tuple[str, ...] = ()
        self._network_cut = False

    @property
    def failed(self) -> Mapping[str, str]:
        """Plugins that the server could not load, with the reason."""
        return self._failed

    @property
    def absent(self) -> Sequence[str]:
        """Those of them that would have looked at files, or may have: without them nothing may be waved through."""
        return self._absent

    @property
    def network_cut(self) -> bool:
        """Whether the children are out of reach of every network."""
        return self._network_cut

    @property
    def server_pid(self) -> int | None:
        """Process id of the server, while it runs."""
        return self._server.process.pid if self._server is not None and self._server.alive else None

    async def start(self) -> None:
        """Start the server and learn what it can do; does nothing when it runs.

        Raises:
            SandboxUnavailable: it does not start.
        """
        async with self._starting:
            if self._server is None or not self._server.alive:
                await self._stop()
                self._server = await self._launch()

    async def close(self) -> None:
        """End the server and every child; jobs still running raise `SandboxUnavailable`."""
        async with self._starting:
            await self._stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def steps(self, kind: ProviderKind, media_type: str) -> tuple[Step, ...]:
        """The providers of `kind` that want files of this media type, in the order of their plugins."""
        return tuple(
            step
            for step, wanted in self._providers.items()
            if step.kind is kind and (not wanted or media_type in wanted)
        )

    async def run(self, job: Job) -> Outcome:
        """Look at one file in a child process, which may have looked at files of the same uploader before.

        When the server dies the job is asked once more of a new one. A cancelled call kills its child.

        Raises:
            SandboxUnavailable: there is no server to ask, or it died twice.
            UnknownProvider: the job names a provider that is not there.
        """
        async with self._turns:
            for _ in range(_ATTEMPTS):
                await self._ensure()
                for step in job.steps:
                    if step not in self._places:
                        raise UnknownProvider(provider=step.name, kind=step.kind.value)
                with contextlib.suppress(_ServerGone):
                    return _outcome(job, *await self._ask(job))
        raise SandboxUnavailable(reason="server died twice")

    async def _ensure(self) -> None:
        if self._server is None or not self._server.alive:
            await self.start()

    async def _ask(self, job: Job) -> tuple[Ending, bytes]:
        server = self._server
        if server is None or not server.alive:
            raise _ServerGone
        self._last_number += 1
        number = self._last_number
        answer = server.waiting[number] = asyncio.get_running_loop().create_future()
        try:
            alone = not self._forgetful.issuperset(job.steps)
            server.writer.write(job_to_wire(number, job, self._places, alone=alone))
            ending, body = await answer
        except asyncio.CancelledError:
            if server.alive:
                server.writer.write(cancellation_to_wire(number))
            raise
        finally:
            server.waiting.pop(number, None)
        return ending, body

    async def _launch(self) -> _Server:
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(  # noqa: ASYNC220, S603  our own program, a few milliseconds, once
                [sys.executable, "-I", "-m", "core.kernel.sandbox.server", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=self._environment(),
                cwd="/",
                start_new_session=True,
            )
        reader, writer = await asyncio.open_connection(sock=ours)
        server = _Server(process, writer, {})
        try:
            async with asyncio.timeout(self._settings.start_seconds):
                writer.write(self._configuration())
                self._introduce(json.loads(await reader.readline()))
        except (TimeoutError, ValueError, OSError) as error:
            await _end(server)
            raise SandboxUnavailable(reason="server did not start", error=type(error).__name__) from error
        if self._settings.patient:
            _step_back(process.pid)
        server.reading = asyncio.create_task(_read(reader, server), name="sandbox")
        return server

    def _environment(self) -> dict[str, str]:
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {"PYTHONDONTWRITEBYTECODE": "1", **passed_on, **self._settings.environment}

    def _configuration(self) -> bytes:
        configuration = {
            "plugins": self._settings.plugins,
            "settings": {name: dict(values) for name, values in self._settings.settings.items()},
            "paths": self._settings.paths,
            "limits": asdict(self._settings.limits),
        }
        return json.dumps(configuration).encode() + b"\n"

    def _introduce(self, hello: Json) -> None:
        introduced = [(Step(ProviderKind(kind), name), *rest) for kind, name, *rest in hello["providers"]]
        self._providers = {step: frozenset(wanted) for step, wanted, _ in introduced}
        self._forgetful = frozenset(step for step, _, forgetful in introduced if forgetful)
        self._places = {step: place for place, step in enumerate(self._providers)}
        self._failed = dict(hello["failed"])
        self._absent = tuple(hello["absent"])
        self._network_cut = bool(hello["network_cut"])

    async def _stop(self) -> None:
        if self._server is not None:
            await _end(self._server)
            self._server = None


def _step_back(pid: int) -> None:
    """Let everybody else go first; where the system has no idle class, as far as it can be said."""
    # Linux may share processors between sessions first, and within a session only then.
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text("19", encoding="ascii")
    try:
        os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, pid, 19)


async def _read(reader: asyncio.StreamReader, server: _Server) -> None:
    try:
        while line := await reader.readline():
            number, ending, size = ending_from_wire(line)
            body = await reader.readexactly(size)
            answer = server.waiting.get(number)
            if answer is not None and not answer.done():
                answer.set_result((ending, body))
    except (OSError, ValueError, asyncio.IncompleteReadError):
        return
    finally:
        for answer in server.waiting.values():
            if not answer.done():
                answer.set_exception(_ServerGone())


async def _end(server: _Server) -> None:
    if server.reading is not None:
        server.reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await server.reading
    else:
        server.process.kill()
    server.writer.close()
    with contextlib.suppress(OSError):
        await server.writer.wait_closed()
    try:
        await asyncio.to_thread(server.process.wait, _STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.process.kill()
        await asyncio.to_thread(server.process.wait)


def _outcome(job: Job, ending: Ending, body: bytes) -> Outcome:
    """Sort what a child wrote: as many results as it finished, and how it ended."""
    *lines, last = _lines(body)
    results: list[StepResult] = []
    reason = ending.reason
    complete = last in _WHOLE
    if last == MEMORY:
        reason = "memory"
    try:
        for line, step in zip(lines, job.steps, strict=False):
            results.append(result_from_wire(line, step, job.rendering))
    except Garbled:
        complete, reason = False, reason or "garbage"
    if complete and len(lines) == len(job.steps) and reason is None:
        return Outcome(results=tuple(results), death=None, ms=ending.ms)
    culprit = job.steps[len(results)] if len(results) < len(job.steps) else None
    return Outcome(results=tuple(results), death=Death(reason=reason or "garbage", step=culprit), ms=ending.ms)


def _lines(body: bytes) -> Sequence[bytes]:
    """Whole lines of what a child wrote, and what comes last: `END`, `MORE`, `MEMORY` or anything cut short."""
    lines = body.splitlines(keepends=True) or [b""]
    if lines[-1] in {*_WHOLE, MEMORY} or not lines[-1].endswith(b"\n"):
        return lines
    return [*lines, b""]
