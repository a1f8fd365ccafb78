"""Issuing: a paper is made and set once, kept as a document of the registry, and filed into a case.

First the row and the bytes are committed together, so that whatever happens next the same bytes are kept: by this
request, or by the next one that asks for the paper. Then they take the way of every upload (`core.documents.intake`),
and with the filing the bytes in the database go.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.cases.errors import CaseNotOpen
from core.cases.models import Case
from core.documents.errors import DuplicateUpload
from core.documents.filing import Place, file_document
from core.documents.intake import upload
from core.documents.models import Document
from core.documents.requests import Arrival, Description, Holder, Upload
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.nomenclature.drafting import actor
from core.papers.event_log_export import EventLogExport, render_csv
from core.paperwork.catalog import MAKERS, PaperKind, Subject
from core.paperwork.errors import PaperNotReady, PaperQuarantined
from core.paperwork.letterhead import Making, begin_making
from core.paperwork.makers.made import TABLE, Made
from core.paperwork.models import IssuedPaper, PaperBytes, PaperFiling
from core.paperwork.policy import case_for
from core.paperwork.services import PaperworkServices
from retention.case_facts import CaseState
from retention.lifecycle import DocumentState

_PDF: Final = ("pdf", "application/pdf")
_FILES: Final = {TABLE: ("csv", "text/csv")}
"""Extension and media type of what is no PDF."""

Make = Callable[[Making], Awaitable[Made]]
CaseOf = Callable[[Work], Awaitable[Case]]
"""Returns the open case into which a paper goes."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A paper that is kept and filed."""

    paper: IssuedPaper
    filing: PaperFiling
    repeated: bool
    """Whether it had been issued before."""


def maker_of(kind: PaperKind, subject: Subject, subject_id: UUID) -> Make:
    """Return what makes a paper about a subject; raise `NotFound` if there is no such paper."""
    maker = MAKERS.get((kind, subject))
    if maker is None:
        raise NotFound(kind=kind.value, subject=subject.value)

    async def make(making: Making) -> Made:
        return await maker(making, subject_id)

    return make


async def issue(services: PaperworkServices, scope: Scope, make: Make, *, case_of: CaseOf | None = None) -> Issued:
    """Issue a paper, or finish and return the one that was issued before.

    It goes into the case of its kind (`policy.case_for`), unless `case_of` says otherwise.

    Raises what its maker raises, `PaperNotReady`, `NoClassForPaper`, `NoCaseForPaper`, `PaperNotMade` and its
    kin, `PaperQuarantined`, `CaseNotOpen`, `StaleState`, and what the intake raises; asked again, it goes on.
    """
    database = services.documents.database
    async with database.work(scope) as work:
        making = await begin_making(work)
        made = await make(making)
        earlier = await _earlier(made)
        if earlier is None:
            if made.unready:
                raise PaperNotReady(kind=made.kind, reason=made.unready)
            await _case(work, made.kind, case_of)
    if earlier is None:
        content = await _set(services, made)
        async with database.work(scope) as work:
            again = await make(await begin_making(work, making.created_at))
            if again.paper.digest != made.paper.digest or again.edition != made.edition:
                raise StaleState
        paper, repeated = await _write_down(services, scope, made, content, case_of)
    else:
        paper, repeated = earlier, True
    return Issued(paper, await _keep(services, scope, paper, case_of), repeated)


async def _set(services: PaperworkServices, made: Made) -> bytes:
    if made.table and isinstance(made.paper, EventLogExport):
        return render_csv(made.paper)
    return await services.press.set_pdf(made.paper)


async def finish(services: PaperworkServices, scope: Scope, paper_id: UUID) -> Issued:
    """Keep and file a paper that was issued and not filed, whatever its subject has become; raises as `issue` does."""
    async with services.documents.database.work(scope):
        paper = await IssuedPaper.get_or_none(id=paper_id)
    if paper is None:
        raise NotFound
    return Issued(paper, await _keep(services, scope, paper), repeated=True)


async def _earlier(made: Made) -> IssuedPaper | None:
    return await IssuedPaper.get_or_none(subject_id=made.subject_id, kind=made.kind, edition=made.edition)


