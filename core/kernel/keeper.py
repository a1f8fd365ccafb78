"""Ends whole process groups after their supervisor was killed; run as a script, imports nothing of the project.

The kernel's death signal reaches direct children only. This process learns of the groups through its standard
input (`+GROUP` and `-GROUP` lines); when that closes, the supervisor is gone and what is left of them has to go.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable


def follow(lines: Iterable[str]) -> set[int]:
    """Return the groups that were announced and not taken back when `lines` ended."""
    groups: set[int] = set()
    for line in lines:
        (groups.add if line.startswith("+") else groups.discard)(int(line[1:]))
    return groups


def living(groups: Iterable[int]) -> set[int]:
    """Return those of `groups` that still have a process."""
    found = set()
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, 0)
            found.add(group)
    return found


def end(groups: set[int], patience: float) -> None:
    """Ask the groups to end, and kill what is left of them after `patience` seconds."""
    deadline = time.monotonic() + patience
    number = signal.SIGTERM
    while groups := living(groups):
        for group in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, number)
        while living(groups) and time.monotonic() < deadline:
            time.sleep(0.02)
        if number is signal.SIGKILL:
            return
        number, deadline = signal.SIGKILL, time.monotonic() + patience


if __name__ == "__main__":
    end(follow(sys.stdin), float(sys.argv[1]))
