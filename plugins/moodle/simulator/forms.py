"""Form fields as PHP nests them: `criteria[0][key]=email` becomes `{"criteria": [{"key": "email"}]}`."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

Nested: TypeAlias = "str | list[Nested] | dict[str, Nested]"
"""What a field holds: text, a list, or named fields."""

_FIELD = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_KEY = re.compile(r"\[([^\[\]]*)\]")


def nested(fields: Iterable[tuple[str, str]]) -> dict[str, Nested]:
    """Return the fields as PHP sees them; a name that PHP could not read is kept as it is."""
    tree: dict[str, Nested] = {}
    for name, value in fields:
        found = _FIELD.match(name)
        keys = [found[1], *_KEY.findall(found[2])] if found else [name]
        _put(tree, keys, value)
    return {name: _listed(value) for name, value in tree.items()}


def _put(tree: dict[str, Nested], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        branch = tree.setdefault(key or str(len(tree)), {})
        if not isinstance(branch, dict):
            return
        tree = branch
    tree[keys[-1] or str(len(tree))] = value


def _listed(value: Nested) -> Nested:
    """Fields that are numbered from nought are a list."""
    if not isinstance(value, dict):
        return value
    whole: Mapping[str, Nested] = {name: _listed(each) for name, each in value.items()}
    if list(whole) == [str(number) for number in range(len(whole))]:
        return list(whole.values())
    return dict(whole)
