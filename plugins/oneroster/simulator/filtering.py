"""Filter, sort, fields and paging of lists, as the specification has them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from plugins.oneroster.simulator.school import Entry

_CONDITION = re.compile(r"\s*([A-Za-z.]+)\s*(!=|>=|<=|=|>|<|~)\s*'([^']*)'\s*")
_JOINED = re.compile(r" (AND|OR) ")
MOST_CONDITIONS = 2


class QueryRefused(ValueError):
    """A filter, sort or field that cannot be: `code` is the minor code of the answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def filtered(entries: Iterable[Entry], expression: str) -> list[Entry]:
    """Return the objects that fit `field<op>'value'`, of which there are two at most."""
    if not expression:
        return list(entries)
    parts = _JOINED.split(expression)
    conditions = [_CONDITION.fullmatch(part) for part in parts[::2]]
    if len(conditions) > MOST_CONDITIONS or None in conditions:
        raise QueryRefused("invalid_filter_field")
    tests = [found.groups() for found in conditions if found is not None]
    together = any if parts[1:2] == ["OR"] else all
    return [entry for entry in entries if together(_fits(entry, *test) for test in tests)]


def _fits(entry: Entry, path: str, operator: str, value: str) -> bool:
    found: Any = entry
    for name in path.split("."):
        found = found.get(name, "") if isinstance(found, Mapping) else ""
    text = str(found)
    return {
        "=": text == value,
        "!=": text != value,
        ">": text > value,
        ">=": text >= value,
        "<": text < value,
        "<=": text <= value,
        "~": value.casefold() in text.casefold(),
    }[operator]


def ordered(entries: list[Entry], field: str, order: str) -> list[Entry]:
    """Return the objects sorted by a field that some of them have."""
    if not field:
        return entries
    if entries and not any(field in entry for entry in entries):
        raise QueryRefused("invalid_sort_field")
    return sorted(entries, key=lambda entry: str(entry.get(field, "")), reverse=order == "desc")


def selected(entry: Entry, fields: str) -> Entry:
    """Return the object with these fields only."""
    names = {name.strip() for name in fields.split(",") if name.strip()}
    if names and not names & entry.keys():
        raise QueryRefused("invalid_selection_field")
    return {name: value for name, value in entry.items() if not names or name in names}
