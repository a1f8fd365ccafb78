"""Tables of decisions about copies, as the query layer sees them; `migrations/` makes them and guards them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields

from core.disposal.execution.models import Attempt, GoingObject
from core.kernel.database.rows import InstitutionRow


class CopyState(StrEnum):
    """Where a decision about copies stands."""

    PROPOSED = "proposed"
    KEPT = "kept"
    """The head has decided that the copies stay; another decision may follow."""
    APPROVED = "approved"
    """The head has decided that the copies go; two executors may start."""
    EXECUTING = "executing"
    EXECUTED = "executed"
    """Every line has come to its end."""
    PARTIAL = "partial"
    """Something could not be destroyed; two executors start it again."""
    CANCELLED = "cancelled"


class CopyLineState(StrEnum):
    """Where the copies of one case stand."""

    LISTED = "listed"
    HELD = "held"
    """A hold keeps them here; a later decision may take them."""
    SKIPPED = "skipped"
    """They are not what the archive accepted, or somebody objects."""
    DESTROYING = "destroying"
    FAILED = "failed"
    DESTROYED = "destroyed"


class CopyDecision(InstitutionRow):
    """What the institution decides about the files that stayed here after a transfer."""

    transfer_id: UUID = fields.UUIDField()
    outcome: str = fields.TextField()
    """`keep` or `destroy`."""
    state: CopyState = fields.CharEnumField(CopyState, default=CopyState.PROPOSED)  # type: ignore[assignment]
    basis: str = fields.TextField()
    evidence: str = fields.TextField(default="")
    """What shows that the archive has everything and can read it; needed to destroy."""
    author_id: UUID = fields.UUIDField()
    single_person: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    single_person_since: date | None = fields.DateField(null=True)
    single_person_ground: str = fields.TextField(default="")
    number: str = fields.TextField(default="")
    approved_on: date | None = fields.DateField(null=True)
    approved_by: UUID | None = fields.UUIDField(null=True)
    reason: str = fields.TextField(default="")
    space: str | None = fields.TextField(null=True)
    """How giving space back ended: `done`, `not_applicable` or `failed`."""
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "copy_decisions"


class CopyLine(InstitutionRow):
    """The copies of one case; what they are is written in the line of its transfer."""

    decision_id: UUID = fields.UUIDField()
    transfer_line_id: UUID = fields.UUIDField()
    case_id: UUID = fields.UUIDField()
    state: CopyLineState = fields.CharEnumField(CopyLineState, default=CopyLineState.LISTED)  # type: ignore[assignment]
    reason: str = fields.TextField(default="")
    listed_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "copy_lines"


class CopyAttempt(Attempt):
    """An attempt to destroy copies."""

    decision_id: UUID = fields.UUIDField()

    class Meta:
        """Tortoise settings."""

        table = "copy_attempts"


class CopyObject(GoingObject):
    """An object of a line of a decision."""

    class Meta:
        """Tortoise settings."""

        table = "copy_objects"
