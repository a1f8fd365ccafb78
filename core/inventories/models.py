"""Tables of inventories, as the query layer sees them; `migrations/` makes them and guards them."""

from datetime import date, datetime
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class Inventory(InstitutionRow):
    """An inventory («опись») of one category for a span of years, or the statement that there is none."""

    category: str = fields.TextField()
    """`permanent`, `personnel` or `long_term` (over ten years)."""
    first_year: int = fields.IntField()
    last_year: int = fields.IntField()
    empty: bool = fields.BooleanField()  # type: ignore[assignment]
    """Whether it says that there are no such cases."""
    note: str = fields.TextField(default="")
    state: str = fields.TextField(default="draft")
    """`draft`, `approved` or `abandoned`."""
    number: str = fields.TextField(default="")
    minutes_date: date | None = fields.DateField(null=True)
    minutes_number: str = fields.TextField(default="")
    approved_on: date | None = fields.DateField(null=True)
    approved_by: UUID | None = fields.UUIDField(null=True)
    approved_at: datetime | None = fields.DatetimeField(null=True)
    archive_date: date | None = fields.DateField(null=True)
    archive_number: str = fields.TextField(default="")
    archive_recorded_by: UUID | None = fields.UUIDField(null=True)
    reason: str = fields.TextField(default="")
    author_id: UUID = fields.UUIDField()
    single_person: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Whether it was approved by its author under the declared single-person mode."""
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "inventories"


class InventoryLine(InstitutionRow):
    """One case in an inventory, as it was when it was entered."""

    inventory_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    case_id: UUID = fields.UUIDField()
    class_index: str = fields.TextField()
    title: str = fields.TextField()
    first_year: int = fields.IntField()
    last_year: int = fields.IntField()
    volumes: int = fields.IntField()
    term: str = fields.TextField()
    article: str = fields.TextField()

    class Meta:
        """Tortoise settings."""

        table = "inventory_lines"


class DisposalPolicy(InstitutionRow):
    """How the institution disposes: days an approved act waits, and the declared single-person mode."""

    waiting_days: int = fields.IntField()
    single_person: bool = fields.BooleanField()  # type: ignore[assignment]
    declared_on: date = fields.DateField()
    ground: str = fields.TextField()
    decided_by: UUID = fields.UUIDField()
    decided_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "disposal_policies"
