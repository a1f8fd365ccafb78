"""Tables of the execution of acts, as the query layer sees them; `migrations/0002_execution.sql` guards them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from core.kernel.database.rows import InstitutionRow


class Attempt(InstitutionRow):
    """What every attempt to destroy says of itself: announced by one executor, confirmed by another one."""

    number: int = fields.IntField()
    announced_by: UUID = fields.UUIDField()
    announced_at: datetime = fields.DatetimeField()
    confirmed_by: UUID | None = fields.UUIDField(null=True)
    confirmed_at: datetime | None = fields.DatetimeField(null=True)
    means_name: str = fields.TextField(default="")
    """The means of destruction, as its provider named itself."""
    means_version: str = fields.TextField(default="")
    means_certificate: str = fields.TextField(default="")
    """Number of the certificate; empty: none is claimed."""
    outcome: str | None = fields.TextField(null=True)
    """`executed` or `partial`."""
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        abstract = True


class GoingObject(InstitutionRow):
    """One version of one object that goes with a line, and the proof that it is gone."""

    line_id: UUID = fields.UUIDField()
    key: str = fields.TextField()
    version_id: str = fields.TextField()
    document_id: UUID = fields.UUIDField()
    role: str = fields.TextField()
    """`original` or `rendition`."""
    sha256: bytes | None = fields.BinaryField(null=True)
    size: int = fields.BigIntField()
    delete_marker: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    listed_at: datetime = fields.DatetimeField()
    attempt_id: UUID | None = fields.UUIDField(null=True)
    absent_at: datetime | None = fields.DatetimeField(null=True)
    """When storage had answered that it is absent."""

    class Meta:
        """Tortoise settings."""

        abstract = True


class ActAttempt(Attempt):
    """An attempt to execute an act."""

    act_id: UUID = fields.UUIDField()
    round: int = fields.IntField()

    class Meta:
        """Tortoise settings."""

        table = "act_attempts"


class DisposalObject(GoingObject):
    """An object of a line of an act."""

    class Meta:
        """Tortoise settings."""

        table = "disposal_objects"


class ActVacuum(InstitutionRow):
    """That the space of deleted bytes was given back; never changed."""

    act_id: UUID = fields.UUIDField()
    attempt_id: UUID = fields.UUIDField()
    outcome: str = fields.TextField()
    """`done`, `not_applicable` or `failed`."""
    detail: str = fields.TextField(default="")
    began_at: datetime = fields.DatetimeField()
    ended_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "act_vacuums"


class PaperDestruction(InstitutionRow):
    """What people did with the paper of a case; never changed."""

    line_id: UUID = fields.UUIDField()
    destroyed_on: date = fields.DateField()
    way: str = fields.TextField()
    """`shredded`, `burnt` or `handed_over`."""
    weight_grams: int | None = fields.IntField(null=True)
    evidence: str = fields.TextField()
    recorded_by: UUID = fields.UUIDField()
    recorded_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "paper_destructions"


class ActCertificate(InstitutionRow):
    """The papers a certified act rests on, and who signed them; never changed."""

    act_id: UUID = fields.UUIDField()
    papers: list[dict[str, Any]] = fields.JSONField()
    signed_by: list[UUID] = ArrayField("uuid", default=list)
    certified_by: UUID = fields.UUIDField()
    certified_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "act_certificates"
