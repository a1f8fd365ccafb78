"""Whether a hold covers a document, asked so that none can be placed before the asking transaction ends."""

from uuid import UUID

from core.cases.holds import pass_gate
from core.kernel.database.work import Work


async def is_held(work: Work, document_id: UUID) -> bool:
    """Pass the gate of holds and say whether one covers a document; call it once the document's row is locked."""
    await pass_gate(work)
    rows = await work.rows(
        "SELECT EXISTS (SELECT FROM holds_over_document($1, $2)) AS held", [work.scope.institution_id, document_id]
    )
    return bool(rows[0]["held"])
