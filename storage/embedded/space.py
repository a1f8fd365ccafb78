"""Room on the disk of the embedded store: it needs a reserve, because giving space back needs space."""

import shutil
from dataclasses import dataclass
from pathlib import Path

VOLUME = 1024**3
"""Bytes: the largest data file of the embedded store; a vacuum writes a copy of one before it removes the old one."""
_SMALL_DISK_SHARE = 0.15
"""Of a small disk, where two volumes would be most of it: measured, the store takes nothing from 86 % on."""
_LARGE_DISK_SHARE = 0.02
"""Of a large disk: below 1 % free the store makes its data files read-only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Bytes on the disk of the store."""

    total: int
    free: int
    reserve: int
    """Kept free, so that destruction can still give space back."""

    @property
    def available(self) -> int:
        """Bytes that new objects may take."""
        return max(0, self.free - self.reserve)

    def has_room_for(self, size: int) -> bool:
        """Whether an object of so many bytes fits without touching the reserve."""
        return size <= self.available


def measure(folder: Path) -> Space:
    """Look at the disk on which a folder lies.

    Raises:
        OSError: there is no such folder.
    """
    usage = shutil.disk_usage(folder)
    return Space(total=usage.total, free=usage.free, reserve=reserve_of(usage.total))


def reserve_of(total: int) -> int:
    """Bytes that objects may not take on a disk of this size."""
    return max(min(2 * VOLUME, int(total * _SMALL_DISK_SHARE)), int(total * _LARGE_DISK_SHARE))
