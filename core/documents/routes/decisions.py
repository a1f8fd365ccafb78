"""Addresses of decisions about documents: release, refusal, withdrawal."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.consents.errors import BlockedByArchiveTerm, PersonalFileBlocked
from core.documents.decisions import find_version, refuse, release
from core.documents.errors import DESTROYED, ContentDamaged, DocumentStepRefused
from core.documents.routes.dependencies import Ordinal, ReaderLanguage, Services
from core.documents.schemas import DocumentReasonIn, DocumentVersionOut
from core.documents.withdrawal import withdraw, withdraw_version
from core.kernel.errors import DatabaseUnavailable, NoSpace, NotFound, StaleState, StorageUnavailable
from core.kernel.texts import Language
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()

Decider = Annotated[Caller, Depends(allow(Permission.QUARANTINE_DECIDE))]
Withdrawer = Annotated[Caller, Depends(allow(Permission.DOCUMENTS_WITHDRAW))]
_BLOCKED = (PersonalFileBlocked, BlockedByArchiveTerm)
_REFUSALS = problem_responses(NotFound, *DESTROYED, DocumentStepRefused, StaleState, *_BLOCKED, DatabaseUnavailable)
_RELEASE_REFUSALS = problem_responses(
    NotFound,
    *DESTROYED,
    DocumentStepRefused,
    StaleState,
    *_BLOCKED,
    ContentDamaged,
    NoSpace,
    StorageUnavailable,
    DatabaseUnavailable,
)


@router.post(
    "/documents/{document_id}/versions/{ordinal}/release",
    responses=_RELEASE_REFUSALS,
    summary="Release from quarantine",
)
async def release_document_version(
    document_id: UUID,
    ordinal: Ordinal,
    decision: DocumentReasonIn,
    caller: Decider,
    services: Services,
    language: ReaderLanguage,
) -> DocumentVersionOut:
    """Accept a quarantined file after looking at it; from then on it is read like any other."""
    await release(services, caller.scope, document_id, ordinal, decision.reason)
    return await _present(document_id, ordinal, caller, services, language)


@router.post("/documents/{document_id}/versions/{ordinal}/refusal", responses=_REFUSALS, summary="Refuse in quarantine")
async def refuse_document_version(
    document_id: UUID,
    ordinal: Ordinal,
    decision: DocumentReasonIn,
    caller: Decider,
    services: Services,
    language: ReaderLanguage,
) -> DocumentVersionOut:
    """Refuse a quarantined file: its bytes are destroyed (`bytes_gone_at`), the refusal stays."""
    await refuse(services, caller.scope, document_id, ordinal, decision.reason)
    return await _present(document_id, ordinal, caller, services, language)


async def _present(
    document_id: UUID, ordinal: int, caller: Caller, services: Services, language: Language
) -> DocumentVersionOut:
    async with services.database.work(caller.scope):
        _, version = await find_version(document_id, ordinal)
    return DocumentVersionOut.of(version, language)


@router.post(
    "/documents/{document_id}/withdrawal",
    status_code=204,
    response_class=Response,
    responses={202: {"description": "Withdrawn; the bytes go as soon as the storage answers again."}, **_REFUSALS},
    summary="Withdraw a wrong upload",
)
async def withdraw_document(
    document_id: UUID, decision: DocumentReasonIn, caller: Withdrawer, services: Services
) -> Response:
    """Take your own wrong upload back before it is filed into a case: bytes and metadata go, the audit trail stays.

    204: the bytes are gone. 202: the document is withdrawn, and its bytes go as soon as the storage answers again.
    """
    gone = await withdraw(services, caller.scope, document_id, decision.reason)
    return Response(status_code=204 if gone else 202)


@router.post(
    "/documents/{document_id}/versions/{ordinal}/withdrawal",
    status_code=204,
    response_class=Response,
    responses={202: {"description": "Withdrawn; the bytes go as soon as the storage answers again."}, **_REFUSALS},
    summary="Withdraw a wrong version",
)
async def withdraw_document_version(
    document_id: UUID, ordinal: Ordinal, decision: DocumentReasonIn, caller: Withdrawer, services: Services
) -> Response:
    """Take the latest version back, if you uploaded it, before the document is filed; the one before is present again.

    Its number is free for the next version. Withdrawing the only version withdraws the document.
    """
    gone = await withdraw_version(services, caller.scope, document_id, ordinal, decision.reason)
    return Response(status_code=204 if gone else 202)
