"""Programs to supervise, and the state of processes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core.kernel.supervision import Backoff, Supervisor


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Polls until a condition holds, and fails when it does not in time."""

    async def poll(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            await asyncio.sleep(0.01)

    return poll


@pytest.fixture
def gone() -> Callable[[int], bool]:
    """Whether a process has ended, collected or not."""

    def ask(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except (FileNotFoundError, ProcessLookupError):
            return True

    return ask


@pytest.fixture
def lines() -> list[str]:
    """What the supervisor wrote."""
    return []


@pytest.fixture
def supervisor(lines: list[str]) -> Supervisor:
    return Supervisor(write=lines.append, backoff=Backoff(first=0.01, longest=0.05))
