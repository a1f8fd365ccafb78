"""Tables of paperwork, as the query layer sees them; `migrations/` makes them and guards them."""

from datetime import date, datetime
from uuid import UUID

from tortoise import fields

from core.kernel.database.rows import InstitutionRow


class PaperworkPolicy(InstitutionRow):
    """How the institution is named on its papers, and where these are filed; the latest row holds."""

    address: str = fields.TextField()
    place: str = fields.TextField()
    """Where papers are drawn up («место составления»)."""
    fonds_number: str = fields.TextField()
    fonds_name: str = fields.TextField()
    head_post: str = fields.TextField()
    officer_post: str = fields.TextField()
    chair_post: str = fields.TextField()
    chair_name: str = fields.TextField()
    """Of the expert commission («ЭК»)."""
    secretary_post: str = fields.TextField()
    secretary_name: str = fields.TextField()
    information_system: str = fields.TextField()
    """Name of the information system («ИСПДн») on papers of order № 179."""
    data_categories: str = fields.TextField()
    """Categories of personal data that its documents hold, on the same papers."""
    backup_days: int | None = fields.IntField(null=True)
    """For how long backups are kept; None: nobody has said so."""
    backup_media: str = fields.TextField()
    filing: dict[str, str] = fields.JSONField()
    """Class (lineage) by kind of paper."""
    decided_by: UUID = fields.UUIDField()
    decided_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "paperwork_policies"


class IssuedPaper(InstitutionRow):
    """A paper as it was issued; never changed."""

    kind: str = fields.TextField()
    subject_type: str = fields.TextField()
    """`nomenclature_version`, `inventory`, `disposal_act`, `copy_decision`, `person` or `period_export`."""
    subject_id: UUID = fields.UUIDField()
    edition: str = fields.TextField()
    """Which of several papers of one kind about one subject it is: `approved-1`, `executed-1`."""
    number: str = fields.TextField()
    dated_on: date = fields.DateField()
    title: str = fields.TextField()
    value_digest: bytes = fields.BinaryField()
    """SHA-256 of the canonical JSON of what it says (`core.papers.canonical`)."""
    sha256: bytes = fields.BinaryField()
    """Of its bytes."""
    size: int = fields.BigIntField()
    issued_by: UUID = fields.UUIDField()
    issued_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "issued_papers"


class PaperBytes(InstitutionRow):
    """The bytes of a paper (same id) from its issue to its filing."""

    content: bytes = fields.BinaryField()

    class Meta:
        """Tortoise settings."""

        table = "issued_paper_bytes"


class PaperFiling(InstitutionRow):
    """The document that a paper (same id) became, and its case; never changed."""

    document_id: UUID = fields.UUIDField()
    case_id: UUID = fields.UUIDField()
    filed_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "paper_filings"


class PaperSignature(InstitutionRow):
    """That somebody signed a paper; never changed, and not verified."""

    paper_id: UUID = fields.UUIDField()
    manner: str = fields.TextField()
    """`detached` or `by_hand`."""
    signatory_id: UUID | None = fields.UUIDField(null=True)
    signatory_name: str = fields.TextField()
    signatory_post: str = fields.TextField()
    signed_on: date = fields.DateField()
    document_id: UUID | None = fields.UUIDField(null=True)
    """The detached signature, or a scan of what was signed by hand."""
    sha256: bytes | None = fields.BinaryField(null=True)
    size: int | None = fields.BigIntField(null=True)
    file_name: str = fields.TextField()
    encoding: str = fields.TextField()
    """`der`, `pem` or `base64`; empty for what was signed by hand."""
    recorded_by: UUID = fields.UUIDField()
    recorded_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "paper_signatures"
