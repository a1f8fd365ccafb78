"""What another snapshot of the same period says differently: two tables in one order, row beside row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.period_exports.package import Package
from core.period_exports.tables import KEYED_BY, TABLES, Table

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that one of two snapshots has and the other has not, or says otherwise."""

    table: str
    kind: Kind
    stream: str
    record: str
    before: dict[str, str]
    """By the names of columns; of a changed row, those that differ and those that say whose it is."""
    after: dict[str, str]


def differences(earlier: Package, later: Package) -> Iterator[Difference]:
    """Yield what `later` says otherwise than `earlier`, table by table; both are read once, a row at a time.

    A table of the same digest is not read at all.
    """
    for table in TABLES:
        if not later.same(earlier, table.file_name):
            yield from _of_table(table, earlier.rows(table.file_name), later.rows(table.file_name))


def _of_table(table: Table, before: Iterator[list[str]], after: Iterator[list[str]]) -> Iterator[Difference]:
    old, new = next(before, None), next(after, None)
    while old is not None or new is not None:
        order = _order(old, new)
        if order == 0 and old is not None and new is not None and old != new:
            yield _difference(table, "changed", old, new)
        if order < 0 and old is not None:
            yield _difference(table, "removed", old, None)
        if order > 0 and new is not None:
            yield _difference(table, "added", None, new)
        if order <= 0:
            old = next(before, None)
        if order >= 0:
            new = next(after, None)


def _order(old: list[str] | None, new: list[str] | None) -> int:
    if old is None:
        return 1
    if new is None:
        return -1
    first, second = old[:KEYED_BY], new[:KEYED_BY]
    return (first > second) - (first < second)


def _difference(table: Table, kind: Kind, old: Sequence[str] | None, new: Sequence[str] | None) -> Difference:
    names = table.names
    shown = set(range(KEYED_BY, len(names)))
    if old is not None and new is not None:
        shown = {at for at in shown if old[at] != new[at] or names[at] in {"learner", "subject", "group"}}
    said = [{names[at]: row[at] for at in sorted(shown) if row[at]} if row else {} for row in (old, new)]
    key = (new or old or ())[:KEYED_BY]
    return Difference(table.name, kind, key[0], key[1], said[0], said[1])
