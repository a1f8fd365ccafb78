"""Tables of re-dating, as the query layer sees them; `migrations/` makes them and guards them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class Kind(StrEnum):
    """What a changed rule does to a case."""

    UNCHANGED = "unchanged"
    """Another rule, the same term."""
    LATER = "later"
    BLOCKED = "blocked"
    """Kept more firmly: needs review, waits for something, kept without end, has a further condition."""
    EARLIER = "earlier"
    UNBLOCKED = "unblocked"
    """Something that kept the case is missing under the new rule, whatever its date."""
    APPRAISAL_NEEDED = "appraisal_needed"
    """Kept permanently until now, and for less under the new rule: only the commission decides that."""
    WITHOUT_SUCCESSOR = "without_successor"
    """The class of the case does not stand in the new nomenclature."""
    IN_INVENTORY = "in_inventory"
    ON_ACT = "on_act"
    NOT_PREVIEWED = "not_previewed"
    """Would be affected, and was not there when the preview was computed."""


class Part(StrEnum):
    """What a person accepts by one signature."""

    LATER = "later"
    """What keeps cases as long as before or longer."""
    EARLIER = "earlier"
    """What frees cases earlier, or lets a condition fall."""


KINDS: Final = {
    Part.LATER: (Kind.UNCHANGED, Kind.LATER, Kind.BLOCKED),
    Part.EARLIER: (Kind.EARLIER, Kind.UNBLOCKED),
}
"""Kinds of lines that each part applies."""
UNAFFECTED: Final = "unaffected"
"""Kind of groups that make no lines."""


class RedatingPreview(InstitutionRow):
    """What every closed case would become under changed rules."""

    match: str = fields.TextField()
    """`identity`, `index` or `own`: how a case finds its rule."""
    version_id: UUID | None = fields.UUIDField(null=True)
    version_approved: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Whether it was approved, and so fixed, when the preview was asked for."""
    lineage_id: UUID | None = fields.UUIDField(null=True)
    first_year: int | None = fields.IntField(null=True)
    last_year: int | None = fields.IntField(null=True)
    computed_on: date = fields.DateField()
    policy_id: UUID | None = fields.UUIDField(null=True)
    state: str = fields.TextField(default="computing")
    """`computing`, `ready`, `cancelled` or `failed`."""
    job_id: UUID = fields.UUIDField()
    last_case_id: UUID = fields.UUIDField(default=UUID(int=0))
    examined: int = fields.IntField(default=0)
    counts: dict[str, Any] = fields.JSONField(default=dict)
    digest: bytes = fields.BinaryField()
    requested_by: UUID = fields.UUIDField()
    requested_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "redating_previews"


class RedatingAcceptance(InstitutionRow):
    """What a person accepted of a preview."""

    preview_id: UUID = fields.UUIDField()
    part: str = fields.TextField()
    reason: str = fields.TextField()
    digest: bytes = fields.BinaryField()
    state: str = fields.TextField(default="applying")
    """`applying`, `applied` or `cancelled`."""
    job_id: UUID = fields.UUIDField()
    applied: int = fields.IntField(default=0)
    stale: int = fields.IntField(default=0)
    accepted_by: UUID = fields.UUIDField()
    accepted_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "redating_acceptances"
