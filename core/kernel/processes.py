"""Child processes that end with their parent and are waited for without threads."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_LAUNCHER = str(Path(__file__).with_name("launcher.py"))


@dataclass(frozen=True, slots=True)
class Account:
    """The numeric user and group a child runs as."""

    uid: int
    gid: int


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
    death_signal: signal.Signals | None = signal.SIGTERM,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    output: int | IO[bytes] | None = None,
    descriptors: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `argv` in a process group of its own; it gets `death_signal`, if any, when the caller dies.

    `descriptors` stay open in the child under their numbers. `output` receives standard output and standard error
    (None: the caller's own). Under another account it runs in /, since it may not enter the caller's folder.
    The kernel sends the signal when the *thread* that called this ends: call it in the main thread, not in a
    pool. Raises `OSError`.
    """
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    launcher = [sys.executable, "-I", "-S", _LAUNCHER, *map(str, (int(death_signal or 0), os.getpid(), uid, gid))]
    return subprocess.Popen(  # noqa: S603 (programs of ours, no shell)
        [*launcher, *argv],
        env=env,
        cwd="/" if account else None,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        process_group=0,
        pass_fds=descriptors,
    )


async def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait until `process` has ended and return its exit code; may be cancelled, and awaited by several."""
    if process.poll() is None:
        await pid_ended(process.pid)
    return process.wait()


async def pid_ended(pid: int) -> None:
    """Wait until process `pid` has ended, whoever started it."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    try:
        loop.add_reader(descriptor, over.set)
        await over.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def signal_group(pid: int, number: signal.Signals) -> bool:
    """Send a signal to every process of the group that `pid` leads; return False when the group is empty."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)
        return True
    return False
