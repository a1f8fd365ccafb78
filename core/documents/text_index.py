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
    """Have the text of a version that is kept from now on found soon, if it has any."""
    if version.proposal.get("text"):
        records.defer(
            INDEX_TEXT_JOB,
            subject_type="document",
            subject_id=version.document_id,
            arguments={"version": str(version.id)},
        )


async def index_text(work: Work, version_id: UUID) -> bool:
    """Put the text of a version into the search if it is the latest kept one; return whether it was."""
    version = await DocumentVersion.get_or_none(id=version_id, state=DocumentState.KEPT)
    if version is None:
        return False
    document = await Document.get_or_none(id=version.document_id)
    newer = await DocumentVersion.exists(
        document_id=version.document_id, state=DocumentState.KEPT, ordinal__gt=version.ordinal
    )
    if document is None or document.state is DocumentState.WITHDRAWN or newer:
        return False
    await index_document(work, document, text=str(version.proposal.get("text") or ""))
    return True


def index_text_job() -> JobHandler:
    """Return the handler of `INDEX_TEXT_JOB`; it may run again."""

    async def handle(context: JobContext, *, version: str) -> None:
        async with context.work() as work:
            await index_text(work, UUID(version))

    return handle
