"""Pages by key: each page begins after the last row of the one before, however the table has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

Row = TypeVar("Row", bound=Model)
Position = tuple[Any, ...]
"""Values of the order's fields in the last row of a page."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """Rows in an order that can be entered anywhere.

    `order` names fields that are never NULL (`-` for descending) and ends with a unique one; an index with the same
    columns makes each page equally quick.
    """

    rows: QuerySet[Row]
    order: tuple[str, ...]

    def position_types(self) -> tuple[type, ...]:
        """Return the Python type of each field of the order."""
        fields = self.rows.model._meta.fields_map  # noqa: SLF001 - tortoise has no public door to its fields
        return tuple(fields[name.removeprefix("-")].field_type for name in self.order)

    async def after(self, position: Position | None, limit: int) -> tuple[list[Row], Position | None]:
        """Return at most `limit` rows that follow `position`, and the position after them; None when none follows."""
        chosen = self.rows if position is None else self.rows.filter(_after(self.order, position))
        found = await chosen.order_by(*self.order).limit(limit + 1)
        if len(found) <= limit:
            return found, None
        last = found[limit - 1]
        return found[:limit], tuple(getattr(last, name.removeprefix("-")) for name in self.order)


def _after(order: Sequence[str], position: Position) -> Q:
    name, value = order[0].removeprefix("-"), position[0]
    beyond = "lt" if order[0].startswith("-") else "gt"
    further = Q(**{f"{name}__{beyond}": value})
    if len(order) == 1:
        return further
    # The outer bound lets PostgreSQL walk the index of the first column.
    return Q(**{f"{name}__{beyond}e": value}) & (further | _after(order[1:], position[1:]))
