"""On what a row's cases are kept, as its note says."""

import re
from typing import Final

_ELECTRONIC: Final = re.compile(
    r"\b(?:на|в)\s+(?:бумажн\w+\s+и\s+(?:на\s+|в\s+)?)?электронн\w+"
    r"(?:\s+и\s+(?:на\s+|в\s+)?бумажн\w+)?\s+(?:носител|вид|форм)"
    r"|(?:^|[.;,])\s*электронн(?:ое|ая|ый|ые)(?:\s+дел[оа])?\s*(?:$|[.;,])",
    re.IGNORECASE,
)
_PAPER: Final = re.compile(r"бумаж|бумаг|распечат", re.IGNORECASE)


def carriers_of(note: str) -> tuple[bool, bool]:
    """Return whether there is paper, and whether there are files; where nothing is said, there is paper only."""
    if not _ELECTRONIC.search(note):
        return True, False
    return bool(_PAPER.search(note)), True
