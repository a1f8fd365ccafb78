"""What a person decides about a quarantined version: release it or refuse it, always with a reason."""

from collections.abc import AsyncIterator
from uuid import UUID

from core.documents.errors import ContentDamaged, DocumentStepRefused
from core.documents.models import Document, DocumentVersion
from core.documents.previews import PREVIEW_JOB
from core.documents.removal import remove_version_bytes
from core.documents.services import DocumentServices
from core.documents.spool import SpoolName
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.scope import Scope
from retention.errors import TransitionRefused
from retention.lifecycle import REFUSE, RELEASE, DocumentFacts, DocumentState, Transition, require
from storage.keys import original_key
from storage.objects import StoredVersion


def guard(state: DocumentState, transition: Transition, facts: DocumentFacts) -> DocumentState:
    """Return the state after `transition`; raise `DocumentStepRefused` with every reason against it."""
    try:
        return require(state, transition, facts)
    except TransitionRefused as refusal:
        raise DocumentStepRefused(
            state=state.value, reasons=list(refusal.reasons), remedies=list(refusal.remedies)
        ) from refusal


def facts_of(document: Document, scope: Scope, reason: str) -> DocumentFacts:
    """Return what the guards of a step look at."""
    return DocumentFacts(
        actor_is_uploader=document.uploaded_by == scope.actor_id,
        in_a_case=document.state is DocumentState.FILED,
        held=False,
        reason_given=bool(reason.strip()),
    )


async def find_version(document_id: UUID, ordinal: int) -> tuple[Document, DocumentVersion]:
    """Return a document and one of its versions; raise `NotFound`."""
    document = await Document.get_or_none(id=document_id)
    version = await DocumentVersion.get_or_none(document_id=document_id, ordinal=ordinal)
    if document is None or version is None or document.state is DocumentState.WITHDRAWN:
        raise NotFound
    return document, version


async def release(services: DocumentServices, scope: Scope, document_id: UUID, ordinal: int, reason: str) -> None:
    """Accept a quarantined version: its bytes move under the key of an original, and it can be read.

    Raises `NotFound`, `DocumentStepRefused`, `StaleState`, `StorageUnavailable`, `DatabaseUnavailable`.
    """
    async with services.database.work(scope):
        document, version = await find_version(document_id, ordinal)
        guard(version.state, RELEASE, facts_of(document, scope, reason))
    stored, name = await _copy_to_original(services, version)
    async with services.database.work(scope) as work:
        await _decide(work, version, DocumentState.KEPT, reason)
        await work.run(
            "UPDATE document_versions SET object_key = $3, storage_version_id = $4, verified_at = NULL"
            " WHERE institution_id = $1 AND id = $2",
            [version.institution_id, version.id, stored.key, stored.version_id],
        )
        work.record("document.released", "document", document_id, {"ordinal": ordinal, "reason": reason})
        work.emit("document.released", {"document": str(document_id), "version": str(name.version_id)})
        work.defer(PREVIEW_JOB, subject_type="document", subject_id=document_id, arguments={"version": str(version.id)})


async def _copy_to_original(services: DocumentServices, version: DocumentVersion) -> tuple[StoredVersion, SpoolName]:
    """Copy quarantined bytes by way of the spool, so that they survive like those of an upload."""
    name = SpoolName(version.institution_id, version.document_id, version.id)

    async def chunks() -> AsyncIterator[bytes]:
        async with services.vault.open(version.object_key, version.storage_version_id) as stream:
            async for chunk in stream:
                yield chunk

    async with services.spool.receive(name, chunks(), limit=version.size, expected=version.size) as spooled:
        if spooled.sha256 != version.sha256.hex():
            raise ContentDamaged
        stored = await services.vault.put(
            original_key(name.institution_id, name.document_id, name.version_id),
            spooled.path,
            sha256=spooled.sha256,
            size=spooled.size,
            media_type=version.media_type,
        )
    return stored, name


async def refuse(services: DocumentServices, scope: Scope, document_id: UUID, ordinal: int, reason: str) -> None:
    """Refuse a quarantined version: the decision is committed first, then its bytes go, then their end is proven.

    Raises `NotFound`, `DocumentStepRefused`, `StaleState`; when the storage does not answer the decision stands and
    the keeper removes the bytes later.
    """
    async with services.database.work(scope) as work:
        document, version = await find_version(document_id, ordinal)
        guard(version.state, REFUSE, facts_of(document, scope, reason))
        await _decide(work, version, DocumentState.REFUSED, reason)
        work.record("document.refused", "document", document_id, {"ordinal": ordinal, "reason": reason})
        work.emit("document.refused", {"document": str(document_id), "version": str(version.id)})
    await remove_version_bytes(services, scope, version)


async def _decide(work: Work, version: DocumentVersion, state: DocumentState, reason: str) -> None:
    """Take the step in the table of versions, and in that of documents when the whole document was waiting."""
    values = [version.institution_id, version.id, state.value, work.scope.actor_id, work.now, reason]
    changed = await work.run(
        "UPDATE document_versions SET state = $3, decided_by = $4, decided_at = $5, decision_reason = $6"
        " WHERE institution_id = $1 AND id = $2 AND state = 'quarantined'",
        values,
    )
    if changed != 1:
        raise StaleState
    values[1] = version.document_id
    await work.run(
        "UPDATE documents SET state = $3, decided_by = $4, decided_at = $5, decision_reason = $6,"
        " revision = revision + 1 WHERE institution_id = $1 AND id = $2 AND state = 'quarantined'",
        values,
    )
