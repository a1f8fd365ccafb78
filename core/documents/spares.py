"""Spool files that are used again: what is done with one becomes an empty file, and the next upload gets it.

A file system may step over the numbers of files that were deleted within the last minutes whenever it makes a file
(ext4 does). Where files come and go by the thousand, that was up to a millisecond of processor time for each upload.
So there are empty files before the first upload comes, and hardly any is ever made or deleted while uploads come.
"""

import os
import random
import time
from pathlib import Path
from typing import Final
from uuid import uuid4

FEWEST: Final = 1024
"""Empty files that should be there: a morning's scans in one go."""
MOST: Final = 8192
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

    def leave(self, path: Path) -> None:
        """Empty the file at `path` and keep it; whoever calls holds its lock. It is no error if there is no file.

        One that has a second name is left to whoever reads under that name.
        """
        try:
            if path.stat().st_nlink > 1:
                path.unlink()
                return
            os.truncate(path, 0)
            path.rename(self._place())
        except FileNotFoundError:
            return

    def keep_enough(self) -> None:
        """Make what is missing to `FEWEST` empty files, and remove what is beyond `MOST`."""
        there = list(self._folder.iterdir())
        for path in there[MOST:]:
            path.unlink(missing_ok=True)
        for _ in range(FEWEST - len(there)):
            self._place().touch(mode=0o600, exist_ok=False)

    def _place(self) -> Path:
        return self._folder / uuid4().hex

    def _look(self) -> None:
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + _LOOK_EVERY
            self._known = list(self._folder.iterdir())
            # Processes that look at the same moment begin at different places.
            random.shuffle(self._known)
