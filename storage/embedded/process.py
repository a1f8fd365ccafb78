"""One child process: started so that it dies with its parent, found again if it did not."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from storage.embedded.files import PRIVATE_FILE, write_private

_LAUNCHER = Path(__file__).with_name("launch.py")
_POLL = 0.02


class ChildProcess:
    """A supervised child whose output goes to a log file; it may be started in one event loop and ended in another."""

    def __init__(self, program: Path, arguments: Sequence[str], *, folder: Path, log: Path, pid_file: Path) -> None:
        """Remember what to start; `folder` is its working directory."""
        self._command = [str(program), *arguments]
        self._folder = folder
        self._log = log
        self._pid_file = pid_file
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the child lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id, while it lives."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def exit_code(self) -> int | None:
        """How it ended; negative for a signal."""
        return self._process.poll() if self._process is not None else None

    def start(self) -> None:
        """Start the child; no shell, no inherited environment, files for the owner only.

        The child dies with the thread that calls this, so call it in one that lives as long as the service.

        Raises:
            OSError: the program cannot be started.
        """
        launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid())]
        with self._log.open("ab") as output:
            self._log.chmod(PRIVATE_FILE)
            self._process = subprocess.Popen(  # noqa: S603 — the program is ours, and its arguments are built here
                [*launcher, *self._command],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={"HOME": str(self._folder), "PATH": os.environ.get("PATH", "")},
                start_new_session=True,
                umask=0o077,
            )
        write_private(self._pid_file, str(self._process.pid))

    async def stop(self, patience: float) -> None:
        """Ask the child to end, and end it if it does not within `patience` seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, patience)
        except subprocess.TimeoutExpired:
            await self.kill()
        self._pid_file.unlink(missing_ok=True)

    async def kill(self) -> None:
        """End the child at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)


async def end_stale(pid_file: Path, mark: str, patience: float) -> bool:
    """End a child that outlived its parent: only a process whose command line contains `mark` is touched.

    Answers whether there was one.
    """
    pid = _read_pid(pid_file)
    if pid is None or not _is_ours(pid, mark):
        return False
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + patience
    await asyncio.to_thread(_wait_until_gone, pid, mark, deadline)
    return True


def _wait_until_gone(pid: int, mark: str, deadline: float) -> None:
    while _is_ours(pid, mark) and time.monotonic() < deadline:
        time.sleep(_POLL)


def _read_pid(pid_file: Path) -> int | None:
    try:
        pid = int(pid_file.read_text("ascii"))
    except (OSError, ValueError):
        return None
    return pid if pid > 1 else None


def _is_ours(pid: int, mark: str) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return mark.encode() in command
