"""Shapes of answers: which keys there are, and of which type, whatever the values."""

from collections.abc import Iterator
from typing import TypeAlias

Shape: TypeAlias = "str | dict[str, Shape] | list[Shape]"

LOOSE = {frozenset({"int", "float"}), frozenset({"int", "bool"})}
"""Types that Moodle itself mixes."""


def shape_of(value: object) -> Shape:
    """Return the shape; the elements of a list are laid over each other."""
    if isinstance(value, dict):
        return {name: shape_of(each) for name, each in value.items()}
    if isinstance(value, list):
        shapes = [shape_of(each) for each in value]
        if shapes and all(isinstance(each, dict) for each in shapes):
            merged: dict[str, Shape] = {}
            for each in shapes:
                assert isinstance(each, dict)
                for name, inner in each.items():
                    merged[name] = inner if merged.get(name) in (None, "null", []) else merged[name]
            return [merged]
        return shapes[:1]
    return {"NoneType": "null"}.get(type(value).__name__, type(value).__name__)


def differences(ours: Shape, theirs: Shape, where: str = "") -> Iterator[str]:
    """Yield what `ours` says that `theirs` does not, and where both say something else."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name, inner in ours.items():
            if name in theirs:
                yield from differences(inner, theirs[name], f"{where}.{name}")
            else:
                yield f"{where}.{name} is only ours"
    elif isinstance(ours, list) and isinstance(theirs, list):
        if ours and theirs:
            yield from differences(ours[0], theirs[0], f"{where}[]")
    elif not _alike(ours, theirs):
        yield f"{where} is {_kind(ours)} here, {_kind(theirs)} there"


def _alike(ours: Shape, theirs: Shape) -> bool:
    if "null" in (ours, theirs) or ours == theirs:
        return True
    return isinstance(ours, str) and isinstance(theirs, str) and frozenset({ours, theirs}) in LOOSE


def _kind(shape: Shape) -> str:
    return shape if isinstance(shape, str) else type(shape).__name__
