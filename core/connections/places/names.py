"""Names in a watched place: of the place itself, of refused files, and of the reasons beside them."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from core.connections.places.reasons import reason_text
from core.sdk.connectors import PlacedFile
from core.sdk.errors import ConnectorMisconfigured

REJECTED: Final = "rejected"
"""Where refused files go: a folder at the top of the place."""
_REASON: Final = ".txt"
_NAME: Final = re.compile(r"\w(?:[\w .-]{0,98}\w)?")
_LONGEST: Final = 255
"""Bytes of a name that file systems take."""
_TRIED: Final = 1_000


def checked_name(name: str) -> str:
    """Return the name of a place; raise `ConnectorMisconfigured` for one that could lead anywhere else."""
    if _NAME.fullmatch(name) is None or name == REJECTED:
        detail = (
            "the name of the place has letters, digits, spaces, dots, dashes and underscores, and is not «rejected»"
        )
        raise ConnectorMisconfigured(detail)
    return name


def asides(path: str) -> Iterator[tuple[str, str]]:
    """Yield names for a refused file and for its reason, relative to the place, one pair after the other."""
    name = PurePosixPath(path).name
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    for number in range(1, _TRIED):
        tail = f"{'' if number == 1 else f' ({number})'}{dot}{ending}"
        aside = f"{_cut(stem, _LONGEST - len(os_bytes(tail + _REASON)))}{tail}"
        yield f"{REJECTED}/{aside}", f"{REJECTED}/{aside}{_REASON}"


def os_bytes(text: str) -> bytes:
    """Return what a file system keeps of a name."""
    return text.encode("utf-8", "surrogateescape")


def _cut(text: str, room: int) -> str:
    while len(os_bytes(text)) > room:
        text = text[:-1]
    return text


def told_reason(file: PlacedFile, reason: str) -> bytes:
    """Return what stands beside a refused file; the same each time it is asked for, so that repeating finds it."""
    return reason_text(file.path, file.version, reason).encode("utf-8", "replace")
