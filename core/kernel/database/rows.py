"""Base of every table that belongs to an institution: the query layer's half of the isolation.

PostgreSQL's row-level security is the other half (`core/kernel/database/migrations`). Either alone would do;
both together survive a mistake in one of them.
"""

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
