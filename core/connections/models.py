"""Tables of connections, as the query layer sees them; `core/connections/migrations` makes them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from core.kernel.database.rows import InstitutionRow


class ConnectionRow(InstitutionRow):
    """A connection of an institution to a platform; its row stays when it is removed."""

    connector: str = fields.TextField()
    title: str = fields.TextField()
    configuration: dict[str, Any] = fields.JSONField()
    """Without secrets."""
    config_version: int = fields.IntField()
    secret_fields: list[str] = ArrayField("text", default=list)
    """Paths at which the configuration has secrets, set or not; parts joined by `/`."""
    state: str = fields.TextField(default="draft")
    """`draft`, `ready`, `needs_sign_in` or `removed`; what is shown besides: `core.connections.states`."""
    state_reason: str = fields.TextField(default="")
    paused: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    unique_id: str | None = fields.TextField(null=True)
    identity: dict[str, Any] | None = fields.JSONField(null=True)
    checked_at: datetime | None = fields.DatetimeField(null=True)
    check_result: dict[str, Any] | None = fields.JSONField(null=True)
    rate: float | None = fields.FloatField(null=True)
    proposed_file_hosts: list[str] = ArrayField("text", default=list)
    file_hosts: list[str] = ArrayField("text", default=list)
    private_hosts: list[str] = ArrayField("text", default=list)
    streams: list[str] | None = ArrayField("text", null=True)
    """Names of those that are read; None: every one that is not optional."""
    document_kind: str = fields.TextField(default="")
    schedule: str = fields.TextField(default="")
    next_run_at: datetime | None = fields.DatetimeField(null=True)
    failing_since: datetime | None = fields.DatetimeField(null=True)
    """Since when every run was hindered by a passing problem."""
    fingerprint: str = fields.TextField()
    """Changes when what the streams return may change: other bookmarks no longer hold."""
    revision: int = fields.IntField(default=1)
    created_by: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()
    removed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "connections"


class SecretRow(InstitutionRow):
    """One secret of a configuration, encrypted."""

    connection_id: UUID = fields.UUIDField()
    path: str = fields.TextField()
    key_id: str = fields.TextField()
    envelope: bytes = fields.BinaryField()

    class Meta:
        """Tortoise settings."""

        table = "connection_secrets"


class TokenRow(InstitutionRow):
    """What a sign-in gave, encrypted, and who is renewing it."""

    connection_id: UUID = fields.UUIDField()
    key_id: str | None = fields.TextField(null=True)
    envelope: bytes | None = fields.BinaryField(null=True)
    version: int = fields.IntField(default=0)
    saved_at: datetime | None = fields.DatetimeField(null=True)
    lease: UUID | None = fields.UUIDField(null=True)
    leased_until: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "connection_tokens"


class SignInRow(InstitutionRow):
    """A sign-in that was begun in a browser."""

    connection_id: UUID = fields.UUIDField()
    account_id: UUID = fields.UUIDField()
    state_digest: bytes = fields.BinaryField()
    """SHA-256, 32 bytes."""
    redirect_uri: str = fields.TextField()
    fingerprint: str = fields.TextField()
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "connection_sign_ins"


class FileRow(InstitutionRow):
    """A file that a clerk gave to a connection to read."""

    connection_id: UUID = fields.UUIDField()
    name: str = fields.TextField()
    size: int = fields.BigIntField()
    sha256: str = fields.TextField()
    object_key: str = fields.TextField()
    version_id: str | None = fields.TextField(null=True)
    """None: the bytes did not come to lie in the storage."""
    given_by: UUID | None = fields.UUIDField(null=True)
    given_at: datetime = fields.DatetimeField()
    removed_at: datetime | None = fields.DatetimeField(null=True)
    emptied_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "connection_files"


class MappingRow(InstitutionRow):
    """What a word or an object of the platform stands for in the institution."""

    connection_id: UUID = fields.UUIDField()
    kind: str = fields.TextField()
    source: str = fields.TextField()
    source_title: str = fields.TextField(default="")
    target_id: UUID | None = fields.UUIDField(null=True)
    target_word: str | None = fields.TextField(null=True)
    ignored: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    decided_by: UUID | None = fields.UUIDField(null=True)
    decided_at: datetime | None = fields.DatetimeField(null=True)
    first_seen_at: datetime = fields.DatetimeField()
    revision: int = fields.IntField(default=1)

    class Meta:
        """Tortoise settings."""

        table = "connection_mappings"
