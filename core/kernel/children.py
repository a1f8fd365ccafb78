"""One supervised child process: ready or not, its output, its end, and the end of everything it started."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from core.kernel.errors import DelotekaError
from core.kernel.processes import pid_ended, signal_group, spawn

_POLL: Final = 0.03
_LONGEST_LINE: Final = 65_536
_KEEPER: Final = str(Path(__file__).with_name("keeper.py"))
_KEEPER_PATIENCE: Final = 3.0
"""Seconds that children of a killed supervisor get before they are killed too."""


class ChildFailed(DelotekaError):
    """A child process ended, or was not ready in time; facts: child, exit (code, or None when it was too slow)."""

    code = "child_failed"
    title = "A part of the service could not be started"
    remedy = "Its own last lines say why."


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """A child process to keep running."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    """Its whole environment; None: the supervisor's."""
    ready: Callable[[], Awaitable[bool]] | None = None
    """Asked again and again until it is true; an `OSError` counts as "not yet". None: ready when it runs."""
    ready_within: float = 60.0
    """Seconds."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within: float = 20.0
    """Seconds from `stop_signal` to SIGKILL."""
    descriptors: Sequence[int] = ()
    """Open files and sockets that the child gets under the same numbers."""
    log: Path | None = None
    """A file for its output; None: lines with the name before them go where the supervisor's own go."""


class Keeper:
    """The other end of `core.kernel.keeper`: knows which groups must not outlive this process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._groups: set[int] = set()

    def add(self, group: int) -> None:
        """Have the group ended when this process dies."""
        self._groups.add(group)
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        """Forget a group that is empty."""
        self._groups.discard(group)
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = spawn(
                [sys.executable, "-I", "-S", _KEEPER, str(_KEEPER_PATIENCE)],
                death_signal=None,
                stdin=subprocess.PIPE,
                output=subprocess.DEVNULL,
            )
            line = "".join(f"+{group}\n" for group in self._groups)
        pipe = cast("IO[bytes]", self._process.stdin)
        with contextlib.suppress(BrokenPipeError):
            pipe.write(line.encode())
            pipe.flush()

    def close(self) -> None:
        """End the keeper process; if groups are left, it ends them first."""
        process, self._process = self._process, None
        if process is None:
            return
        if not self._groups:
            process.kill()
            process.wait()
        with contextlib.suppress(BrokenPipeError):
            cast("IO[bytes]", process.stdin).close()


class Child:
    """A child process in a group of its own; a service in the sense of `core.kernel.supervision`."""

    def __init__(self, spec: ChildSpec, *, keeper: Keeper, hurry: asyncio.Event, write: Callable[[str], None]) -> None:
        self._spec = spec
        self._keeper = keeper
        self._hurry = hurry
        self._write = write
        self._process: subprocess.Popen[bytes] | None = None
        self._end: asyncio.Task[int] | None = None

    @property
    def name(self) -> str:
        """The name of its spec."""
        return self._spec.name

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def start(self) -> None:
        """Run the program and wait until it is ready; raise `ChildFailed`, with nothing left running."""
        end = await self._spawn()
        try:
            await self._until_ready(end)
        except BaseException:
            await self.stop()
            raise

    async def _spawn(self) -> asyncio.Task[int]:
        spec = self._spec
        output = _Prefixer(spec.name, self._write)
        if spec.log is not None:
            with spec.log.open("ab") as file:
                process = spawn(spec.argv, env=spec.env, output=file, descriptors=spec.descriptors)
            output.over.set()
        else:
            process = spawn(spec.argv, env=spec.env, output=subprocess.PIPE, descriptors=spec.descriptors)
        self._process = process
        self._keeper.add(process.pid)
        self._end = asyncio.create_task(self._until_ended(process, output))
        if process.stdout is not None:
            await asyncio.get_running_loop().connect_read_pipe(lambda: output, process.stdout)
        return self._end

    async def _until_ended(self, process: subprocess.Popen[bytes], output: "_Prefixer") -> int:
        """Kill its helpers before it is collected: until then the group's number cannot be another's.

        The kernel ends them a moment later, in its own time.
        """
        await pid_ended(process.pid)
        with contextlib.suppress(PermissionError):
            signal_group(process.pid, signal.SIGKILL)
        code = process.wait()
        self._keeper.remove(process.pid)
        await output.finish()
        return code

    async def _until_ready(self, end: asyncio.Task[int]) -> None:
        deadline = time.monotonic() + self._spec.ready_within
        while not await self._is_ready():
            if end.done() or time.monotonic() > deadline:
                code = end.result() if end.done() else None
                why = "was not ready in time" if code is None else f"ended with code {code}"
                detail = f"{self.name} {why}"
                raise ChildFailed(detail, child=self.name, exit=code)
            await asyncio.sleep(_POLL)

    async def _is_ready(self) -> bool:
        if self._spec.ready is None:
            return True
        try:
            async with asyncio.timeout(self._spec.ready_within):
                return await self._spec.ready()
        except OSError:
            return False

    async def wait(self) -> int:
        """Return the exit code after the process has ended and its helpers were killed; 0 if it does not run."""
        return await asyncio.shield(self._end) if self._end is not None else 0

    async def stop(self) -> None:
        """Ask it to end, and kill its group after the deadline or when a hurry is on."""
        process, end = self._process, self._end
        if process is None or end is None:
            return
        if not end.done():
            process.send_signal(self._spec.stop_signal)
            hurry = asyncio.create_task(self._hurry.wait())
            await asyncio.wait({end, hurry}, timeout=self._spec.stop_within, return_when=asyncio.FIRST_COMPLETED)
            hurry.cancel()
            if not end.done():
                signal_group(process.pid, signal.SIGKILL)
        await end
        self._process = self._end = None


class _Prefixer(asyncio.Protocol):
    """Hands on what a child writes, line by line, with its name before each."""

    def __init__(self, name: str, write: Callable[[str], None]) -> None:
        self._name = name
        self._write = write
        self._rest = b""
        self._transport: asyncio.BaseTransport | None = None
        self.over = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self._rest) > _LONGEST_LINE:
            self._flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (the protocol's signature)
        self._flush()
        self.over.set()

    async def finish(self) -> None:
        """Return when all was handed on; a helper that left the group and holds the pipe is not waited for."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self.over.wait()
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        rest, self._rest = self._rest, b""
        if rest:
            self._line(rest)

    def _line(self, line: bytes) -> None:
        self._write(f"{self._name} | {line.decode(errors='replace')}")
