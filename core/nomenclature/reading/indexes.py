"""Indexes that a program took for a date or a number, brought back where one reading alone fits."""

from collections.abc import Sequence

from core.nomenclature.reading.content import Cell, plain
from retention.nomenclature import Finding, IndexKey, Severity, index_key, plain_index, section_key

_MOST_PARTS = 5


def is_index(cell: Cell | None) -> bool:
    """Whether a cell may hold an index."""
    if cell is None or not cell.text:
        return False
    key = index_key(cell.text)
    return bool(cell.readings) or (key is not None and len(key) <= _MOST_PARTS)


def read_index(
    cell: Cell, previous: IndexKey | None, section: str | None, place: str
) -> tuple[str, tuple[Finding, ...]]:
    """The index in a cell, and what has to be said of it; empty if it cannot be told."""
    if not cell.readings:
        return plain_index(cell.text) if index_key(cell.text) is not None else plain(cell.text), ()
    fitting = _fitting(cell.readings, previous, section)
    is_number = cell.text in cell.readings
    if len(fitting) == 1 or is_number:
        index = fitting[0] if len(fitting) == 1 else cell.text
        if index == cell.text and len(cell.readings) == 1:
            return index, ()
        facts = {"shown": cell.text, "index": index}
        return index, (Finding(code="index_restored", severity=Severity.WARNING, place=place, facts=facts),)
    facts = {"shown": cell.text, "readings": ", ".join(cell.readings)}
    return "", (Finding(code="index_was_date", severity=Severity.ERROR, place=place, facts=facts),)


def _fitting(readings: Sequence[str], previous: IndexKey | None, section: str | None) -> list[str]:
    """The readings that can stand here: next after the previous index, else in the section, else all that differ."""
    keys = {index_key(reading): reading for reading in reversed(readings)}
    if previous is not None:
        following = (*previous[:-1], (previous[-1][0] + 1, ""))
        if following in keys:
            return [keys[following]]
    beginning = section_key(section) if section else previous[:-1] if previous else None
    if beginning:
        inside = [
            text
            for key, text in keys.items()
            if key and len(key) > len(beginning) and key[: len(beginning)] == beginning
        ]
        later = [text for text in inside if previous is None or (index_key(text) or ()) > previous]
        depth = len(previous) if previous else len(beginning) + 1
        return [text for text in later if len(index_key(text) or ()) == depth] or later
    return list(keys.values())
