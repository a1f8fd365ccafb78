"""Signatures under issued papers: detached ones are kept untouched, those made by hand are recorded.

Nothing here verifies a signature or trusts a certificate: the registry says who brought which file as whose signature,
and gives the same bytes back.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.access.models import Account, Membership
from core.cases.models import Case
from core.documents.models import Document, DocumentVersion
from core.documents.requests import Arrival, Description, Holder, Upload
from core.documents.stubs import absent
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.nomenclature.drafting import actor
from core.paperwork.cms import encoding_of
from core.paperwork.errors import PaperNotFiled, SignatureUnclear, SignedAlready
from core.paperwork.issuing import file_into, take_in
from core.paperwork.models import IssuedPaper, PaperFiling, PaperSignature
from core.paperwork.policy import case_for
from core.paperwork.services import PaperworkServices
from retention.case_facts import CaseState

_KINDS: Final = {"detached": "detached_signature", "by_hand": "signed_scan"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSignature:
    """A signature to be recorded: by whom, when, and how."""

    manner: str
    """`detached` or `by_hand`."""
    signed_on: date
    signatory_id: UUID | None = None
    signatory_name: str = ""
    """For somebody without an account."""
    signatory_post: str = ""
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class _File:
    document_id: UUID
    sha256: bytes
    size: int
    name: str


async def find_paper(paper_id: UUID) -> IssuedPaper:
    """Return an issued paper of the current institution; raise `NotFound`."""
    found = await IssuedPaper.get_or_none(id=paper_id)
    if found is None:
        raise NotFound
    return found


async def sign(
    services: PaperworkServices, scope: Scope, paper_id: UUID, new: NewSignature, content: bytes, *, today: date
) -> PaperSignature:
    """Record a signature; of a detached one `content` is the file, of one by hand a scan, or nothing.

    Raises `NotFound`, `PaperNotFiled`, `DocumentDestroyed`, `SignatureUnclear`, `NotASignature`, `SignedAlready`,
    `NoClassForPaper`, `NoCaseForPaper`, `PaperQuarantined`, `CaseNotOpen`, and what the intake raises.
    """
    encoding = encoding_of(content) if new.manner == "detached" else ""
    async with services.documents.database.work(scope):
        paper = await find_paper(paper_id)
        filing = await PaperFiling.get_or_none(id=paper_id)
        if filing is None:
            raise PaperNotFiled(paper=str(paper_id))
        await content_of(filing.document_id)
        if not paper.dated_on <= new.signed_on <= today:
            raise SignatureUnclear(reason="impossible_day")
        name = await _name_of(new)
    file = await _take_in(services, scope, paper, new, content) if content else None
    async with services.documents.database.work(scope) as work:
        if file is not None:
            await file_into(work, file.document_id, await _case(work, paper))
        return await _write_down(work, paper, new, name, encoding, file)


async def _name_of(new: NewSignature) -> str:
    if (new.signatory_id is None) == (not new.signatory_name):
        raise SignatureUnclear(reason="name_an_account_or_a_person")
    if new.signatory_id is None:
        return new.signatory_name
    if not await Membership.exists(account_id=new.signatory_id):
        raise SignatureUnclear(reason="no_such_account")
    return (await Account.get(id=new.signatory_id)).display_name


async def _take_in(
    services: PaperworkServices, scope: Scope, paper: IssuedPaper, new: NewSignature, content: bytes
) -> _File:
    title = "Подпись" if new.manner == "detached" else "Скан подписанного документа"
    document_id = await take_in(
        services,
        scope,
        content,
        wanted=Upload(
            kind=_KINDS[new.manner],
            holder=Holder(institution_id=scope.institution_id),
            arrival=Arrival(file_name=new.file_name, length=len(content)),
            description=Description(title=f"{title}: {paper.title}", issued_on=new.signed_on, authenticity="original"),
        ),
    )
    async with services.documents.database.work(scope):
        version = await DocumentVersion.get(document_id=document_id, ordinal=1)
        document = await Document.get(id=document_id)
    if document.kind != _KINDS[new.manner]:
        raise SignatureUnclear(reason="the_file_is_something_else")
    return _File(document_id, bytes(version.sha256), version.size, version.file_name)


async def _case(work: Work, paper: IssuedPaper) -> Case:
    """Return the case of the paper, or the open one of its class where that is closed already."""
    filing = await PaperFiling.get(id=paper.id)
    case = await Case.get_or_none(id=filing.case_id)
    if case is not None and case.state is CaseState.OPEN:
        return case
    return await case_for(work, paper.kind)


async def _write_down(
    work: Work, paper: IssuedPaper, new: NewSignature, name: str, encoding: str, file: _File | None
) -> PaperSignature:
    values: dict[str, Any] = {
        "manner": new.manner,
        "signatory_id": new.signatory_id,
        "signatory_name": name,
        "signatory_post": new.signatory_post,
        "signed_on": new.signed_on,
    }
    row = PaperSignature(
        id=new_id(),
        institution_id=work.scope.institution_id,
        paper_id=paper.id,
        **values,
        document_id=file.document_id if file else None,
        sha256=file.sha256 if file else None,
        size=file.size if file else None,
        file_name=file.name if file else "",
        encoding=encoding,
        recorded_by=actor(work),
        recorded_at=work.now,
    )
    earlier = await _same(row)
    if earlier is not None:
        raise SignedAlready(signature=str(earlier.id))
    try:
        await row.save(force_create=True)
    except IntegrityError as error:
        if violated_constraint(error).startswith("paper_signatures_"):
            raise StaleState from error
        raise
    said = {**values, "paper": str(paper.id), "sha256": file.sha256.hex() if file else ""}
    work.record("paper.signed", paper.subject_type, paper.subject_id, said)
    work.emit("paper.signed", {"paper": str(paper.id), "signature": str(row.id)})
    return row


async def _same(row: PaperSignature) -> PaperSignature | None:
    """Return the signature that this one repeats: the same file, or the same person by hand under the same paper."""
    if row.sha256 is not None:
        same_file = await PaperSignature.filter(sha256=row.sha256).first()
        if same_file is not None:
            return same_file
    if row.manner == "by_hand" and row.signatory_id is not None:
        return await PaperSignature.filter(
            paper_id=row.paper_id, manner="by_hand", signatory_id=row.signatory_id
        ).first()
    return None


async def content_of(document_id: UUID) -> DocumentVersion:
    """Return the version that holds the bytes of a paper or a signature; raise `NotFound` or `DocumentDestroyed`."""
    version = await DocumentVersion.filter(document_id=document_id, ordinal=1, state="kept").first()
    document = await Document.get_or_none(id=document_id)
    if version is None or document is None:
        raise await absent(document_id)
    return version
