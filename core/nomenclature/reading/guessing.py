"""Columns of a table that has no header, told by what stands in them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from core.nomenclature.reading.columns import Column, Columns, Role
from core.nomenclature.reading.content import Cell, Line
from core.nomenclature.reading.indexes import is_index
from core.nomenclature.reading.lines import is_column_numbers, states_term

_FEWEST_CELLS: Final = 3
_BASIS = re.compile(r"\W*(?:ст\.?\s*\d|п\.\s*\d|решение)", re.IGNORECASE)
_MORE_THAN_HALF: Final = 2
_LONGEST_TERM: Final = 200


def lines_by_table(lines: Sequence[Line]) -> dict[int, list[Line]]:
    """The lines of each table by its number, in their order."""
    found: dict[int, list[Line]] = {}
    for line in lines:
        if line.table is not None:
            found.setdefault(line.table, []).append(line)
    return found


def guess_columns(lines: Sequence[Line]) -> tuple[int, Columns] | None:
    """The first line of a table that looks like rows of a nomenclature, and its columns; None if there is none."""
    for own in lines_by_table(lines).values():
        rows = [line for line in own if len(line.filled) >= _FEWEST_CELLS and not is_column_numbers(line)]
        columns = _columns(rows)
        if columns is not None:
            return lines.index(own[0] if own[0] in rows else rows[0]), columns
    return None


def _columns(rows: Sequence[Line]) -> Columns | None:
    index = _usual(rows, is_index)
    term = _usual(rows, lambda cell: states_term(cell.text) and len(cell.text) < _LONGEST_TERM)
    if index is None or term is None or index >= term:
        return None
    starts = sorted({cell.column for line in rows for cell in line.cells})
    lengths = {
        start: sum(len(cell.text) for line in rows for cell in line.cells if cell.column == start) for start in starts
    }
    title = max((start for start in starts if index < start < term), key=lambda start: lengths[start], default=None)
    if title is None:
        return None
    article = _usual(rows, lambda cell: _BASIS.match(cell.text) is not None)
    roles = {index: Role.INDEX, title: Role.TITLE, term: Role.TERM}
    if article is not None and article > term:
        roles[article] = Role.ARTICLE
    roles |= dict.fromkeys((start for start in starts if title < start < term), Role.QUANTITY)
    after = [start for start in starts if start > term and start not in roles]
    roles |= dict.fromkeys(after[-1:], Role.NOTE)
    return Columns(tuple(Column(start, start + 1, roles.get(start, Role.OTHER), "") for start in starts))


def _usual(rows: Sequence[Line], fits: Callable[[Cell], bool]) -> int | None:
    """The column where most rows have what fits, if it is most of the rows."""
    counts = Counter(cell.column for line in rows for cell in line.filled if fits(cell))
    column, count = max(counts.items(), key=lambda pair: (pair[1], -pair[0]), default=(0, 0))
    return column if count * _MORE_THAN_HALF > len(rows) else None
