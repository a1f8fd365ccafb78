"""Raised characters as plain text: «5 лет» with a small 1 is a reference to a footnote, not a 51."""

import re

_DIGITS = re.compile(r"\(?\s*(\d{1,2}|\*{1,4})\s*\)?")
_UNIT = re.compile(r"(?:^|[\s\d(])(?:к|м|с|д)?м\.?\s*$", re.IGNORECASE)
_SMALL = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def raised_mark(piece: str, before: str) -> str:
    """The text of a raised run: `1` becomes `(1)`, `1, 2` becomes `(1) (2)`; squares and cubes of metres stay small."""
    stripped = piece.strip()
    if stripped.isdigit() and _UNIT.search(before):
        return piece.translate(_SMALL)
    marks = [_DIGITS.fullmatch(mark.strip()) for mark in re.split(r"[,;]", stripped)]
    if not stripped or not all(marks):
        return piece
    shown = " ".join(f"({mark[1]})" for mark in marks if mark)
    gap = " " if before and not before[-1].isspace() else ""
    return f"{gap}{shown}" + (" " if piece[-1].isspace() else "")
