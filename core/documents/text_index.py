"""The text of a file goes into the search by a job: nobody waits for it."""

from typing import Final
from uuid import UUID

from core.documents.models import Document, DocumentVersion
from core.documents.search_entry import index_document
from core.kernel.database.work import Records, Work
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from retention.lifecycle import DocumentState

INDEX_TEXT_JOB: Final = "document.index_text"


def defer_text(records: Records, version: DocumentVersion) -> None:
    """Have the text of a version that is kept from now on found soon; one without text ends that of the one before."""
    if version.proposal.get("text") or version.ordinal > 1:
        records.defer(
            INDEX_TEXT_JOB,
            subject_type="document",
            subject_id=version.document_id,
            arguments={"version": str(version.id)},
        )


async def index_text(work: Work, version_id: UUID) -> bool:
    """Put the text of a version into the search if it is the latest kept one; return whether it was."""
    wanted = await DocumentVersion.get_or_none(id=version_id)
    if wanted is None:
        return False
    # Whoever ends the document or a version of it waits for this, or is seen here: no words outlive what said them.
    document = await Document.filter(id=wanted.document_id).select_for_update().first()
    if document is None or document.state is DocumentState.WITHDRAWN:
        return False
    kept = DocumentVersion.filter(document_id=document.id, state=DocumentState.KEPT)
    present = await kept.order_by("-ordinal").first()
    if present is None or present.id != version_id:
        return False
    await index_document(work, document, text=str(present.proposal.get("text") or ""))
    return True


def index_text_job() -> JobHandler:
    """Return the handler of `INDEX_TEXT_JOB`; it may run again."""

    async def handle(context: JobContext, *, version: str) -> None:
        async with context.work() as work:
            await index_text(work, UUID(version))

    return handle
