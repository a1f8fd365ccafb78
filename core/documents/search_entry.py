"""How a document is found: what of it goes into the search."""

from core.documents.models import Document
from core.kernel.database.work import Work
from core.personal_files.learners import Learner
from core.search.entries import SearchEntry, put_entry


async def index_document(work: Work, document: Document, learner: Learner | None, *, text: str | None = None) -> None:
    """Put the document's words and numbers into the search; `text` is what was read in its file, if anything."""
    await put_entry(
        work,
        SearchEntry(
            object_type="document",
            object_id=document.id,
            title=document.title,
            names=f"{document.title} {document.issued_by} {document.programme} {document.note}",
            numbers=(document.series + document.number, document.registration_number),
            person_id=learner.id if learner else None,
            person_names=learner.names if learner else "",
            text=text,
        ),
    )
