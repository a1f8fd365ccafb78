"""What a child process may use, and how it is held to it (`facts`: 1 GiB, 10 s, 20 s lets every real file pass)."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

MIB = 1 << 20

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one child process."""

    address_space: int = 1024 * MIB
    """Bytes."""
    cpu_seconds: int = 10
    wall_seconds: float = 20.0
    file_size: int = 64 * MIB
    """Bytes of the biggest file it may write (a preview)."""
    open_files: int = 64
    output: int = 8 * MIB
    """Bytes of its answer."""


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# Looked up and made to numbers once, not in every child.
_prctl = None if _libc is None else _libc.prctl
_KILL = signal.SIGKILL.value
_setpgid, _getppid, _setrlimit = os.setpgid, os.getppid, resource.setrlimit


def confine_server() -> bool:
    """Give up, for this process and all its children, new privileges and, where the kernel allows, the network.

    Returns:
        Whether the network is out of reach.
    """
    if _libc is None:
        return False
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return any(_libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


Ceilings = tuple[tuple[int, tuple[int, int]], ...]
"""Soft and hard limit of each resource, as `resource.setrlimit` takes them."""


def ceilings(limits: Limits) -> Ceilings:
    """What this process may set its children to: `limits`, or less where it has less itself."""
    return (
        _ceiling(resource.RLIMIT_AS, limits.address_space),
        _ceiling(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1),
        _ceiling(resource.RLIMIT_FSIZE, limits.file_size),
        _ceiling(resource.RLIMIT_NOFILE, limits.open_files),
        _ceiling(resource.RLIMIT_CORE, 0),
    )


def confine_child(wanted: Ceilings, parent: int) -> None:
    """Hold this process, just forked, to its limits and let it die with its parent."""
    # A group, not a session: Linux may share processors between sessions first, and a child of a patient server would
    # take as much as everybody else.
    _setpgid(0, 0)
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, _KILL, 0, 0, 0)
        if _getppid() != parent:
            # It died before it could be agreed on.
            os._exit(1)
    for which, pair in wanted:
        _setrlimit(which, pair)


def _ceiling(which: int, soft: int, hard: int | None = None) -> tuple[int, tuple[int, int]]:
    _, ceiling = resource.getrlimit(which)
    wanted = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        wanted = min(wanted, ceiling)
    return which, (min(soft, wanted), wanted)


def kill_group(pid: int) -> None:
    """Kill a child and everything in its process group; one that is gone is fine."""
    _kill(os.killpg, pid)
    _kill(os.kill, pid)


def _kill(kill: Callable[[int, int], None], pid: int) -> None:
    try:
        kill(pid, _KILL)
    except (ProcessLookupError, PermissionError):
        return
