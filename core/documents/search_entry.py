"""How a document is found: what of it goes into the search."""

from core.documents.kinds import document_kind
from core.documents.models import Document
from core.kernel.database.work import Work
from core.kernel.texts import translate
from core.people.models import Group
from core.people.names import group_title
from core.personal_files.learners import Learner
from core.search.entries import SearchEntry, put_entry


async def index_document(work: Work, document: Document, learner: Learner | None, *, text: str | None = None) -> None:
    """Put the document's words and numbers into the search; `text` is what was read in its file, if anything."""
    kind = translate(document_kind(document.kind).title, "ru")
    group = await Group.get_or_none(id=document.group_id) if document.group_id else None
    await put_entry(
        work,
        SearchEntry(
            object_type="document",
            object_id=document.id,
            title=document.title,
            names=f"{kind} {document.title} {document.issued_by} {document.programme} {document.note}",
            numbers=(document.series + document.number, document.registration_number),
            holder_id=learner.id if learner else document.group_id,
            holder_names=learner.names if learner else group_title(group) if group else "",
            text=text,
        ),
    )
