"""How far the resident memory of other processes grows while a block runs."""

import resource
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

PAGE = resource.getpagesize()


class PeakMemory:
    """Growth, in bytes, of the process that grew most."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._before = {pid: resident(pid) for pid in pids}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.growth = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            grown = [resident(pid) - before for pid, before in self._before.items()]
            self.growth = max(self.growth, *grown)


def resident(pid: int) -> int:
    """Bytes of a process that lie in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * PAGE


def processes_below(pid: int) -> list[tuple[int, str]]:
    """Every process below `pid` with its command line."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text("ascii", errors="replace").rpartition(")")[2].split()
            command = (status.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        parents[int(status.parent.name)] = (int(fields[1]), command)
    found, wanted = [], {pid}
    while wanted:
        children = {each for each, (parent, _) in parents.items() if parent in wanted}
        found += [(each, parents[each][1]) for each in children]
        wanted = children
    return found
