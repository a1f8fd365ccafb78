"""Withdrawal: the uploader takes a wrong upload back before it is filed into a case."""

from uuid import UUID

from core.documents.decisions import facts_of, guard
from core.documents.models import Document
from core.documents.removal import remove_withdrawn
from core.documents.services import DocumentServices
from core.kernel.errors import NotFound, StaleState
from core.kernel.scope import Scope
from retention.lifecycle import WITHDRAW, DocumentState


async def withdraw(services: DocumentServices, scope: Scope, document_id: UUID, reason: str) -> None:
    """End a wrong upload: bytes and rows go, what the audit trail says of it stays.

    Raises `NotFound`, `DocumentStepRefused`, `StaleState`; when the storage does not answer the decision stands and
    the keeper removes the bytes later.
    """
    async with services.database.work(scope) as work:
        document = await Document.get_or_none(id=document_id)
        if document is None or document.state is DocumentState.WITHDRAWN:
            raise NotFound
        guard(document.state, WITHDRAW, facts_of(document, scope, reason))
        changed = await work.run(
            "UPDATE documents SET state = 'withdrawn', decided_by = $3, decided_at = $4, decision_reason = $5,"
            " revision = revision + 1 WHERE institution_id = $1 AND id = $2 AND state IN ('quarantined', 'kept')",
            [scope.institution_id, document_id, scope.actor_id, work.now, reason],
        )
        if changed != 1:
            raise StaleState
        work.record("document.withdrawn", "document", document_id, {"reason": reason, "kind": document.kind})
        work.emit("document.withdrawn", {"document": str(document_id)})
    await remove_withdrawn(services, scope, document_id)
