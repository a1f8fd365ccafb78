"""Tables of consents, duties, blockings and calendars, as the query layer sees them."""

from datetime import date, datetime
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class Consent(InstitutionRow):
    """A consent to the processing of personal data («согласие», 152-ФЗ ст. 9); never changed."""

    person_id: UUID = fields.UUIDField()
    given_by: str = fields.TextField()
    """`subject` or `representative`."""
    representative: str = fields.TextField(default="")
    purpose: str = fields.TextField()
    categories: list[str] = fields.JSONField()
    given_on: date = fields.DateField()
    expires_on: date | None = fields.DateField(null=True)
    evidence: str = fields.TextField()
    document_id: UUID | None = fields.UUIDField(null=True)
    recorded_by: UUID = fields.UUIDField()
    recorded_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "consents"


class ConsentWithdrawal(InstitutionRow):
    """That a consent was withdrawn («отзыв согласия»); never changed."""

    consent_id: UUID = fields.UUIDField()
    withdrawn_on: date = fields.DateField()
    reason: str = fields.TextField()
    evidence: str = fields.TextField()
    recorded_by: UUID = fields.UUIDField()
    recorded_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "consent_withdrawals"


class PersonalDataEvent(InstitutionRow):
    """A purpose that is reached, a demand or a finding: what sets a deadline running; never changed."""

    person_id: UUID = fields.UUIDField()
    event: str = fields.TextField()
    purpose: str = fields.TextField(default="")
    """Of a purpose that is reached; empty: every purpose."""
    happened_on: date = fields.DateField()
    reason: str = fields.TextField()
    evidence: str = fields.TextField()
    recorded_by: UUID = fields.UUIDField()
    recorded_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "personal_data_events"


class Duty(InstitutionRow):
    """What has to be done about a person's data, and by which day."""

    person_id: UUID = fields.UUIDField()
    withdrawal_id: UUID | None = fields.UUIDField(null=True)
    event_id: UUID | None = fields.UUIDField(null=True)
    event: str = fields.TextField()
    duty: str = fields.TextField()
    article: str = fields.TextField()
    happened_on: date = fields.DateField()
    due_on: date = fields.DateField()
    extended_due_on: date = fields.DateField()
    calendar_known: bool = fields.BooleanField()  # type: ignore[assignment]
    state: str = fields.TextField(default="open")
    """`open`, `done` or `superseded`."""
    note: str = fields.TextField(default="")
    evidence: str = fields.TextField(default="")
    successor_id: UUID | None = fields.UUIDField(null=True)
    settled_by: UUID | None = fields.UUIDField(null=True)
    settled_at: datetime | None = fields.DatetimeField(null=True)
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "duties"


class WorkingCalendarYear(InstitutionRow):
    """The working days of one year («производственный календарь»); the latest row of a year holds."""

    year: int = fields.IntField()
    days_of_rest: list[str] = fields.JSONField()
    working_weekends: list[str] = fields.JSONField()
    basis: str = fields.TextField()
    decided_by: UUID = fields.UUIDField()
    decided_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "working_calendars"


class Blocking(InstitutionRow):
    """That a personal file is kept and not used («блокирование», 152-ФЗ ст. 3 п. 7)."""

    personal_file_id: UUID = fields.UUIDField()
    ground: str = fields.TextField()
    """`archive_term`, `check`, `demand` or `destruction_impossible`."""
    reason: str = fields.TextField()
    evidence: str = fields.TextField()
    state: str = fields.TextField(default="active")
    """`active` or `lifted`."""
    placed_by: UUID = fields.UUIDField()
    placed_at: datetime = fields.DatetimeField()
    lifted_by: UUID | None = fields.UUIDField(null=True)
    lifted_at: datetime | None = fields.DatetimeField(null=True)
    lift_reason: str = fields.TextField(default="")
    lift_evidence: str = fields.TextField(default="")
    revision: int = fields.IntField(default=1)

    class Meta:
        """Tortoise settings."""

        table = "blockings"
