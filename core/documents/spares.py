"""Spool files that are used again: what is done with one becomes an empty file, and the next upload gets it.

A file system may step over the numbers of files that were deleted within the last minutes whenever it makes a file
(ext4 does). Where uploads come and go by the thousand, that was up to a millisecond of processor time for each.
"""

import os
import random
import time
from pathlib import Path
from typing import Final

_SLOTS: Final = 2048
"""Empty files at most; one beyond them takes the place of another."""
_LOOK_EVERY: Final = 1.0
"""Seconds between two looks at what others have left."""


class SpareFiles:
    """Empty files in a folder of their own; several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: list[Path] = []
        self._next_look = 0.0
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def take(self, path: Path) -> None:
        """Put an empty file at `path`, where no file may be, if there is one to spare."""
        if not self._known:
            self._look()
        while self._known:
            try:
                self._known.pop().rename(path)
            except FileNotFoundError:
                # Another process was quicker.
                continue
            return

    def leave(self, path: Path, number: int) -> None:
        """Empty the file at `path` and keep it; whoever calls holds its lock. It is no error if there is no file.

        One that has a second name is left to whoever reads under that name. `number` tells files apart.
        """
        try:
            if path.stat().st_nlink > 1:
                path.unlink()
                return
            os.truncate(path, 0)
            path.rename(self._folder / str(number % _SLOTS))
        except FileNotFoundError:
            return

    def _look(self) -> None:
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _LOOK_EVERY
            self._known = list(self._folder.iterdir())
            # Processes that look at the same moment begin at different places.
            random.shuffle(self._known)
