"""Table of the destruction ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class LedgerRow(InstitutionRow):
    """What must not come back from an older backup, or a hold that it must not forget; triggers write it."""

    entered_at: datetime = fields.DatetimeField()
    kind: str = fields.TextField()
    object_id: UUID = fields.UUIDField()
    body: dict[str, Any] = fields.JSONField()

    class Meta:
        """Name of the table."""

        table = "destruction_ledger"
