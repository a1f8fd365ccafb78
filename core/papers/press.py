"""The press: sets papers in a child process each, so that memory comes back and nothing holds up the service.

Setting needs some 115 KiB of memory and a millisecond a row, and typst keeps what it has laid out for as long as its
process lives; one paper of 10,000 rows must neither stop an event loop nor stay in a worker for ever.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import IO, Final

from core.kernel.processes import ended, signal_group, spawn
from core.papers.errors import PaperNotSet, PaperTooLarge
from core.papers.paper import Paper
from core.papers.rendering import copy_of
from core.papers.typesetting import OUT_OF_MEMORY

MIB: Final = 1 << 20
_SAID: Final = 2000
"""Bytes of what a child that failed said."""
_EXHAUSTED: Final[dict[int | None, str]] = {
    None: "wall_clock",
    -signal.SIGXCPU: "cpu",
    -signal.SIGABRT: "memory",
    -signal.SIGKILL: "memory",
    OUT_OF_MEMORY: "memory",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PressLimits:
    """What one paper may use."""

    address_space: int = 6144 * MIB
    """Bytes; about a third of it is ever touched."""
    cpu_seconds: int = 120
    wall_seconds: float = 180.0


class Press:
    """Sets one paper at a time; further ones wait."""

    def __init__(self, limits: PressLimits | None = None) -> None:
        self._limits = limits or PressLimits()
        self._free = asyncio.Lock()

    async def set_pdf(self, paper: Paper) -> bytes:
        """Set a paper as PDF/A-2b, as `rendering.render_pdf` does; call it in the main thread.

        Raises:
            PaperContradicts: `created_at` has no time zone.
            PaperNotSet: typst refuses what it was given.
            PaperTooLarge: it needs more time or memory than the limits allow.
        """
        copy = await asyncio.to_thread(copy_of, paper)
        async with self._free:
            with _memory("order") as order, _memory("result") as result, _memory("said") as said:
                order.write(json.dumps(asdict(copy)).encode())
                order.seek(0)
                code = await self._run(order, result, said)
                _judge(code, paper.kind, said)
                result.seek(0)
                return result.read()

    async def _run(self, order: IO[bytes], result: IO[bytes], said: IO[bytes]) -> int | None:
        limits = self._limits
        argv = [sys.executable, "-I", "-m", "core.papers.typesetting"]
        numbers = (result.fileno(), limits.address_space, limits.cpu_seconds)
        process = spawn(
            [*argv, *map(str, numbers)],
            env={},
            death_signal=signal.SIGKILL,
            stdin=order,
            output=said,
            descriptors=[result.fileno()],
        )
        try:
            async with asyncio.timeout(limits.wall_seconds):
                return await ended(process)
        except TimeoutError:
            return None
        finally:
            _end(process)


def _memory(name: str) -> IO[bytes]:
    # What papers say is personal; it never reaches a disk on its way.
    return os.fdopen(os.memfd_create(name), "w+b")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            signal_group(process.pid, signal.SIGKILL)
        process.wait()


def _judge(code: int | None, kind: str, said: IO[bytes]) -> None:
    if code == 0:
        return
    if code in _EXHAUSTED:
        raise PaperTooLarge(kind=kind, reason=_EXHAUSTED[code])
    said.seek(0)
    raise PaperNotSet(said.read(_SAID).decode("utf-8", "replace"), kind=kind)
