"""Fields of the platform's objects: keys in whatever spelling, ids from their text twins, days as local wall time."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from core.sdk.errors import ConnectorBug

Raw = Mapping[str, Any]
"""An object as the platform sent it."""


def identifier(raw: Raw, name: str) -> str | None:
    """Return an id as text: the twin if there is one, else the number, and never one that is floating."""
    twin = raw.get(f"{name}_str")
    if isinstance(twin, str) and twin:
        return twin
    return as_identifier(raw.get(name))


def as_identifier(value: object) -> str | None:
    """Return a whole number or a text as an id; `None` for anything else."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


@lru_cache(maxsize=4096)
def day_of(text: str) -> date | None:
    """Return the day of a local wall time, whatever follows it; `None` if the text begins with no day."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


class Loose:
    """An object whose keys are read without regard to case, hyphens and underscores.

    Lists of one kind of object are spelled one way here and another way there: `journaltype` and `journalType`, `IdStr`
    and `id_str`, `final-mark`.
    """

    __slots__ = ("_fields", "raw")

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self._fields = {_plain(key): value for key, value in raw.items()}

    def get(self, name: str) -> Any:  # noqa: ANN401 (what another system says)
        """Return the value as it came."""
        return self._fields.get(name)

    def id(self, name: str) -> str | None:
        """Return an id as text, from its twin where there is one."""
        twin = self._fields.get(f"{name}str")
        return twin if isinstance(twin, str) and twin else as_identifier(self._fields.get(name))

    def ids(self, name: str) -> list[str]:
        """Return a list of ids as text; empty for null."""
        values = self._fields.get(f"{name}str") or self._fields.get(name)
        return [each for value in values if (each := as_identifier(value))] if isinstance(values, list) else []

    def text(self, name: str) -> str:
        """Return a text; empty for null, absent, or what is none."""
        value = self._fields.get(name)
        return value.strip() if isinstance(value, str) else ""

    def day(self, name: str) -> date | None:
        """Return a day."""
        value = self._fields.get(name)
        return day_of(value) if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        """Return a whole number."""
        value = self._fields.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def inner(self, name: str) -> "Loose":
        """Return the object of a field; an empty one for null."""
        value = self._fields.get(name)
        return Loose(value if isinstance(value, Mapping) else {})

    def items(self, name: str) -> "list[Loose]":
        """Return the objects of a list; none for null."""
        value = self._fields.get(name)
        return [Loose(each) for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


@lru_cache(maxsize=1024)
def _plain(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def objects(value: object, what: str) -> Sequence[Raw]:
    """Return a list of objects; raise `ConnectorBug` for anything else."""
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        detail = f"{what}: expected a list of objects"
        raise ConnectorBug(detail)
    return value


def loose_objects(value: object, what: str) -> Iterator[Loose]:
    """Yield the objects of a list; raise `ConnectorBug` if it is none."""
    return (Loose(each) for each in objects(value, what))
