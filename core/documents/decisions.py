"""What a person decides about a quarantined version: release it or refuse it, always with a reason."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from core.consents.blocking import require_unblocked
from core.documents.errors import ContentDamaged, DocumentStepRefused
from core.documents.models import Document, DocumentVersion
from core.documents.previews import defer_preview
from core.documents.protection import is_held
from core.documents.removal import attempt, remove_version_bytes
from core.documents.services import DocumentServices
from core.documents.spool import Spooled, SpoolName
from core.documents.stubs import absent
from core.documents.text_index import defer_text
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.scope import Scope
from retention.errors import TransitionRefused
from retention.lifecycle import REFUSE, RELEASE, DocumentFacts, DocumentState, Transition, require
from storage.digest import sha256_of_file_async
from storage.keys import original_key


def guard(state: DocumentState, transition: Transition, facts: DocumentFacts) -> DocumentState:
    """Return the state after `transition`; raise `DocumentStepRefused` with every reason against it."""
    try:
        return require(state, transition, facts)
    except TransitionRefused as refusal:
        raise DocumentStepRefused(
            state=state.value, reasons=list(refusal.reasons), remedies=list(refusal.remedies)
        ) from refusal


def facts_of(document: Document, scope: Scope, reason: str, *, held: bool) -> DocumentFacts:
    """Return what the guards of a step look at."""
    return DocumentFacts(
        actor_is_uploader=document.uploaded_by == scope.actor_id,
        in_a_case=document.state is DocumentState.FILED,
        held=held,
        reason_given=bool(reason.strip()),
    )


async def find_version(document_id: UUID, ordinal: int) -> tuple[Document, DocumentVersion]:
    """Return a document and one of its versions; raise `NotFound`."""
    document = await Document.get_or_none(id=document_id)
    versions = DocumentVersion.filter(document_id=document_id, ordinal=ordinal)
    version = await versions.exclude(state=DocumentState.WITHDRAWN).first()
    if document is None or version is None or document.state is DocumentState.WITHDRAWN:
        raise await absent(document_id)
    return document, version


async def release(services: DocumentServices, scope: Scope, document_id: UUID, ordinal: int, reason: str) -> None:
    """Accept a quarantined version: its bytes move under the key of an original, and it can be read.

    Raises `NotFound`, `PersonalFileBlocked`, `DocumentStepRefused`, `StaleState`, `ContentDamaged`, `NoSpace`,
    `StorageUnavailable`, `DatabaseUnavailable`; the version then waits in quarantine as before.
    """
    version = await _require_waiting(services, scope, document_id, ordinal, reason)

    async def check() -> None:
        await _require_waiting(services, scope, document_id, ordinal, reason)

    # The lock is kept until the commit: the keeper clears away what the row does not name.
    async with _in_spool(services, version, check) as spooled:
        name = spooled.name
        stored = await services.vault.put(
            original_key(name.institution_id, name.document_id, name.version_id),
            spooled.path,
            sha256=spooled.sha256,
            size=spooled.size,
            media_type=version.media_type,
        )
        async with services.database.work(scope) as work:
            await _decide(work, version, DocumentState.KEPT, reason)
            await work.run(
                "UPDATE document_versions SET object_key = $3, storage_version_id = $4, verified_at = NULL"
                " WHERE institution_id = $1 AND id = $2",
                [version.institution_id, version.id, stored.key, stored.version_id],
            )
            work.record("document.released", "document", document_id, {"ordinal": ordinal, "reason": reason})
            work.emit("document.released", {"document": str(document_id), "version": str(version.id)})
            if not await Document.exists(id=document_id, institutional=True):
                defer_preview(work, version)
                defer_text(work, version)


async def _require_waiting(
    services: DocumentServices, scope: Scope, document_id: UUID, ordinal: int, reason: str
) -> DocumentVersion:
    async with services.database.work(scope):
        document, version = await find_version(document_id, ordinal)
        await require_unblocked(document.personal_file_id)
        # A release ends nothing, so holds do not matter to it.
        guard(version.state, RELEASE, facts_of(document, scope, reason, held=False))
    return version


@asynccontextmanager
async def _in_spool(
    services: DocumentServices, version: DocumentVersion, check: Callable[[], Awaitable[None]]
) -> AsyncIterator[Spooled]:
    """Lend quarantined bytes by way of the spool, so that they survive like those of an upload; locked.

    What still lies there from the upload is used and never overwritten: the storage may have lost its own copy.
    `check` is asked once the lock is held, and raises if the version has ended meanwhile.
    """
    name = SpoolName(version.institution_id, version.document_id, version.id)
    sha256 = version.sha256.hex()
    async with services.spool.hold(name) as path:
        if path is not None and (await sha256_of_file_async(path))[0] == sha256:
            await check()
            await asyncio.to_thread(os.utime, path)
            yield Spooled(name, path, version.size, sha256)
            return

    async def chunks() -> AsyncIterator[bytes]:
        await check()
        async with services.vault.open(version.object_key, version.storage_version_id) as stream:
            async for chunk in stream:
                yield chunk

    async with services.spool.receive(name, chunks(), limit=version.size, expected=version.size) as spooled:
        if spooled.sha256 != sha256:
            services.spool.discard(name)
            raise ContentDamaged
        yield spooled


async def refuse(services: DocumentServices, scope: Scope, document_id: UUID, ordinal: int, reason: str) -> bool:
    """Refuse a quarantined version: the decision is committed first, then its bytes go, then their end is proven.

    Returns whether the bytes are proven gone; where the storage does not answer the decision stands, and the keeper
    removes them later. Raises `NotFound`, `PersonalFileBlocked`, `DocumentStepRefused`, `StaleState`,
    `DatabaseUnavailable`.
    """
    async with services.database.work(scope) as work:
        document, version = await find_version(document_id, ordinal)
        await require_unblocked(document.personal_file_id)
        await Document.filter(id=document_id).select_for_update().first()
        held = await is_held(work, document_id)
        guard(version.state, REFUSE, facts_of(document, scope, reason, held=held))
        await _decide(work, version, DocumentState.REFUSED, reason)
        work.record("document.refused", "document", document_id, {"ordinal": ordinal, "reason": reason})
        work.emit("document.refused", {"document": str(document_id), "version": str(version.id)})
    return await attempt(remove_version_bytes(services, scope, version))


async def _decide(work: Work, version: DocumentVersion, state: DocumentState, reason: str) -> None:
    """Take the step in the table of versions, and in that of documents when the whole document was waiting."""
    values = [version.institution_id, version.document_id, state.value, work.scope.actor_id, work.now, reason]
    # The document first, as a withdrawal does: whoever comes second sees what the first one did.
    found = await work.run(
        "UPDATE documents SET revision = revision + 1,"
        " state = CASE state WHEN 'quarantined' THEN $3 ELSE state END,"
        " decided_by = CASE state WHEN 'quarantined' THEN $4::uuid ELSE decided_by END,"
        " decided_at = CASE state WHEN 'quarantined' THEN $5::timestamptz ELSE decided_at END,"
        " decision_reason = CASE state WHEN 'quarantined' THEN $6 ELSE decision_reason END"
        " WHERE institution_id = $1 AND id = $2 AND state <> 'withdrawn'",
        values,
    )
    values[1] = version.id
    changed = await work.run(
        "UPDATE document_versions SET state = $3, decided_by = $4, decided_at = $5, decision_reason = $6"
        " WHERE institution_id = $1 AND id = $2 AND state = 'quarantined'",
        values,
    )
    if found != 1 or changed != 1:
        raise StaleState
