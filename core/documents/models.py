"""Tables of documents, their versions and renditions."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow
from retention.lifecycle import DocumentState


class Document(InstitutionRow):
    """A document («документ») in a learner's personal file, of a group, or of the institution itself."""

    personal_file_id: UUID | None = fields.UUIDField(null=True)
    group_id: UUID | None = fields.UUIDField(null=True)
    institutional: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Whether it is the institution's own: issued by the service, or a signature of that."""
    case_id: UUID | None = fields.UUIDField(null=True)
    volume_id: UUID | None = fields.UUIDField(null=True)
    kind: str = fields.TextField()
    state: DocumentState = fields.CharEnumField(DocumentState)  # type: ignore[assignment]
    title: str = fields.TextField()
    series: str = fields.TextField(default="")
    number: str = fields.TextField(default="")
    registration_number: str = fields.TextField(default="")
    issued_on: date | None = fields.DateField(null=True)
    issued_by: str = fields.TextField(default="")
    programme: str = fields.TextField(default="")
    hours: int | None = fields.IntField(null=True)
    authenticity: str = fields.TextField(default="copy")
    paper_carrier: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    paper_place: str = fields.TextField(default="")
    electronic_carrier: bool = fields.BooleanField(default=True)  # type: ignore[assignment]
    note: str = fields.TextField(default="")
    last_ordinal: int = fields.IntField(default=1)
    revision: int = fields.IntField(default=1)
    uploaded_by: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()
    decided_by: UUID | None = fields.UUIDField(null=True)
    decided_at: datetime | None = fields.DatetimeField(null=True)
    decision_reason: str = fields.TextField(default="")

    class Meta:
        """Tortoise settings."""

        table = "documents"


class DocumentVersion(InstitutionRow):
    """One file of a document, as it came in; its bytes never change."""

    document_id: UUID = fields.UUIDField()
    ordinal: int = fields.IntField()
    holder_id: UUID = fields.UUIDField()
    repeated: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    object_key: str = fields.TextField()
    storage_version_id: str = fields.TextField()
    sha256: bytes = fields.BinaryField()
    size: int = fields.BigIntField()
    media_type: str = fields.TextField()
    file_name: str = fields.TextField()
    pages: int | None = fields.IntField(null=True)
    state: DocumentState = fields.CharEnumField(DocumentState)  # type: ignore[assignment]
    verdict: str = fields.TextField()
    code: str | None = fields.TextField(null=True)
    findings: list[dict[str, Any]] = fields.JSONField()
    facts: dict[str, Any] = fields.JSONField()
    proposal: dict[str, Any] = fields.JSONField()
    uploaded_by: UUID = fields.UUIDField()
    uploaded_at: datetime = fields.DatetimeField()
    verified_at: datetime | None = fields.DatetimeField(null=True)
    decided_by: UUID | None = fields.UUIDField(null=True)
    decided_at: datetime | None = fields.DatetimeField(null=True)
    decision_reason: str = fields.TextField(default="")
    bytes_gone_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "document_versions"


class DocumentStub(InstitutionRow):
    """What is left of a document that an act, or a decision about copies, destroys: no title, nobody's name."""

    case_id: UUID = fields.UUIDField()
    kind: str = fields.TextField()
    dated_on: date | None = fields.DateField(null=True)
    received_at: datetime = fields.DatetimeField()
    files: int = fields.IntField()
    act_id: UUID = fields.UUIDField()
    """Disposal act, or decision about copies."""
    act_number: str = fields.TextField()
    act_date: date = fields.DateField()
    transfer_id: UUID | None = fields.UUIDField(null=True)
    """Of a copy: the transfer with which an archive has taken the document."""
    kept_by: str = fields.TextField(default="")
    """That archive."""
    kept_under: str = fields.TextField(default="")
    """Number and day of its act."""
    began_at: datetime = fields.DatetimeField()
    destroyed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "document_stubs"


class Rendition(InstitutionRow):
    """A picture of one page, made from a version; never an original."""

    version_id: UUID = fields.UUIDField()
    kind: str = fields.TextField()
    page: int = fields.IntField()
    object_key: str = fields.TextField()
    storage_version_id: str = fields.TextField()
    media_type: str = fields.TextField()
    size: int = fields.BigIntField()
    width: int = fields.IntField()
    height: int = fields.IntField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "renditions"
