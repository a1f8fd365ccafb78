"""Marks are text; what number one stands for is said by its scale only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol


class Scale(Protocol):
    """What a scale says of its marks."""

    @property
    def numeric_marks(self) -> bool:
        """Whether numbers are marks."""
        ...

    @property
    def lowest(self) -> Decimal | None:
        """The first number that is a mark."""
        ...

    @property
    def highest(self) -> Decimal | None:
        """The last number that is a mark."""
        ...

    @property
    def known_values(self) -> Sequence[Mapping[str, Any]]:
        """Marks by name, from the lowest: `{"value": "зачёт", "number": null}`."""
        ...


@dataclass(frozen=True, slots=True)
class ReadMark:
    """A mark, read by its scale."""

    known: bool
    """Whether the scale has such a mark."""
    number: Decimal | None


UNREAD = ReadMark(known=False, number=None)


def read_mark(scale: Scale | None, value: str) -> ReadMark:
    """Return what `scale` says of the mark `value`: one of its known values, or a number between its bounds.

    A number is written with digits, one comma or point, and a minus; it is nothing else on a scale without numbers.
    """
    if scale is None:
        return UNREAD
    for each in scale.known_values:
        if each["value"] == value:
            number = each.get("number")
            return ReadMark(known=True, number=None if number is None else Decimal(str(number)))
    number = _number(value) if scale.numeric_marks else None
    if number is None or not _between(scale, number):
        return UNREAD
    return ReadMark(known=True, number=number)


def _number(value: str) -> Decimal | None:
    # Decimal reads digits of any script, exponents and NaN; a mark has none of these.
    if not value.isascii() or not value.removeprefix("-").replace(",", ".", 1).replace(".", "", 1).isdigit():
        return None
    try:
        return Decimal(value.replace(",", "."))
    except InvalidOperation:
        return None


def _between(scale: Scale, number: Decimal) -> bool:
    above = scale.lowest is None or number >= scale.lowest
    return above and (scale.highest is None or number <= scale.highest)
