"""Values of cells as text: what a person sees in the cell, and nothing lost that a number would lose."""

from datetime import date, datetime, time
from typing import Final

LONGEST: Final = 10_000
"""Characters of a cell; the rest is left out, which no real table notices."""
_EXACT: Final = 1e15
"""Whole numbers below this are exactly what the cell holds."""


def text_of(value: object) -> str:
    """Return a cell as text: whole numbers without a point, days as `YYYY-MM-DD`, moments as ISO 8601.

    Leading zeros that a numeric cell never had cannot come back; a column of such cells is told by its values.
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case _:
            return clean(str(value))


def clean(text: str) -> str:
    """Return text on one line without the edges, with usual spaces, and without what no table shows."""
    return " ".join(text.replace("\x00", "").split())[:LONGEST]
