"""What the API says and hears of documents."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from core.documents.kinds import DocumentKind, document_kind, missing_fields
from core.documents.models import Document, DocumentVersion, Rendition
from core.documents.requests import Authenticity, Description
from core.kernel.texts import Language, mark, translate
from core.web.fields import CleanLine, CleanText, Day, MergePatch, RequestBody
from retention.lifecycle import DocumentState

Line = Annotated[CleanLine, Field(max_length=300)]
ShortLine = Annotated[CleanLine, Field(max_length=100)]
Hours = Annotated[int, Field(ge=1, le=100_000, description="Hours of the programme.", examples=[256])]
Reason = Annotated[
    CleanText,
    Field(
        min_length=1, max_length=1000, description="Why, in words; kept in the audit trail for ever, so name nobody."
    ),
]


RegistrationNumber = Annotated[ShortLine, Field(description="Number in the register of issued documents.")]
IssuedOn = Annotated[Day, Field(description="Date of issue.", examples=["2026-06-25"])]
IssuedBy = Annotated[Line, Field(description="Organisation that issued it.")]
Programme = Annotated[Line, Field(description="Educational programme.")]
Authentic = Annotated[Authenticity, Field(description="Whether this file shows an original or a copy.")]
PaperCarrier = Annotated[bool, Field(description="Whether a paper carrier is kept too.")]
PaperPlace = Annotated[Line, Field(description="Where the paper lies; only with `paper_carrier`.")]
Note = Annotated[CleanText, Field(max_length=2000)]
_PLACE_MESSAGE: Final = mark("A place of the paper is given, but no paper is kept")


class DescriptionIn(RequestBody):
    """The metadata of a document; members left out mean "not known"."""

    title: Line = Field(
        default="", description="Title; the file's name without one.", examples=["Диплом о переподготовке"]
    )
    series: ShortLine = Field(default="", description="Series of the form («серия»).", examples=["ПП-I"])
    number: ShortLine = Field(default="", description="Number of the form («номер»).", examples=["000123"])
    registration_number: RegistrationNumber = ""
    issued_on: IssuedOn | None = None
    issued_by: IssuedBy = ""
    programme: Programme = ""
    hours: Hours | None = None
    authenticity: Authentic = "copy"
    paper_carrier: PaperCarrier = False
    paper_place: PaperPlace = ""
    note: Note = ""

    @model_validator(mode="after")
    def _place_needs_paper(self) -> Self:
        if self.paper_place and not self.paper_carrier:
            raise ValueError(_PLACE_MESSAGE)
        return self

    def to_description(self) -> Description:
        """Return the same as the intake takes it."""
        return Description(**self.model_dump())


class DescriptionPatch(MergePatch):
    """New values for some of the metadata; members left out stay as they are, null clears."""

    EMPTY: ClassVar[Mapping[str, object]] = {
        **dict.fromkeys(
            ("series", "number", "registration_number", "issued_by", "programme", "paper_place", "note"), ""
        ),
        "issued_on": None,
        "hours": None,
    }

    kind: ShortLine | None = None
    title: Annotated[CleanLine, Field(min_length=1, max_length=300)] | None = None
    series: ShortLine | None = None
    number: ShortLine | None = None
    registration_number: RegistrationNumber | None = None
    issued_on: IssuedOn | None = None
    issued_by: IssuedBy | None = None
    programme: Programme | None = None
    hours: Hours | None = None
    authenticity: Authentic | None = None
    paper_carrier: PaperCarrier | None = None
    paper_place: PaperPlace | None = None
    note: Note | None = None


class DocumentReasonIn(RequestBody):
    """A decision needs a reason."""

    reason: Reason


class IntakeFindingOut(BaseModel):
    """Something the intake checks noticed."""

    code: str = Field(description="Stable code; programs branch on it.", examples=["pdf_encrypted"])
    severity: Literal["note", "warning", "refusal"]
    message: str = Field(description="What was noticed, in the reader's language.")
    facts: dict[str, Any] = Field(description="What the message speaks of: numbers, names of parts, pages.")

    @classmethod
    def of(cls, finding: Mapping[str, Any], language: Language) -> Self:
        """Return what the API says of a finding, as the intake wrote it down."""
        facts: dict[str, Any] = dict(finding["facts"])
        message = translate(finding["message"], language, **facts)
        return cls(code=finding["code"], severity=finding["severity"], message=message, facts=facts)


class ProposedOut(BaseModel):
    """A value read in the file, for a clerk to confirm."""

    value: str = Field(description="As it was read.", examples=["000123"])
    source: str = Field(description="Where it was read.", examples=["text"])


class DocumentVersionOut(BaseModel):
    """One file of a document, and what was found in it."""

    ordinal: int = Field(description="1 for the first.", examples=[1])
    state: DocumentState
    file_name: str
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(description="Bytes.", examples=[301234])
    sha256: str = Field(description="64 hexadecimal digits.")
    pages: int | None = Field(default=None, description="null where a file has no pages.")
    verdict: Literal["accepted", "quarantined"]
    code: str | None = Field(description="Why it waits in quarantine.", examples=["pdf_encrypted"])
    findings: list[IntakeFindingOut]
    proposed: dict[str, ProposedOut] = Field(description="Metadata read in the file, by field.")
    uploaded_at: datetime
    verified_at: datetime | None = Field(description="When the stored bytes were last read back and compared.")
    decision_reason: str = Field(default="", description="Why it was released or refused.")
    bytes_gone_at: datetime | None = Field(
        default=None, description="When the bytes of a refused file were proven gone; null while they are to go."
    )
    content: str = Field(description="Where the bytes are read.", examples=["/api/v1/documents/…/versions/1/content"])

    @classmethod
    def of(cls, version: DocumentVersion, language: Language) -> Self:
        """Return what the API says of a version."""
        return cls(
            ordinal=version.ordinal,
            state=version.state,
            file_name=version.file_name,
            media_type=version.media_type,
            size=version.size,
            sha256=bytes(version.sha256).hex(),
            pages=version.pages,
            verdict="quarantined" if version.verdict == "quarantined" else "accepted",
            code=version.code,
            findings=[IntakeFindingOut.of(finding, language) for finding in version.findings],
            proposed={name: ProposedOut(**value) for name, value in version.proposal.get("fields", {}).items()},
            uploaded_at=version.uploaded_at,
            verified_at=version.verified_at,
            decision_reason=version.decision_reason,
            bytes_gone_at=version.bytes_gone_at,
            content=f"/api/v1/documents/{version.document_id}/versions/{version.ordinal}/content",
        )


class DocumentOut(BaseModel):
    """A document as lists show it."""

    id: UUID
    kind: str = Field(examples=["diploma"])
    state: DocumentState = Field(description="Where it stands between arrival and its end.")
    personal_file_id: UUID | None = Field(description="Whose document it is; null if it is no learner's.")
    group_id: UUID | None = Field(description="Group it belongs to; null if it belongs to none.")
    institutional: bool = Field(
        description="Whether it is the institution's own: a paper that the service issued, or a signature of one."
    )
    case_id: UUID | None = Field(description="Case it is filed in; null: not filed yet.")
    volume_id: UUID | None = Field(description="Volume of the case, if one was named.")
    title: str
    series: str
    number: str
    registration_number: RegistrationNumber
    issued_on: date | None = Field(description="Date of issue; null where it is not known.")
    issued_by: IssuedBy
    programme: Programme
    hours: Hours | None
    authenticity: Authentic
    paper_carrier: PaperCarrier
    paper_place: PaperPlace
    electronic_carrier: bool = Field(description="Whether an electronic carrier is kept: always so.")
    note: str
    missing: list[str] = Field(description="Required fields of this kind that have no value yet.")
    versions: int = Field(description="How many versions there are.", examples=[1])
    uploaded_by: UUID = Field(description="Account.")
    created_at: datetime
    decision_reason: str = Field(description="Why it was released or refused; empty without a decision.")
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, document: Document) -> Self:
        """Return what the API says of a document."""
        return cls(**_members(document))


class DocumentDetailOut(DocumentOut):
    """A document with its latest version."""

    version: DocumentVersionOut

    @classmethod
    def of_both(cls, document: Document, version: DocumentVersion, language: Language) -> Self:
        """Return what the API says of a document and one of its versions."""
        return cls(**_members(document), version=DocumentVersionOut.of(version, language))


_PLAIN: Final = (
    *(
        "id",
        "kind",
        "state",
        "personal_file_id",
        "group_id",
        "institutional",
        "case_id",
        "volume_id",
        "title",
        "series",
        "number",
        "registration_number",
        "issued_on",
        "issued_by",
    ),
    *("programme", "hours", "authenticity", "paper_carrier", "paper_place", "electronic_carrier", "note"),
    *("uploaded_by", "created_at", "decision_reason", "revision"),
)


def _members(document: Document) -> dict[str, Any]:
    members = {name: getattr(document, name) for name in _PLAIN}
    members["versions"] = document.last_ordinal
    members["missing"] = missing_fields(document_kind(document.kind), members)
    return members


class PreviewOut(BaseModel):
    """A picture of one page."""

    page: int
    width: int
    height: int
    media_type: str
    content: str = Field(description="Where the picture is read.", examples=["/api/v1/documents/…/previews/1"])

    @classmethod
    def of(cls, rendition: Rendition, document_id: UUID, ordinal: int) -> Self:
        """Return what the API says of a preview."""
        return cls(
            page=rendition.page,
            width=rendition.width,
            height=rendition.height,
            media_type=rendition.media_type,
            content=f"/api/v1/documents/{document_id}/versions/{ordinal}/previews/{rendition.page}",
        )


class DocumentKindOut(BaseModel):
    """A kind of document and the fields of its form."""

    key: str
    title: str = Field(description="In the reader's language.")
    fields: list[str]
    required: list[str]
    large_files: bool = Field(description="Whether files above the usual limit are taken.")

    @classmethod
    def of(cls, kind: DocumentKind, language: Language) -> Self:
        """Return what the API says of a kind."""
        return cls(
            key=kind.key,
            title=translate(kind.title, language),
            fields=list(kind.fields),
            required=sorted(kind.required),
            large_files=kind.large,
        )
