"""How children are forked: each page that a child or its parent writes to after the fork is a page copied.

Measured on one 300 KiB PDF: the hooks that the standard library runs at a fork write to two hundred pages, holes in the
heap to ninety, holes in Python's own pools to forty, code that has run less than twenty times to a hundred; the
inspection itself needs five hundred.
"""

import ctypes
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_NEEDLESS = frozenset({"threading", "logging", "random", "concurrent.futures.thread"})
"""Modules whose hooks at a fork free locks that other threads hold, or sow a generator that keeps no secret."""
_BLOCKS = (4096, 1024, 512, 256, 128, 64, 32, 24)
_MOST_BLOCKS = 100_000
_POOL, _POOL_HEAD, _STEP, _BIGGEST = 16_384, 48, 16, 512
"""Bytes: of a pool of Python's allocator, of what stands before its first block, between its sizes, of the last one."""
_PATIENCE, _MOMENT = 100, 0.001

_fillers: list[bytes] = []
"""What lies in the holes of the pools; never let go."""

_c = ctypes.PyDLL(None, use_errno=True) if sys.platform == "linux" else None


def settle_memory() -> Callable[[], int]:
    """Prepare this process for being copied: no garbage, no holes, and no collector that writes everywhere.

    Returns:
        What forks it: `os.fork`, or the C library's own where nothing is lost by that.
    """
    gc.collect()
    fork = _c_fork if _c is not None and _is_alone() and _is_unwatched() else os.fork
    _fill_pools()
    gc.freeze()
    if _c is not None:
        _c.malloc_trim(0)
        _fill_holes(_c)
    return fork


def _c_fork() -> int:
    """Fork without the hooks of Python; for a process with one thread, which holds no lock of its own."""
    if _c is None:
        return os.fork()
    pid: int = _c.fork()
    if pid < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return pid


def _is_alone() -> bool:
    """Whether this process has one thread; one that Python has done with takes a moment to be gone."""
    tasks = Path("/proc/self/task")
    for _ in range(_PATIENCE):
        try:
            if len(list(tasks.iterdir())) == 1:
                return True
        except OSError:
            return False
        if threading.active_count() > 1:
            return False
        time.sleep(_MOMENT)
    return False


def _is_unwatched() -> bool:
    """Whether nobody but the standard library asked to be told of a fork."""
    lists = list(_lists_of_hooks())
    return len(lists) == len(_ANCHORS) and all(
        getattr(hook, "__module__", None) in _NEEDLESS for hooks in lists for hook in hooks
    )


_ANCHORS = ((threading, "_after_fork"), (logging, "_acquireLock"), (logging, "_releaseLock"))
"""A function that stands in each of the three lists of hooks: in the child, before, in the parent."""


def _lists_of_hooks() -> Iterator[list[object]]:
    for module, name in _ANCHORS:
        anchor = getattr(module, name, None)
        yield from (hooks for hooks in gc.get_referrers(anchor) if isinstance(hooks, list))


def _fill_pools() -> None:
    """Do the same to the pools of Python's own allocator, size by size, until blocks come out of a pool just begun."""
    empty = sys.getsizeof(b"")
    for size in range(_POOL_HEAD, _BIGGEST + 1, _STEP):
        last = 0
        for _ in range(_MOST_BLOCKS):
            filler = bytes(size - empty)
            _fillers.append(filler)
            if id(filler) % _POOL == _POOL_HEAD + size and last == id(filler) - size:
                break
            last = id(filler)


def _fill_holes(library: ctypes.PyDLL) -> None:
    """Take the free blocks out of the heap, so that a child's own blocks lie side by side behind it."""
    library.malloc.restype = library.sbrk.restype = ctypes.c_void_p
    end = library.sbrk(0)
    for size in _BLOCKS:
        for _ in range(_MOST_BLOCKS):
            library.malloc(ctypes.c_size_t(size))
            if library.sbrk(0) != end:
                end = library.sbrk(0)
                break
