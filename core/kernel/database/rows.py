"""Base of every table that belongs to an institution: the query layer's half of the isolation.

PostgreSQL's row-level security is the other half (`core/kernel/database/migrations`). Either alone would do;
both together survive a mistake in one of them.
"""

import json
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Final
from uuid import UUID

from tortoise import fields
from tortoise.expressions import RawSQL
from tortoise.manager import Manager
from tortoise.models import Model, ModelMeta
from tortoise.queryset import QuerySet

from core.kernel.ids import new_id
from core.kernel.scope import current_institution, current_scope


class Own(StrEnum):
    """What a narrowed unit of work (`Scope.own_groups_on`) sees: SQL functions that return identifiers."""

    GROUPS = "own_groups"
    LEARNERS = "own_learners"


class InstitutionManager(Manager):
    """Hands out query sets that see the current institution only."""

    def get_queryset(self) -> QuerySet[Any]:
        """Return a query set filtered by what the running unit of work sees."""
        seen = QuerySet(self._model).filter(institution_id=current_institution())
        return seen if current_scope().own_groups_on is None else self._narrowed(seen)

    def _narrowed(self, seen: QuerySet[Any]) -> QuerySet[Any]:
        own: Mapping[str, Own] | None = self._model.own_by
        if own is None:
            return seen.filter(id__in=[])
        return seen.filter(**{f"{column}__in": RawSQL(f"(SELECT unnest({which}()))") for column, which in own.items()})


class _Table(ModelMeta):
    """Makes a table without reading its source again for comments on fields: that was a seventh of all imports."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> "_Table":  # noqa: PYI034 - `Self` is not for metaclasses
        return super().__new__(cls, name, bases, attrs | {"_no_comments": True})  # type: ignore[return-value]


class InstitutionRow(Model, metaclass=_Table):
    """A row that belongs to one institution; reached inside a unit of work only."""

    own_by: ClassVar[Mapping[str, Own] | None] = None
    """Which columns must name what is one's own for a narrowed unit of work to find the row; none: it finds any row,
    `None`: it finds nothing. PostgreSQL says the same again (`open_to_own_groups`)."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    institution_id: UUID = fields.UUIDField(default=current_institution)

    class Meta:
        """Tortoise settings."""

        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - handed on as it comes
        """Give every table of an institution the filtering manager."""
        super().__init_subclass__(**kwargs)
        cls._meta.manager = InstitutionManager()


def row_json(row: Model) -> str:
    """Return a row that is to be inserted as JSON, every column by its name, for `jsonb_populate_record`."""
    columns = row._meta.db_fields  # noqa: SLF001 - Tortoise has no public list of columns
    return _to_json({name: getattr(row, name) for name in columns})


def _plain(value: object) -> str:
    """Return a value of a column that JSON has no kind of its own for."""
    match value:
        case UUID():
            return str(value)
        case date():
            return value.isoformat()
        case bytes():
            return f"\\x{value.hex()}"
        case _:
            message = f"no column holds a {type(value).__name__}"
            raise TypeError(message)


_to_json: Final = json.JSONEncoder(ensure_ascii=False, default=_plain).encode
