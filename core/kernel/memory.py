"""Spares the garbage collector what lives as long as the process."""

import gc
from typing import Final

_NEW_OBJECTS: Final = 10_000
"""Container objects that come into being between two looks at the youngest."""


def keep_for_good() -> None:
    """Count everything made so far as permanent: call it once in a process, when its parts are ready.

    Routes, schemas and tables are some hundred thousand objects; without this the collector walks through all of them
    every few requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
