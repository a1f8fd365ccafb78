"""Tables of imports, as the query layer sees them; `core/imports/migrations` makes them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from core.kernel.database.rows import InstitutionRow


class Mode(StrEnum):
    """What a run is for."""

    SYNC = "sync"
    """What is due."""
    BACKFILL = "backfill"
    """Every part that reaches beyond `since`, also those that are over."""
    DRY_RUN = "dry_run"
    """Nothing is written but what would be."""
    RETRY = "retry"
    """Dead letters: what was kept of their records, else the parts they stand in are read again."""


class RunState(StrEnum):
    """Where a run is."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN: Final = (RunState.QUEUED.value, RunState.RUNNING.value)


class ImportRun(InstitutionRow):
    """One run of one connection."""

    connection_id: UUID = fields.UUIDField()
    mode: str = fields.TextField()
    state: str = fields.TextField(default="queued")
    since: date | None = fields.DateField(null=True)
    streams: list[str] | None = ArrayField("text", null=True)
    letters: list[UUID] | None = ArrayField("uuid", null=True)
    job_id: UUID = fields.UUIDField()
    requested_by: UUID | None = fields.UUIDField(null=True)
    requested_at: datetime = fields.DatetimeField()
    started_at: datetime | None = fields.DatetimeField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)
    heartbeat_at: datetime | None = fields.DatetimeField(null=True)
    cancel_requested_at: datetime | None = fields.DatetimeField(null=True)
    attempts: int = fields.IntField(default=0)
    reason: str = fields.TextField(default="")
    """Class of the problem that ended or hindered it; empty if none did."""
    message: str = fields.TextField(default="")
    retry_at: datetime | None = fields.DatetimeField(null=True)
    counts: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        """Tortoise settings."""

        table = "import_runs"


class RunStream(InstitutionRow):
    """How one stream is in one run."""

    run_id: UUID = fields.UUIDField()
    stream: str = fields.TextField()
    title: str = fields.TextField(default="")
    kind: str = fields.TextField()
    ordinal: int = fields.IntField()
    state: str = fields.TextField(default="waiting")
    reason: str = fields.TextField(default="")
    message: str = fields.TextField(default="")
    retry_at: datetime | None = fields.DatetimeField(null=True)
    partitions: int | None = fields.IntField(null=True)
    counts: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        """Tortoise settings."""

        table = "import_run_streams"


class Bookmark(InstitutionRow):
    """How far one part of one stream was read."""

    connection_id: UUID = fields.UUIDField()
    stream: str = fields.TextField()
    partition: str = fields.TextField()
    title: str = fields.TextField(default="")
    cursor: str | None = fields.TextField(null=True)
    fingerprint: str = fields.TextField(default="")
    completed_on: date | None = fields.DateField(null=True)
    reset_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "import_bookmarks"


class DeadLetter(InstitutionRow):
    """A record that could not be taken."""

    connection_id: UUID = fields.UUIDField()
    run_id: UUID = fields.UUIDField()
    stream: str = fields.TextField()
    partition: str = fields.TextField()
    kind: str = fields.TextField()
    external_id: str = fields.TextField()
    letter_class: str = fields.TextField(source_field="class")
    reason: str = fields.TextField()
    missing: dict[str, str] | None = fields.JSONField(null=True)
    mapped: dict[str, Any] | None = fields.JSONField(null=True)
    source: dict[str, Any] = fields.JSONField(source_field="raw", default=dict)
    attempts: int = fields.IntField(default=1)
    first_at: datetime = fields.DatetimeField()
    last_at: datetime = fields.DatetimeField()
    state: str = fields.TextField(default="open")
    note: str = fields.TextField(default="")
    ended_by: UUID | None = fields.UUIDField(null=True)
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "import_letters"


class PersonProposal(InstitutionRow):
    """A record of a person who may be in the registry already."""

    connection_id: UUID = fields.UUIDField()
    run_id: UUID = fields.UUIDField()
    stream: str = fields.TextField()
    partition: str = fields.TextField()
    kind: str = fields.TextField()
    external_id: str = fields.TextField()
    candidates: list[dict[str, Any]] = fields.JSONField()
    mapped: dict[str, Any] = fields.JSONField()
    state: str = fields.TextField(default="open")
    entity_id: UUID | None = fields.UUIDField(null=True)
    revision: int = fields.IntField(default=1)
    raised_at: datetime = fields.DatetimeField()
    decided_by: UUID | None = fields.UUIDField(null=True)
    decided_at: datetime | None = fields.DatetimeField(null=True)
    undone_by: UUID | None = fields.UUIDField(null=True)
    undone_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "import_proposals"


class Difference(InstitutionRow):
    """What a dry run says of one record that is not what the registry holds."""

    run_id: UUID = fields.UUIDField()
    stream: str = fields.TextField()
    kind: str = fields.TextField()
    external_id: str = fields.TextField()
    outcome: str = fields.TextField()
    entity_id: UUID | None = fields.UUIDField(null=True)
    """Of a new one: that which the dry run would have made, so that others of the run are told by its name."""
    values: dict[str, Any] = fields.JSONField(source_field="fields")

    class Meta:
        """Tortoise settings."""

        table = "import_differences"


class ImportFile(InstitutionRow):
    """A file as its source has it, and what became of its bytes."""

    said: dict[str, Any] = fields.JSONField()
    person_id: UUID | None = fields.UUIDField(null=True)
    group_id: UUID | None = fields.UUIDField(null=True)
    address: str = fields.TextField(default="")
    file_id: str = fields.TextField(default="")
    size: int | None = fields.BigIntField(null=True)
    modified_at: datetime | None = fields.DatetimeField(null=True)
    state: str = fields.TextField(default="pending")
    reason: str = fields.TextField(default="")
    attempts: int = fields.IntField(default=0)
    edition: int = fields.IntField(default=1)
    document_id: UUID | None = fields.UUIDField(null=True)
    object_key: str | None = fields.TextField(null=True)
    storage_version_id: str | None = fields.TextField(null=True)
    sha256: bytes | None = fields.BinaryField(null=True)
    received_size: int | None = fields.BigIntField(null=True)
    media_type: str | None = fields.TextField(null=True)
    gone_at: datetime | None = fields.DatetimeField(null=True)
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)
    decided_by: UUID | None = fields.UUIDField(null=True)
    settled: bool = fields.BooleanField(default=False)  # type: ignore[assignment]

    class Meta:
        """Tortoise settings."""

        table = "import_files"
