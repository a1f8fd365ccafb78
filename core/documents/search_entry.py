"""How a document is found: what of it goes into the search."""

from core.documents.holding import Holding, whose
from core.documents.kinds import document_kind
from core.documents.models import Document
from core.kernel.database.work import Work
from core.kernel.texts import translate
from core.search.entries import SearchEntry, put_entry


def search_entry(document: Document, holding: Holding, *, text: str | None = None) -> SearchEntry:
    """Return the document's words and numbers; `text` is what was read in its file, if anything."""
    kind = translate(document_kind(document.kind).title, "ru")
    return SearchEntry(
        object_type="document",
        object_id=document.id,
        title=document.title,
        names=f"{kind} {document.title} {document.issued_by} {document.programme} {document.note}",
        numbers=(document.series + document.number, document.registration_number),
        holder_id=holding.id,
        holder_names=holding.names,
        text=text,
    )


async def index_document(work: Work, document: Document, *, text: str | None = None) -> None:
    """Put the document into the search, or refresh it there."""
    await put_entry(work, search_entry(document, await whose(work, document), text=text))
