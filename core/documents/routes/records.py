"""Addresses of what is known of documents: lists, metadata, versions, kinds."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.consents.errors import BlockedByArchiveTerm, PersonalFileBlocked
from core.documents.decisions import find_version
from core.documents.editing import edit, find_document
from core.documents.errors import DESTROYED, DocumentStepRefused, KindTakesNoSuchFile, UnknownKind
from core.documents.kinds import UPLOADABLE
from core.documents.models import Document, DocumentVersion
from core.documents.routes.dependencies import ReaderLanguage, Services
from core.documents.schemas import DescriptionPatch, DocumentDetailOut, DocumentKindOut, DocumentOut, DocumentVersionOut
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router
from retention.lifecycle import DocumentState

router = Router()

Reader = Annotated[Caller, Depends(allow(Permission.DOCUMENTS_READ))]
Editor = Annotated[Caller, Depends(allow(Permission.DOCUMENTS_EDIT))]


@router.get("/document-kinds", summary="List the kinds of documents")
async def list_document_kinds(_caller: Reader, language: ReaderLanguage) -> Page[DocumentKindOut]:
    """Every kind of document with the fields of its form; all on one page."""
    return Page(items=[DocumentKindOut.of(kind, language) for kind in UPLOADABLE])


async def _within(
    personal_file_id: Annotated[UUID | None, Query(description="Only those of this personal file.")] = None,
    group_id: Annotated[UUID | None, Query(description="Only those of this group.")] = None,
    case_id: Annotated[UUID | None, Query(description="Only those filed in this case.")] = None,
) -> dict[str, UUID | None]:
    return {"personal_file_id": personal_file_id, "group_id": group_id, "case_id": case_id}


Within = Annotated[dict[str, UUID | None], Depends(_within)]


@router.get("/documents", responses=problem_responses(BadCursor), summary="List documents")
async def list_documents(
    caller: Reader,
    services: Services,
    page: Paging,
    within: Within,
    kind: Annotated[str | None, Query(max_length=100, description="Only this kind.")] = None,
    state: Annotated[DocumentState | None, Query(description="Only this state.")] = None,
) -> Page[DocumentOut]:
    """The newest first. Withdrawn documents are not shown."""
    wanted: dict[str, Any] = {
        name: value
        for name, value in (
            *within.items(),
            ("kind", kind),
            ("state", state),
        )
        if value is not None
    }
    async with services.database.work(caller.scope) as work:
        listing = Listing(Document.filter(**wanted).exclude(state=DocumentState.WITHDRAWN), ("-id",))
        shown = await paged(listing, page, DocumentOut.of)
        work.record("document.listed", "document", "", {"filters": {k: str(v) for k, v in wanted.items()}})
    return shown


@router.get(
    "/documents/{document_id}",
    responses=UNCHANGED | problem_responses(NotFound, *DESTROYED),
    summary="Read a document's metadata",
)
async def read_document(
    request: Request,
    response: Response,
    document_id: UUID,
    caller: Reader,
    services: Services,
    language: ReaderLanguage,
) -> DocumentDetailOut:
    """Metadata, and the latest version with everything that was found in it."""
    async with services.database.work(caller.scope) as work:
        document = await find_document(document_id)
        fresh(request, response, document.revision)
        _, version = await find_version(document_id, document.last_ordinal)
        work.record("document.read", "document", document_id)
    return DocumentDetailOut.of_both(document, version, language)


@router.patch(
    "/documents/{document_id}",
    responses=problem_responses(
        NotFound,
        *DESTROYED,
        UnknownKind,
        KindTakesNoSuchFile,
        DocumentStepRefused,
        PersonalFileBlocked,
        BlockedByArchiveTerm,
        StaleState,
        PreconditionFailed,
        PreconditionRequired,
    ),
    summary="Correct a document's metadata",
)
async def change_document(
    response: Response,
    document_id: UUID,
    changes: DescriptionPatch,
    expected: IfMatch,
    caller: Editor,
    services: Services,
) -> DocumentOut:
    """Change the members that are sent; the files of a document never change, so another kind has to take them."""
    async with services.database.work(caller.scope) as work:
        document = await find_document(document_id)
        expected.require(document.revision)
        document = await edit(services, work, document, changes.changes())
    response.headers["ETag"] = etag(document.revision)
    return DocumentOut.of(document)


@router.get(
    "/documents/{document_id}/versions",
    responses=problem_responses(NotFound, *DESTROYED, BadCursor),
    summary="List the versions",
)
async def list_document_versions(
    document_id: UUID, caller: Reader, services: Services, page: Paging, language: ReaderLanguage
) -> Page[DocumentVersionOut]:
    """Every file of a document, the first one first."""
    async with services.database.work(caller.scope) as work:
        await find_document(document_id)
        listing = Listing(
            DocumentVersion.filter(document_id=document_id).exclude(state=DocumentState.WITHDRAWN), ("ordinal",)
        )
        shown = await paged(listing, page, lambda version: DocumentVersionOut.of(version, language))
        work.record("document.read", "document", document_id)
    return shown
