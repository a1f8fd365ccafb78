"""Correcting what a document is said to be; its files never change."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from core.consents.blocking import require_unblocked
from core.documents.errors import KindTakesNoSuchFile
from core.documents.kinds import document_kind, uploadable_kind
from core.documents.models import Document, DocumentVersion
from core.documents.refusals import issued_paper
from core.documents.search_entry import index_document
from core.documents.services import DocumentServices
from core.documents.stubs import absent
from core.kernel.database.work import Work
from core.kernel.errors import Invalid, StaleState
from retention.lifecycle import END_STATES, DocumentState

EDITABLE: Final = frozenset(
    {
        "kind",
        "title",
        "series",
        "number",
        "registration_number",
        "issued_on",
        "issued_by",
        "programme",
        "hours",
        "authenticity",
        "paper_carrier",
        "paper_place",
        "note",
    }
)


async def edit(services: DocumentServices, work: Work, document: Document, changes: Mapping[str, Any]) -> Document:
    """Write new metadata over the revision that `document` shows; return the document as it then is.

    Values that are there already change nothing. Raises `UnknownKind`, `KindTakesNoSuchFile`, `Invalid` (a place
    without paper), `PersonalFileBlocked`, `DocumentStepRefused` (a paper that was issued), `StaleState` (the document
    was refused, or somebody was quicker).
    """
    if document.institutional:
        raise issued_paper(document)
    if document.state is DocumentState.REFUSED:
        raise StaleState(state=document.state.value)
    await require_unblocked(document.personal_file_id)
    wanted = _checked(document, changes)
    before = {name: getattr(document, name) for name in wanted}
    if not wanted:
        return document
    if "kind" in wanted:
        await _check_files(services, document, wanted["kind"])
    changed = await Document.filter(id=document.id, revision=document.revision).update(
        **wanted, revision=document.revision + 1
    )
    if changed != 1:
        raise StaleState
    after = await Document.get(id=document.id)
    await index_document(work, after)
    work.record(
        "document.edited",
        "document",
        document.id,
        {
            "before": {name: _plain(before[name]) for name in sorted(wanted)},
            "after": {name: _plain(wanted[name]) for name in sorted(wanted)},
        },
    )
    return after


async def _check_files(services: DocumentServices, document: Document, wanted: str) -> None:
    """Raise `KindTakesNoSuchFile` if the document has files that its present kind takes and the wanted does not."""
    present, policy = services.policy(document_kind(document.kind)), services.policy(document_kind(wanted))
    files = [
        {"ordinal": str(version.ordinal), "media_type": version.media_type, "size": str(version.size)}
        for version in await DocumentVersion.filter(document_id=document.id).exclude(state__in=END_STATES)
        # What a person has let in although the present kind does not take it stays a person's decision.
        if present.takes(version.media_type, version.size) and not policy.takes(version.media_type, version.size)
    ]
    if files:
        raise KindTakesNoSuchFile(kind=wanted, files=files)


def _checked(document: Document, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return those values that differ from the present ones."""
    wanted = {name: value for name, value in changes.items() if name in EDITABLE}
    if "kind" in wanted:
        uploadable_kind(str(wanted["kind"]))
    if not wanted.get("paper_carrier", document.paper_carrier):
        if wanted.get("paper_place"):
            raise Invalid(fields=["paper_place"])
        wanted["paper_place"] = ""
    return {name: value for name, value in wanted.items() if value != getattr(document, name)}


async def find_document(document_id: UUID) -> Document:
    """Return a document of the current institution that was not withdrawn; raise `NotFound` or `DocumentDestroyed`."""
    document = await Document.get_or_none(id=document_id)
    if document is None or document.state is DocumentState.WITHDRAWN:
        raise await absent(document_id)
    return document


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool | None) else str(value)