async def _write_down(
    services: PaperworkServices, scope: Scope, made: Made, content: bytes, case_of: CaseOf | None
) -> tuple[IssuedPaper, bool]:
    """Commit row and bytes; where somebody else was quicker, return what that one issued."""
    paper_id = new_id()
    try:
        async with services.documents.database.work(scope) as work:
            await _case(work, made.kind, case_of)
            row = _row(work, paper_id, made, content)
            await row.save(force_create=True)
            await PaperBytes.create(id=paper_id, content=content)
            work.record("paper.issued", made.subject_type, made.subject_id, _said(row))
            work.emit("paper.issued", {"paper": str(paper_id)})
    except IntegrityError as error:
        if violated_constraint(error) != "issued_papers_once":
            raise
    else:
        return row, False
    async with services.documents.database.work(scope):
        earlier = await _earlier(made)
    if earlier is None:
        raise StaleState
    return earlier, True


def _row(work: Work, paper_id: UUID, made: Made, content: bytes) -> IssuedPaper:
    paper = made.paper
    return IssuedPaper(
        id=paper_id,
        institution_id=work.scope.institution_id,
        kind=made.kind,
        subject_type=made.subject_type,
        subject_id=made.subject_id,
        edition=made.edition,
        number=paper.number,
        dated_on=paper.dated,
        title=paper.title,
        value_digest=bytes.fromhex(paper.digest),
        sha256=hashlib.sha256(content).digest(),
        size=len(content),
        issued_by=actor(work),
        issued_at=work.now,
    )


def _said(row: IssuedPaper) -> dict[str, Any]:
    digests = {"sha256": bytes(row.sha256).hex(), "value": bytes(row.value_digest).hex()}
    named = {"kind": row.kind, "edition": row.edition, "number": row.number, "size": row.size}
    return {"paper": str(row.id), **named, **digests}


async def _case(work: Work, kind: str, case_of: CaseOf | None) -> Case:
    return await (case_for(work, kind) if case_of is None else case_of(work))


async def _keep(
    services: PaperworkServices, scope: Scope, paper: IssuedPaper, case_of: CaseOf | None = None
) -> PaperFiling:
    """Keep and file a paper whose bytes are still in the database; asked again, it answers the same."""
    async with services.documents.database.work(scope):
        filed = await PaperFiling.get_or_none(id=paper.id)
        waiting = await PaperBytes.get_or_none(id=paper.id)
    if filed is not None:
        return filed
    if waiting is None:
        raise StaleState
    extension, media_type = _FILES.get(paper.kind, _PDF)
    document_id = await take_in(
        services,
        scope,
        bytes(waiting.content),
        wanted=Upload(
            kind="issued_paper",
            holder=Holder(institution_id=scope.institution_id),
            arrival=Arrival(file_name=f"{paper.title}.{extension}", declared_type=media_type, length=paper.size),
            description=Description(
                title=paper.title, number=paper.number, issued_on=paper.dated_on, authenticity="original"
            ),
        ),
    )
    return await _file(services, scope, paper, document_id, case_of)


async def take_in(services: PaperworkServices, scope: Scope, content: bytes, *, wanted: Upload) -> UUID:
    """Have bytes kept by the intake, once; return the document, the earlier one if they were kept before."""

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    try:
        return (await upload(services.documents, scope, wanted, chunks())).document.id
    except DuplicateUpload as refusal:
        return UUID(str(refusal.facts["first"]))


async def _file(
    services: PaperworkServices, scope: Scope, paper: IssuedPaper, document_id: UUID, case_of: CaseOf | None
) -> PaperFiling:
    async with services.documents.database.work(scope) as work:
        # Whoever issues the same paper at the same moment waits here, and finds it filed.
        await work.rows(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [f"paper/{scope.institution_id}/{paper.id}"]
        )
        filed = await PaperFiling.get_or_none(id=paper.id)
        if filed is not None:
            return filed
        case = await _case(work, paper.kind, case_of)
        await file_into(work, document_id, case)
        values: dict[str, Any] = {"document_id": document_id, "case_id": case.id}
        filed = await PaperFiling.create(id=paper.id, filed_at=work.now, **values)
        await PaperBytes.filter(id=paper.id).delete()
        named = {name: str(value) for name, value in values.items()}
        work.record("paper.filed", paper.subject_type, paper.subject_id, {"paper": str(paper.id), **named})
        return filed


async def file_into(work: Work, document_id: UUID, case: Case) -> None:
    """File a document of the institution; raise `PaperQuarantined`, `CaseNotOpen` or `StaleState`."""
    document = await Document.get_or_none(id=document_id)
    if document is None or document.state in {DocumentState.REFUSED, DocumentState.WITHDRAWN}:
        raise StaleState
    if document.state is DocumentState.QUARANTINED:
        raise PaperQuarantined(document=str(document_id))
    if document.state is DocumentState.FILED:
        return
    if case.state is not CaseState.OPEN:
        raise CaseNotOpen(state=case.state.value)
    await file_document(work, document, Place(case_id=case.id))
