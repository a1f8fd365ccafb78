"""Tables of access, as the query layer sees them; `core/access/migrations` makes them."""

from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from core.kernel.database.rows import InstitutionRow
from core.kernel.ids import new_id


class Account(Model):
    """A person or a program; belongs to no institution, serves some through `Membership`."""

    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    login: str = fields.TextField()
    """As typed at creation; unique without regard to case."""
    display_name: str = fields.TextField()
    kind: str = fields.TextField()
    """`person` or `service`."""
    password_hash: str | None = fields.TextField(null=True)
    """Argon2id with its parameters; None: cannot sign in with a password."""
    must_change_password: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    password_changed_at: datetime | None = fields.DatetimeField(null=True)
    password_expires_at: datetime | None = fields.DatetimeField(null=True)
    """When a one-time password ends; None for a password of one's own."""
    is_operator: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """May create institutions and appoint who administers them; sees nothing else by it."""
    is_first: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Made by the first start; at most one account is."""
    deactivated_at: datetime | None = fields.DatetimeField(null=True)
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "accounts"


class Membership(InstitutionRow):
    """That an account serves an institution, and in which roles."""

    own_by = MappingProxyType({})

    account_id: UUID = fields.UUIDField()
    roles: list[str] = ArrayField("text")
    rights: list[str] = ArrayField("text", default=list)
    """Permissions that were given to this member besides those of the roles."""
    note: str = fields.TextField(default="")
    deactivated_at: datetime | None = fields.DatetimeField(null=True)
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "memberships"


class SessionRow(InstitutionRow):
    """A browser that signed in, for one institution."""

    own_by = MappingProxyType({})

    account_id: UUID = fields.UUIDField()
    token_digest: bytes = fields.BinaryField()
    """SHA-256, 32 bytes; the token itself is nowhere but with its holder."""
    source: str = fields.TextField()
    created_at: datetime = fields.DatetimeField()
    last_seen_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "sessions"


class ApiToken(InstitutionRow):
    """What a program shows instead of a password, for one institution and for the scopes it was given."""

    own_by = MappingProxyType({})

    account_id: UUID = fields.UUIDField()
    name: str = fields.TextField()
    token_digest: bytes = fields.BinaryField()
    scopes: list[str] = ArrayField("text")
    created_by: UUID | None = fields.UUIDField(null=True)
    """Account; None: whoever runs the installation, from the command line."""
    created_at: datetime = fields.DatetimeField()
    last_used_at: datetime | None = fields.DatetimeField(null=True)
    expires_at: datetime = fields.DatetimeField()
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "api_tokens"
