"""The two ends a document can have before it is filed: withdrawn by its uploader, or refused out of quarantine.

Both go the same way: decision committed → every object destroyed → absence heard → end committed. The keeper
repeats the way from the first commit on until the end is committed.
"""

from collections.abc import Coroutine, Iterable
from uuid import UUID

import structlog

from core.documents.locks import destroy_decided
from core.documents.models import Document, DocumentVersion
from core.documents.services import DocumentServices
from core.documents.spool import SpoolName
from core.kernel.audit.blanking import blank_payloads
from core.kernel.database.work import Work
from core.kernel.errors import DelotekaError
from core.kernel.scope import Scope
from core.search.entries import remove_entry
from retention.lifecycle import DocumentState
from storage.errors import StorageError
from storage.keys import original_key, quarantine_key, renditions_prefix
from storage.objects import ProofOfAbsence

log = structlog.get_logger(__name__)


async def destroy_objects(services: DocumentServices, version: DocumentVersion) -> list[ProofOfAbsence]:
    """Destroy the spool file, both possible originals and every rendition of `version`; return the proofs."""
    name = SpoolName(version.institution_id, version.document_id, version.id)
    await _drop_from_spool(services, name)
    ids = (version.institution_id, version.document_id, version.id)
    keys = [original_key(*ids), quarantine_key(*ids)]
    renditions = {entry.key async for entry in services.vault.versions(renditions_prefix(*ids))}
    known = {version.object_key: (version.storage_version_id,)}
    return [
        await destroy_decided(services.vault, key, known_versions=known.get(key, ()))
        for key in (*keys, *sorted(renditions))
    ]


async def _drop_from_spool(services: DocumentServices, name: SpoolName) -> None:
    """Remove the spool copy under its lock, so that nobody can put it back at the same moment."""
    async with services.spool.hold(name) as path:
        if path is not None:
            services.spool.discard(name)


async def attempt(removal: Coroutine[None, None, None]) -> bool:
    """Run a removal that a committed decision asks for; return False where it has to wait for the keeper."""
    try:
        await removal
    except (StorageError, DelotekaError) as error:
        log.warning("removal_waits", reason=type(error).__name__)
        return False
    return True


async def remove_version_bytes(services: DocumentServices, scope: Scope, version: DocumentVersion) -> None:
    """Destroy the bytes of a refused version and write down the proof; can be repeated."""
    proofs = await destroy_objects(services, version)
    async with services.database.work(scope) as work:
        changed = await work.run(
            # What was read out of a file goes with the file.
            "UPDATE document_versions SET bytes_gone_at = $3, proposal = '{}'"
            " WHERE institution_id = $1 AND id = $2 AND state = 'refused' AND bytes_gone_at IS NULL",
            [version.institution_id, version.id, work.now],
        )
        if changed:
            work.record("document.bytes_removed", "document", version.document_id, _proof(version, proofs))
            await _remove_entry_if_refused(work, version.document_id)


async def _remove_entry_if_refused(work: Work, document_id: UUID) -> None:
    document = await Document.get_or_none(id=document_id)
    if document is not None and document.state is DocumentState.REFUSED:
        await remove_entry(work, "document", document_id)


async def remove_withdrawn_version(services: DocumentServices, scope: Scope, version: DocumentVersion) -> None:
    """Destroy the bytes of a version that was withdrawn by itself, then its row; can be repeated."""
    proofs = await destroy_objects(services, version)
    async with services.database.work(scope) as work:
        changed = await work.run(
            "DELETE FROM document_versions WHERE institution_id = $1 AND id = $2 AND state = 'withdrawn'",
            [version.institution_id, version.id],
        )
        if changed:
            work.record("document.bytes_removed", "document", version.document_id, _proof(version, proofs))


async def remove_withdrawn(services: DocumentServices, scope: Scope, document_id: UUID) -> None:
    """Destroy the bytes of a withdrawn document, then its rows, and blank what the trail says of it but its end.

    Can be repeated.
    """
    async with services.database.work(scope):
        versions = await DocumentVersion.filter(document_id=document_id).order_by("ordinal")
    proofs = [(version, await destroy_objects(services, version)) for version in versions]
    async with services.database.work(scope) as work:
        changed = await work.run(
            "DELETE FROM documents WHERE institution_id = $1 AND id = $2 AND state = 'withdrawn'",
            [scope.institution_id, document_id],
        )
        if changed:
            await remove_entry(work, "document", document_id)
            await _blank_trail(work, document_id)
            for version, of_version in proofs:
                work.record("document.bytes_removed", "document", document_id, _proof(version, of_version))


async def _blank_trail(work: Work, document_id: UUID) -> None:
    """Take title, file name and whatever else was said of the document out of the trail, but for the withdrawal."""
    found = await work.rows(
        "SELECT id FROM audit_entries WHERE institution_id = $1 AND object_type = 'document' AND object_id = $2"
        " AND action = 'document.withdrawn' ORDER BY id DESC LIMIT 1",
        [work.scope.institution_id, str(document_id)],
    )
    await blank_payloads(work, "document", document_id, found[0]["id"])


def _proof(version: DocumentVersion, proofs: Iterable[ProofOfAbsence]) -> dict[str, object]:
    return {
        "version": str(version.id),
        "ordinal": version.ordinal,
        "sha256": version.sha256.hex(),
        "size": version.size,
        "absent": [{"key": proof.key, "versions": list(proof.version_ids)} for proof in proofs],
    }
