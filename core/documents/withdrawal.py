"""Withdrawal: the uploader takes a wrong upload back before it is filed into a case."""

from dataclasses import replace
from uuid import UUID

from core.documents.decisions import facts_of, guard
from core.documents.models import Document, DocumentVersion
from core.documents.removal import attempt, remove_withdrawn
from core.documents.services import DocumentServices
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.search.entries import remove_entry
from retention.lifecycle import WITHDRAW, DocumentFacts, DocumentState


async def withdraw(services: DocumentServices, scope: Scope, document_id: UUID, reason: str) -> bool:
    """End a wrong upload: bytes, rows and what identifies a person in the audit trail go; that it was, stays.

    Returns whether the bytes are proven gone; where the storage does not answer the decision stands, and the keeper
    removes them later. Raises `NotFound`, `DocumentStepRefused`, `DatabaseUnavailable`.
    """
    async with services.database.work(scope) as work:
        document = await Document.filter(id=document_id).select_for_update().first()
        if document is None or document.state is DocumentState.WITHDRAWN:
            raise NotFound
        guard(document.state, WITHDRAW, await _facts(document, scope, reason))
        await work.run(
            "UPDATE documents SET state = 'withdrawn', decided_by = $3, decided_at = $4, decision_reason = $5,"
            " revision = revision + 1 WHERE institution_id = $1 AND id = $2",
            [scope.institution_id, document_id, scope.actor_id, work.now, reason],
        )
        # The same bytes may come again while these wait to be removed.
        await work.run(
            "UPDATE document_versions SET repeated = true WHERE institution_id = $1 AND document_id = $2",
            [scope.institution_id, document_id],
        )
        await remove_entry(work, "document", document_id)
        work.record("document.withdrawn", "document", document_id, {"reason": reason, "kind": document.kind})
        work.emit("document.withdrawn", {"document": str(document_id)})
    return await attempt(remove_withdrawn(services, scope, document_id))


async def _facts(document: Document, scope: Scope, reason: str) -> DocumentFacts:
    """Who withdraws a document must have uploaded every version of it: they all go."""
    of_others = await DocumentVersion.filter(document_id=document.id).exclude(uploaded_by=scope.actor_id).exists()
    facts = facts_of(document, scope, reason)
    return replace(facts, actor_is_uploader=facts.actor_is_uploader and not of_others)
