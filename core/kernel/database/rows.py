"""Base of every table that belongs to an institution: the query layer's half of the isolation.

PostgreSQL's row-level security is the other half (`core/kernel/database/migrations`). Either alone would do;
both together survive a mistake in one of them.
"""

import json
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.manager import Manager
from tortoise.models import Model
from tortoise.queryset import QuerySet

from core.kernel.ids import new_id
from core.kernel.scope import current_institution


class InstitutionManager(Manager):
    """Hands out query sets that see the current institution only."""

    def get_queryset(self) -> QuerySet[Any]:
        """Return a query set filtered by the institution of the running unit of work."""
        return QuerySet(self._model).filter(institution_id=current_institution())


class InstitutionRow(Model):
    """A row that belongs to one institution; reached inside a unit of work only."""

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
    return json.dumps({name: _plain(getattr(row, name)) for name in columns}, ensure_ascii=False)


def _plain(value: object) -> object:
    match value:
        case UUID() | Enum():
            return str(value.value if isinstance(value, Enum) else value)
        case date():
            return value.isoformat()
        case bytes():
            return f"\\x{value.hex()}"
        case _:
            return value
