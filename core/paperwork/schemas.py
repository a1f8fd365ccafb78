"""What the API says and hears of papers, their signatures, and where they are filed."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.paperwork.catalog import PaperKind, Subject
from core.paperwork.issuing import Issued
from core.paperwork.marks import DestructionMark
from core.paperwork.models import IssuedPaper, PaperFiling, PaperSignature, PaperworkPolicy
from core.paperwork.policy import LETTERHEAD, NewPaperworkPolicy
from core.web.fields import CleanLine, Day, FilledLine, Identifier, RequestBody

Manner = Literal["detached", "by_hand"]
Named = Annotated[CleanLine, Field(max_length=300)]
Address = Annotated[Named, Field(description="Address of the institution.", examples=["101000, г. Примерск, ул. 1"])]
Drawn = Annotated[Named, Field(description="Where papers are drawn up.", examples=["г. Примерск"])]
FondsNumber = Annotated[Named, Field(description="Number of the archival fonds («фонд»), if there is one.")]
FondsName = Annotated[Named, Field(description="Name of the fonds.")]
HeadPost = Annotated[Named, Field(description="Post of the head; empty: «Руководитель».")]
OfficerPost = Annotated[Named, Field(description="Post of the records officer; empty: «Ответственный за архив».")]
ChairPost = Annotated[Named, Field(description="Post of the chair of the expert commission.")]
ChairName = Annotated[Named, Field(description="Name of the chair; empty: a line to be filled by hand.")]
SecretaryPost = Annotated[Named, Field(description="Post of the secretary of the commission.")]
SecretaryName = Annotated[Named, Field(description="Name of the secretary; empty: a line to be filled by hand.")]
System = Annotated[Named, Field(description="Name of the information system on papers of order № 179.")]
Categories = Annotated[
    CleanLine,
    Field(max_length=1000, description="Categories of personal data that documents hold, on the same papers."),
]
BackupMedia = Annotated[Named, Field(description="Media of the backups, as acts name them.")]
BackupDays = Annotated[
    int,
    Field(ge=0, le=3660, description="Days for which backups are kept; acts name the day on which they expire."),
]
Filing = Annotated[
    dict[Annotated[PaperKind, Field(strict=False)], Identifier],
    Field(description="Class (its `lineage_id`, the same in every year) under which papers of a kind are filed."),
]
SignedOn = Annotated[Day, Field(description="Day of the signature.", examples=["2026-03-05"])]
Post = Annotated[Named, Field(description="Post of who signed.")]


class PaperworkPolicyIn(RequestBody):
    """How the institution is named on its papers, and where they are filed."""

    address: Address = ""
    place: Drawn = ""
    fonds_number: FondsNumber = ""
    fonds_name: FondsName = ""
    head_post: HeadPost = ""
    officer_post: OfficerPost = ""
    chair_post: ChairPost = ""
    chair_name: ChairName = ""
    secretary_post: SecretaryPost = ""
    secretary_name: SecretaryName = ""
    information_system: System = ""
    data_categories: Categories = ""
    backup_media: BackupMedia = ""
    backup_days: BackupDays | None = None
    filing: Filing = Field(default_factory=dict)

    def to_new(self) -> NewPaperworkPolicy:
        """Return the same as the verb takes it."""
        given = self.model_dump()
        filing: dict[PaperKind, UUID] = given.pop("filing")
        days: int | None = given.pop("backup_days")
        named = {kind.value: each for kind, each in filing.items()}
        return NewPaperworkPolicy(letterhead=given, filing=named, backup_days=days)


class PaperworkPolicyOut(BaseModel):
    """What was decided last; everything is empty while nothing was."""

    address: Address = ""
    place: Drawn = ""
    fonds_number: FondsNumber = ""
    fonds_name: FondsName = ""
    head_post: HeadPost = ""
    officer_post: OfficerPost = ""
    chair_post: ChairPost = ""
    chair_name: ChairName = ""
    secretary_post: SecretaryPost = ""
    secretary_name: SecretaryName = ""
    information_system: System = ""
    data_categories: Categories = ""
    backup_media: BackupMedia = ""
    backup_days: BackupDays | None = Field(default=None, description="Null: nobody has said so; acts then say that.")
    filing: Filing = Field(default_factory=dict)
    decided_by: UUID | None = Field(default=None, description="Account; null while nobody has decided.")
    decided_at: datetime | None = Field(default=None, description="When it was decided.")

    @classmethod
    def of(cls, row: PaperworkPolicy | None) -> Self:
        """Return what the API says of a decision."""
        if row is None:
            return cls()
        said: dict[str, Any] = {
            name: getattr(row, name) for name in (*LETTERHEAD, "backup_days", "decided_by", "decided_at")
        }
        filing = {PaperKind(kind): UUID(lineage) for kind, lineage in row.filing.items()}
        return cls(**said, filing=filing)


class PaperIn(RequestBody):
    """A paper to be issued."""

    kind: PaperKind = Field(strict=False)
    subject_type: Subject = Field(strict=False, description="What it is about.")
    subject_id: Identifier = Field(description="Which one.")


class PaperOut(BaseModel):
    """An issued paper."""

    id: UUID
    kind: PaperKind
    subject_type: str = Field(
        description="What it is about: nomenclature_version, inventory, disposal_act, copy_decision, person or "
        "period_export."
    )
    subject_id: UUID = Field(description="Which one.")
    edition: str = Field(description="Which of several papers of this kind about it.", examples=["executed-1"])
    number: str
    dated_on: date = Field(description="Day of the paper.")
    title: str
    value_sha256: str = Field(description="SHA-256 of what it says, as printed at the foot of each page; hexadecimal.")
    content_sha256: str = Field(description="SHA-256 of its bytes, hexadecimal: what a detached signature signs.")
    size: int = Field(description="Bytes.")
    issued_by: UUID = Field(description="Account.")
    issued_at: datetime = Field(description="When it was issued.")
    document_id: UUID | None = Field(description="Document of the registry it is kept as; null until it is filed.")
    case_id: UUID | None = Field(description="Case in which it was filed; null until then.")

    @classmethod
    def of(cls, paper: IssuedPaper, filing: PaperFiling | None) -> Self:
        """Return what the API says of a paper."""
        same = ("id", "subject_type", "subject_id", "edition", "number", "dated_on", "title", "size")
        said: dict[str, Any] = {name: getattr(paper, name) for name in (*same, "issued_by", "issued_at")}
        return cls(
            **said,
            kind=PaperKind(paper.kind),
            value_sha256=bytes(paper.value_digest).hex(),
            content_sha256=bytes(paper.sha256).hex(),
            document_id=filing.document_id if filing else None,
            case_id=filing.case_id if filing else None,
        )

    @classmethod
    def of_issued(cls, issued: Issued) -> Self:
        """Return what the API says of a paper that was just issued."""
        return cls.of(issued.paper, issued.filing)


class SignatureOut(BaseModel):
    """A signature under a paper, as somebody brought it; the service verifies none."""

    id: UUID
    paper_id: UUID = Field(description="The paper.")
    manner: Manner = Field(description="A detached signature, or one made by hand on a print.")
    signatory_id: UUID | None = Field(description="Account of who signed; null for somebody without one.")
    signatory_name: str = Field(description="Name of who signed, as it was then.")
    signatory_post: Post
    signed_on: SignedOn
    content_sha256: str | None = Field(
        description="SHA-256 of the signature or scan, hexadecimal; null without a file."
    )
    size: int | None = Field(description="Bytes of the file.")
    file_name: str
    encoding: str = Field(description="der, pem or base64 of a detached signature; empty of one by hand.")
    recorded_by: UUID = Field(description="Account that brought it.")
    recorded_at: datetime = Field(description="When it was brought.")

    @classmethod
    def of(cls, row: PaperSignature) -> Self:
        """Return what the API says of a signature."""
        same = ("id", "paper_id", "manner", "signatory_id", "signatory_name", "signatory_post", "signed_on", "size")
        said: dict[str, Any] = {name: getattr(row, name) for name in same}
        said |= {name: getattr(row, name) for name in ("file_name", "encoding", "recorded_by", "recorded_at")}
        return cls(**said, content_sha256=bytes(row.sha256).hex() if row.sha256 else None)


class MarkOut(BaseModel):
    """That a certified act ended cases of one row."""

    place: str = Field(description="Index of the row, or number of the line of the inventory.", examples=["01-02"])
    act_id: UUID = Field(description="The act.")
    act_number: str = Field(description="Its number.", examples=["3"])
    approved_on: date = Field(description="Its day.")
    cases: int = Field(description="How many cases of the row it ended.", examples=[2])

    @classmethod
    def of(cls, mark: DestructionMark) -> Self:
        """Return what the API says of a mark."""
        return cls(
            place=mark.place,
            act_id=mark.act_id,
            act_number=mark.number,
            approved_on=mark.approved_on,
            cases=mark.cases,
        )


class CertificateIn(RequestBody):
    """A certificate of destruction for one person, on request."""

    person_id: Identifier = Field(description="Whose documents they were.")
    addressee: Annotated[FilledLine, Field(max_length=300, description="To whom it is given, in the dative.")]
    request: Annotated[
        FilledLine, Field(max_length=300, description="The request.", examples=["обращение от 01.03.2026 № 12"])
    ]
    number: Annotated[CleanLine, Field(max_length=100, description="Number of the certificate.")] = ""
    subject: Annotated[
        CleanLine,
        Field(max_length=300, description="Full name as the request gives it, where the registry has forgotten it."),
    ] = ""
