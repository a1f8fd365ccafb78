"""What a function takes, checked as strictly as Moodle checks it."""

from collections.abc import Mapping
from typing import TypeAlias

from plugins.moodle.simulator.errors import PARAMETER
from plugins.moodle.simulator.forms import Nested

Kind: TypeAlias = str
"""`int`, `text`, `bool`; with `?` optional; with `[]` a list; `any`: a nested structure."""


class Arguments:
    """The arguments of one call."""

    def __init__(self, kinds: Mapping[str, Kind], given: Mapping[str, Nested]) -> None:
        if unknown := set(given) - set(kinds):
            raise PARAMETER.fault(", ".join(sorted(unknown)))
        for name, kind in kinds.items():
            if name not in given and not kind.endswith("?"):
                raise PARAMETER.fault(name)
        self._given = given

    def integer(self, name: str, default: int = 0) -> int:
        """Return a whole number; booleans are 1 and 0."""
        return _integer(self._given.get(name, str(default)))

    def text(self, name: str, default: str = "") -> str:
        """Return text."""
        value = self._given.get(name, default)
        if not isinstance(value, str):
            raise PARAMETER.fault(name)
        return value

    def integers(self, name: str) -> list[int]:
        """Return a list of whole numbers."""
        return [_integer(each) for each in self._list(name)]

    def texts(self, name: str) -> list[str]:
        """Return a list of text."""
        return [str(each) for each in self._list(name)]

    def options(self, name: str, key: str = "name") -> dict[str, str]:
        """Return named options, as `options[0][name]=…&options[0][value]=…` gives them."""
        found: dict[str, str] = {}
        for each in self._list(name):
            if not isinstance(each, dict) or not isinstance(each.get(key), str):
                raise PARAMETER.fault(name)
            found[str(each[key])] = str(each.get("value", ""))
        return found

    def structures(self, name: str) -> list[Mapping[str, Nested]]:
        """Return a list of structures."""
        return [each for each in self._list(name) if isinstance(each, dict)]

    def ids_inside(self, name: str) -> list[int]:
        """Return the list that stands in `name[ids][]`."""
        value = self._given.get(name, {})
        inside = value.get("ids", []) if isinstance(value, dict) else []
        return [_integer(each) for each in inside] if isinstance(inside, list) else []

    def _list(self, name: str) -> list[Nested]:
        value = self._given.get(name, [])
        if not isinstance(value, list):
            raise PARAMETER.fault(name)
        return value


def _integer(value: Nested) -> int:
    if not isinstance(value, str):
        raise PARAMETER.fault()
    try:
        return int(value)
    except ValueError:
        raise PARAMETER.fault(value) from None
