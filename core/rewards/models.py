"""Tables of rewards, as the query layer sees them."""

from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class RewardKind(InstitutionRow):
    """A kind of rewards by the institution's own rules."""

    own_by = MappingProxyType({})

    name: str = fields.TextField()
    sort_key: str = fields.TextField()
    note: str = fields.TextField(default="")
    retired: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "reward_kinds"


class Reward(InstitutionRow):
    """A reward of a learner («поощрение»)."""

    person_id: UUID = fields.UUIDField()
    kind_id: UUID | None = fields.UUIDField(null=True)
    title: str = fields.TextField()
    issuer: str = fields.TextField(default="")
    number: str = fields.TextField(default="")
    awarded_on: date | None = fields.DateField(null=True)
    expires_on: date | None = fields.DateField(null=True)
    ground: str = fields.TextField(default="")
    order_case_id: UUID | None = fields.UUIDField(null=True)
    document_id: UUID | None = fields.UUIDField(null=True)
    said_kind: str = fields.TextField(default="")
    state: str = fields.TextField(default="entered")
    """`entered` or `struck_out`."""
    struck_out_by: UUID | None = fields.UUIDField(null=True)
    struck_out_at: datetime | None = fields.DatetimeField(null=True)
    strike_reason: str = fields.TextField(default="")
    gone_at: datetime | None = fields.DatetimeField(null=True)
    day: date = fields.DateField()
    """Of the award, for the order of lists; made by the database."""
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()
    changed_at: datetime = fields.DatetimeField()
    changed_by: UUID | None = fields.UUIDField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "rewards"
