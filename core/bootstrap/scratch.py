"""Remains in the scratch folder: copies of files that a killed process was working on."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

_WORKED_ON: Final = ("given-", "members-", "nomenclature-", "period-export-", "preview-", "tables-", "tray-")
"""Prefixes of what lives as long as one piece of work; packages of transfers are gone on with, and end otherwise."""


def clear_remains(folder: Path, *, before: datetime) -> int:
    """Remove what was last written before a moment by processes that are gone; return how many entries went.

    To be called before this host works on anything that takes longer than since that moment.
    """
    removed = 0
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.name.startswith(_WORKED_ON) and entry.stat().st_mtime < before.timestamp():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)
            removed += 1
    return removed
