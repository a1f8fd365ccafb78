"""Tables of exits, as the query layer sees them; `migrations/` makes them and guards them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class TransferState(StrEnum):
    """Where a transfer to an archive stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    """The package is made, and the archive is asked to take it."""
    ACCEPTED = "accepted"
    """The archive has signed: its cases are transferred."""
    CANCELLED = "cancelled"


class Transfer(InstitutionRow):
    """A transfer of cases to an archive («передача в архив»)."""

    state: TransferState = fields.CharEnumField(TransferState, default=TransferState.DRAFT)  # type: ignore[assignment]
    archive_name: str = fields.TextField()
    archive_address: str = fields.TextField(default="")
    basis: str = fields.TextField()
    inventory_id: UUID | None = fields.UUIDField(null=True)
    author_id: UUID = fields.UUIDField()
    single_person: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Whether it was prepared under the declared single-person mode, since when and on which ground."""
    single_person_since: date | None = fields.DateField(null=True)
    single_person_ground: str = fields.TextField(default="")
    number: str = fields.TextField(default="")
    approved_on: date | None = fields.DateField(null=True)
    approved_by: UUID | None = fields.UUIDField(null=True)
    approved_at: datetime | None = fields.DatetimeField(null=True)
    acceptance_number: str = fields.TextField(default="")
    accepted_on: date | None = fields.DateField(null=True)
    accepted_by: str = fields.TextField(default="")
    """Who signed at the archive, in words."""
    accepted_package_id: UUID | None = fields.UUIDField(null=True)
    acceptance_recorded_by: UUID | None = fields.UUIDField(null=True)
    acceptance_recorded_at: datetime | None = fields.DatetimeField(null=True)
    reason: str = fields.TextField(default="")
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "transfers"


class TransferLine(InstitutionRow):
    """One case of a transfer, as it was when it was listed."""

    transfer_id: UUID = fields.UUIDField()
    position: int = fields.IntField()
    case_id: UUID = fields.UUIDField()
    state: str = fields.TextField(default="listed")
    """`listed`, `excluded`, `held`, `changed`, `released` (the transfer was cancelled) or `transferred`."""
    living: bool = fields.BooleanField(default=True)  # type: ignore[assignment]
    class_index: str = fields.TextField()
    title: str = fields.TextField()
    first_day: date = fields.DateField()
    last_day: date = fields.DateField()
    volumes: int = fields.IntField()
    sheets: int = fields.IntField()
    term: str = fields.TextField()
    footnote: str = fields.TextField()
    """What the nomenclature says of the term beside its cell; on no paper, but in the package."""
    article: str = fields.TextField()
    content: list[list[str | int]] = fields.JSONField()
    """Every file: document, version, SHA-256 in hexadecimal, size in bytes."""
    digest: bytes = fields.BinaryField()
    hold_id: UUID | None = fields.UUIDField(null=True)
    reason: str = fields.TextField(default="")
    listed_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "transfer_lines"


class TransferPackage(InstitutionRow):
    """The files that go to the archive, as one object in storage; only one that is `ready` is seen."""

    transfer_id: UUID = fields.UUIDField()
    state: str = fields.TextField(default="building")
    """`building`, `ready`, `stopped` (`findings` say why) or `superseded`."""
    list_digest: bytes | None = fields.BinaryField(null=True)
    findings: list[dict[str, str]] = fields.JSONField(default=list)
    object_key: str = fields.TextField()
    storage_version_id: str = fields.TextField(default="")
    sha256: bytes | None = fields.BinaryField(null=True)
    size: int | None = fields.BigIntField(null=True)
    files: int | None = fields.IntField(null=True)
    file_bytes: int | None = fields.BigIntField(null=True)
    job_id: UUID = fields.UUIDField()
    requested_by: UUID = fields.UUIDField()
    requested_at: datetime = fields.DatetimeField()
    finished_at: datetime | None = fields.DatetimeField(null=True)
    bytes_gone_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "transfer_packages"


class OwnerReturn(InstitutionRow):
    """A return to the owner under a receipt («возврат под расписку»): of a case, or of one document."""

    state: str = fields.TextField(default="prepared")
    """`prepared`, `confirmed` or `cancelled`."""
    case_id: UUID | None = fields.UUIDField(null=True)
    document_id: UUID | None = fields.UUIDField(null=True)
    paper: bool = fields.BooleanField()  # type: ignore[assignment]
    electronic: bool = fields.BooleanField()  # type: ignore[assignment]
    title: str = fields.TextField()
    document_number: str = fields.TextField(default="")
    sheets: int | None = fields.IntField(null=True)
    receiver: str = fields.TextField()
    acts_for: str = fields.TextField(default="")
    identity_paper: str = fields.TextField()
    basis: str = fields.TextField()
    number: str = fields.TextField(default="")
    received_on: date | None = fields.DateField(null=True)
    prepared_by: UUID = fields.UUIDField()
    prepared_at: datetime = fields.DatetimeField()
    confirmed_by: UUID | None = fields.UUIDField(null=True)
    confirmed_at: datetime | None = fields.DatetimeField(null=True)
    single_person: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    reason: str = fields.TextField(default="")
    revision: int = fields.IntField(default=1)

    class Meta:
        """Tortoise settings."""

        table = "owner_returns"


class CaseMerger(InstitutionRow):
    """That a case went into another one; never changed."""

    case_id: UUID = fields.UUIDField()
    into_case_id: UUID = fields.UUIDField()
    reason: str = fields.TextField()
    documents: int = fields.IntField()
    volumes: int = fields.IntField()
    closed_on_before: date | None = fields.DateField(null=True)
    closed_on_after: date | None = fields.DateField(null=True)
    merged_by: UUID = fields.UUIDField()
    merged_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "case_mergers"
