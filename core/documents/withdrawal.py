"""Withdrawal: the uploader takes a wrong upload back before it is filed into a case."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from core.consents.blocking import require_unblocked
from core.documents.decisions import facts_of, find_version, guard
from core.documents.errors import DocumentStepRefused
from core.documents.models import Document, DocumentVersion
from core.documents.protection import is_held
from core.documents.refusals import issued_paper
from core.documents.removal import attempt, remove_withdrawn, remove_withdrawn_version
from core.documents.search_entry import index_document
from core.documents.services import DocumentServices
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.search.entries import remove_entry
from retention.lifecycle import WITHDRAW, DocumentFacts, DocumentState, Refusal

NOT_THE_LATEST: Final = Refusal(
    "not_the_latest", "Only the latest version can be withdrawn; withdraw the later ones first."
)


async def withdraw(services: DocumentServices, scope: Scope, document_id: UUID, reason: str) -> bool:
    """End a wrong upload: bytes, rows and what identifies a person in the audit trail go; that it was, stays.

    Returns whether the bytes are proven gone; where the storage does not answer the decision stands, and the keeper
    removes them later. Raises `NotFound`, `DocumentStepRefused`, `DatabaseUnavailable`.
    """
    async with services.database.work(scope) as work:
        await _end(work, await _locked(document_id), reason)
    return await attempt(remove_withdrawn(services, scope, document_id))


async def withdraw_version(
    services: DocumentServices, scope: Scope, document_id: UUID, ordinal: int, reason: str
) -> bool:
    """End a wrong version, the latest one only: its bytes and row go, the version before it is the present one again.

    The only version of a document ends the document. Returns and raises what `withdraw` does.
    """
    async with services.database.work(scope) as work:
        document = await _locked(document_id)
        version = await _latest(document, ordinal)
        if ordinal > 1:
            facts = facts_of(document, scope, reason, held=await is_held(work, document_id))
            guard(version.state, WITHDRAW, replace(facts, actor_is_uploader=version.uploaded_by == scope.actor_id))
            await _take_back(work, document, version, reason)
        else:
            await _end(work, document, reason)
    if ordinal == 1:
        return await attempt(remove_withdrawn(services, scope, document_id))
    return await attempt(remove_withdrawn_version(services, scope, version))


async def _locked(document_id: UUID) -> Document:
    """Return a document that nobody changes until the commit; no version joins it meanwhile.

    Raises `NotFound` or `PersonalFileBlocked`.
    """
    document = await Document.filter(id=document_id).select_for_update().first()
    if document is None or document.state is DocumentState.WITHDRAWN:
        raise NotFound
    await require_unblocked(document.personal_file_id)
    return document


async def _end(work: Work, document: Document, reason: str) -> None:
    if document.institutional:
        raise issued_paper(document)
    guard(document.state, WITHDRAW, await _facts(work, document, reason))
    key = [work.scope.institution_id, document.id]
    await work.run(
        "UPDATE documents SET state = 'withdrawn', decided_by = $3, decided_at = $4, decision_reason = $5,"
        " revision = revision + 1 WHERE institution_id = $1 AND id = $2",
        [*key, work.scope.actor_id, work.now, reason],
    )
    # The same bytes may come again while these wait to be removed.
    await work.run(
        "UPDATE document_versions SET repeated = true WHERE institution_id = $1 AND document_id = $2",
        key,
    )
    await remove_entry(work, "document", document.id)
    work.record("document.withdrawn", "document", document.id, {"reason": reason, "kind": document.kind})
    work.emit("document.withdrawn", {"document": str(document.id)})


async def _latest(document: Document, ordinal: int) -> DocumentVersion:
    _, version = await find_version(document.id, ordinal)
    if ordinal != document.last_ordinal:
        raise DocumentStepRefused(
            state=version.state.value, reasons=[NOT_THE_LATEST.code], remedies=[NOT_THE_LATEST.remedy]
        )
    return version


async def _take_back(work: Work, document: Document, version: DocumentVersion, reason: str) -> None:
    key = [work.scope.institution_id, document.id]
    # The same bytes may come again while these wait to be removed.
    await work.run(
        "UPDATE document_versions SET state = 'withdrawn', repeated = true, decided_by = $3, decided_at = $4,"
        " decision_reason = $5 WHERE institution_id = $1 AND id = $2",
        [work.scope.institution_id, version.id, work.scope.actor_id, work.now, reason],
    )
    await work.run(
        "UPDATE documents SET last_ordinal = last_ordinal - 1, revision = revision + 1"
        " WHERE institution_id = $1 AND id = $2",
        key,
    )
    present = (
        await DocumentVersion.filter(document_id=document.id, state=DocumentState.KEPT).order_by("-ordinal").first()
    )
    await index_document(work, document, text=str(present.proposal.get("text") or "") if present else "")
    payload = {"version": str(version.id), "ordinal": version.ordinal, "reason": reason}
    work.record("document.version_withdrawn", "document", document.id, payload)
    work.emit("document.version_withdrawn", {"document": str(document.id), "version": str(version.id)})


async def _facts(work: Work, document: Document, reason: str) -> DocumentFacts:
    """Who withdraws a document must have uploaded every version of it: they all go."""
    present = DocumentVersion.filter(document_id=document.id).exclude(state=DocumentState.WITHDRAWN)
    of_others = await present.exclude(uploaded_by=work.scope.actor_id).exists()
    facts = facts_of(document, work.scope, reason, held=await is_held(work, document.id))
    return replace(facts, actor_is_uploader=facts.actor_is_uploader and not of_others)
