"""Filing: a kept document becomes part of a case, and moves to another one only with a reason and a trace."""

from dataclasses import dataclass, replace
from uuid import UUID

from core.cases.filing import Filed, take_in
from core.documents.decisions import facts_of, guard
from core.documents.errors import DocumentStepRefused
from core.documents.models import Document
from core.institutions.registry import present
from core.kernel.clock import today
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.personal_files.learners import learner_of
from retention.lifecycle import FILE, DocumentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document goes."""

    case_id: UUID
    volume_id: UUID | None = None
    reason: str = ""
    """Needed to move what is in another case."""


async def file_document(work: Work, document: Document, place: Place) -> Document:
    """File a kept document into an open case, or move a filed one from an open case to another.

    Asked for what is so already, it answers the same. Raises `NotFound`, `DocumentStepRefused`, `CaseNotOpen`,
    `CaseHeld`, `VolumeClosed` or `StaleState`.
    """
    locked = await Document.filter(id=document.id).select_for_update().first()
    if locked is None or locked.state is DocumentState.WITHDRAWN:
        raise NotFound
    if locked.revision != document.revision:
        raise StaleState
    if (locked.case_id, locked.volume_id) == (place.case_id, place.volume_id):
        return locked
    moved = locked.state is DocumentState.FILED
    if not moved:
        guard(locked.state, FILE, replace(facts_of(locked, work.scope, "", held=False), in_a_case=True))
    elif not place.reason.strip():
        raise DocumentStepRefused(state=locked.state.value, reasons=["no_reason"], remedies=["Give a reason in words."])
    await take_in(work, await _filed(work, locked), place.case_id, place.volume_id, place.reason)
    await Document.filter(id=locked.id).update(
        state=DocumentState.FILED,
        case_id=place.case_id,
        volume_id=place.volume_id,
        revision=locked.revision + 1,
    )
    payload = {"case": str(place.case_id), "from_case": str(locked.case_id or ""), "reason": place.reason}
    work.record("document.moved" if moved else "document.filed", "document", locked.id, payload)
    work.emit("document.filed", {"document": str(locked.id), "case": str(place.case_id)})
    return await Document.get(id=locked.id)


async def _filed(work: Work, document: Document) -> Filed:
    zone = (await present(work)).time_zone
    person = None
    if document.personal_file_id is not None:
        person = (await learner_of(work, document.personal_file_id)).id
    return Filed(
        document_id=document.id,
        dated_on=document.issued_on or today(lambda: document.created_at, zone),
        person_id=person,
        from_case_id=document.case_id,
    )
