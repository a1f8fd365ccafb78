"""Tables of period exports, as the query layer sees them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class ExportState(StrEnum):
    """How far a snapshot is, or how it has ended."""

    MAKING = "making"
    FILED = "filed"
    """Kept, and part of a case."""
    UNCHANGED = "unchanged"
    """It says the same as an earlier one; nothing was filed."""
    INCOMPLETE = "incomplete"
    """Not everything had been read, and nobody insisted."""
    FAILED = "failed"
    CANCELLED = "cancelled"


class PeriodExport(InstitutionRow):
    """A snapshot of what one connection said of one study period («выгрузка за учебный период»)."""

    connection_id: UUID = fields.UUIDField()
    period_id: UUID = fields.UUIDField()
    state: ExportState = fields.CharEnumField(ExportState, default=ExportState.MAKING)  # type: ignore[assignment]
    version: int | None = fields.IntField(null=True)
    """Of a filed one: 1 for the first of its connection and period."""
    insisted: str = fields.TextField(default="")
    """Why it is made although not everything was read; empty: nobody insists."""
    job_id: UUID = fields.UUIDField()
    requested_by: UUID = fields.UUIDField()
    requested_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)
    message: str = fields.TextField(default="")
    digest: bytes | None = fields.BinaryField(null=True)
    """SHA-256 of what it says (`core.period_exports.package`)."""
    complete: bool | None = fields.BooleanField(null=True)  # type: ignore[assignment]
    shortcomings: list[dict[str, Any]] = fields.JSONField(default=list)
    counts: dict[str, Any] = fields.JSONField(default=dict)
    package_id: UUID | None = fields.UUIDField(null=True)
    """Document of the registry."""
    package_sha256: bytes | None = fields.BinaryField(null=True)
    package_size: int | None = fields.BigIntField(null=True)
    case_id: UUID | None = fields.UUIDField(null=True)
    earlier_id: UUID | None = fields.UUIDField(null=True)
    """The filed one before it, or the one that says the same."""
    differences: dict[str, int] | None = fields.JSONField(null=True)
    """Rows that differ from the earlier one, by kind; None: not compared."""
    paper_ids: list[str] = fields.JSONField(default=list)
    """The parts of the issued print-out, in order; empty: not issued yet."""

    class Meta:
        """Tortoise settings."""

        table = "period_exports"


class PeriodDifference(InstitutionRow):
    """One row that a snapshot has otherwise than the one before it."""

    export_id: UUID = fields.UUIDField()
    ordinal: int = fields.IntField()
    table_name: str = fields.TextField()
    kind: str = fields.TextField()
    """`added`, `removed` or `changed`."""
    stream: str = fields.TextField()
    record: str = fields.TextField()
    before: dict[str, str] = fields.JSONField()
    after: dict[str, str] = fields.JSONField()

    class Meta:
        """Tortoise settings."""

        table = "period_export_differences"


class PeriodExportSettings(InstitutionRow):
    """What the institution has said of its snapshots."""

    lineage_id: UUID | None = fields.UUIDField(null=True)
    """The class under which they are filed, the same in every year."""
    due_days: int = fields.IntField(default=10)
    revision: int = fields.IntField(default=1)
    changed_at: datetime = fields.DatetimeField()
    changed_by: UUID = fields.UUIDField()

    class Meta:
        """Tortoise settings."""

        table = "period_export_settings"
