"""Become another program that dies with its parent; run as a script, because a hook between fork and exec is not safe.

Usage: launch.py PARENT_PID PROGRAM ARGUMENT…
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Ask the kernel to kill this process with its parent, then run the program in its place."""
    parent, program = int(arguments[0]), arguments[1]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)
    os.execv(program, arguments[1:])  # noqa: S606 — no shell is wanted: the arguments stay what they are


if __name__ == "__main__":
    main(sys.argv[1:])
