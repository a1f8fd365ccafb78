"""Room on the disk of the embedded store: it needs a reserve, because giving space back needs space."""

import shutil
from dataclasses import dataclass
from pathlib import Path

VOLUME = 1024**3
"""Bytes: the largest data file of the embedded store; a vacuum writes a copy of one before it removes the old one."""
_SHARE = 0.05
"""Of the disk, where that is less than two volumes: on a small disk data files are smaller too."""


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
    reserve = min(2 * VOLUME, int(usage.total * _SHARE))
    return Space(total=usage.total, free=usage.free, reserve=reserve)
