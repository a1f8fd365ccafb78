"""Becomes another program that ends with its parent; run as a script, imports nothing of the project.

A script of its own rather than a `preexec_fn`: nothing runs between fork and exec in a process that may have
threads, and the credentials are changed before the death signal is set (changing them clears it, prctl(2)).
"""

import ctypes
import os
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
_NOT_RUN = 127
"""What shells answer for a program that cannot be run."""


def end_with_parent(death_signal: int, parent: int) -> None:
    """Ask the kernel to send `death_signal` (0: none) to this process when `parent`, its parent, dies.

    Raises `OSError` where the kernel refuses. Ends this process at once when the parent is dead already.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if os.getppid() != parent:
        os._exit(1)


def main(arguments: Sequence[str]) -> None:
    """Run `launcher DEATH_SIGNAL PARENT UID GID PROGRAM ARGUMENT…`; uid -1 keeps the caller's account."""
    death_signal, parent, uid, gid = (int(argument) for argument in arguments[:4])
    program = list(arguments[4:])
    if uid >= 0:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    end_with_parent(death_signal, parent)
    try:
        os.execvp(program[0], program)  # noqa: S606 (no shell is the point)
    except OSError as error:
        sys.stderr.write(f"{program[0]}: {error.strerror}\n")
        sys.exit(_NOT_RUN)


if __name__ == "__main__":
    main(sys.argv[1:])
