"""Intake: spool → inspect → put under the final key → one transaction → acknowledge.

A crash between any two steps loses nothing that was acknowledged. What it may leave behind, a spool file and an
object that no row names, the keeper settles (`core.documents.keeper`).
"""

import contextlib
import hashlib
from collections.abc import AsyncIterable
from dataclasses import asdict, dataclass
from pathlib import PurePath
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.documents.errors import DuplicateUpload, IdempotencyConflict, OutcomeUnknown, UploadRejected
from core.documents.kinds import DocumentKind, document_kind
from core.documents.models import Document, DocumentVersion
from core.documents.previews import PREVIEW_JOB
from core.documents.requests import Arrival, Holder, Upload
from core.documents.search_entry import index_document
from core.documents.services import DocumentServices
from core.documents.spool import Spooled, SpoolName
from core.documents.text_index import defer_text
from core.inspection.report import Report, report_to_json
from core.inspection.verdicts import Verdict
from core.kernel.audit.entries import plain
from core.kernel.database.connection import TransactionUndone
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import DatabaseUnavailable, DelotekaError, NotFound, StaleState
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.people.models import Group
from core.personal_files.learners import Learner, learner_of
from retention.lifecycle import DocumentState
from storage.keys import original_key, quarantine_key
from storage.objects import StoredVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An acknowledged upload."""

    document: Document
    version: DocumentVersion
    replayed: bool = False
    """Whether an earlier request with the same idempotency key had brought it already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """Where the bytes go: a new document, or a further version of an existing one."""

    kind: DocumentKind
    holder: Holder
    learner: Learner | None
    arrival: Arrival
    upload: Upload | None = None
    document: Document | None = None

    @property
    def document_id(self) -> UUID | None:
        return self.document.id if self.document else None

    def request_digest(self, sha256: str) -> bytes:
        """Two requests with one idempotency key are the same request when this is the same."""
        return hashlib.sha256(f"{self.holder.id}/{self.document_id}/{self.kind.key}/{sha256}".encode()).digest()


async def upload(services: DocumentServices, scope: Scope, wanted: Upload, chunks: AsyncIterable[bytes]) -> Kept:
    """Take a new document in; what is returned is kept, whatever happens next.

    Raises `UnknownKind`, `NotFound` (holder), `UploadTooBig`, `UploadCut`, `NoSpace`, `UploadRejected`,
    `DuplicateUpload`, `IdempotencyConflict`, `StorageUnavailable`, `DatabaseUnavailable`, `Unavailable` (too many
    uploads at once); nothing is then kept. `OutcomeUnknown`: the commit may have happened.
    """
    kind = document_kind(wanted.kind)
    async with services.database.work(scope) as work:
        learner = await _require_holder(work, wanted.holder)
    target = _Target(kind=kind, holder=wanted.holder, learner=learner, arrival=wanted.arrival, upload=wanted)
    return await _receive(services, scope, target, new_id(), chunks)


async def upload_version(
    services: DocumentServices, scope: Scope, document_id: UUID, arrival: Arrival, chunks: AsyncIterable[bytes]
) -> Kept:
    """Take a further version of a kept document in; the earlier versions stay. Raises as `upload` does."""
    async with services.database.work(scope) as work:
        document = await Document.get_or_none(id=document_id)
        if document is None or document.state is DocumentState.WITHDRAWN:
            raise NotFound
        if document.state is not DocumentState.KEPT:
            raise StaleState(state=document.state.value)
        holder = Holder(personal_file_id=document.personal_file_id, group_id=document.group_id)
        learner = await _require_holder(work, holder)
    kind = document_kind(document.kind)
    target = _Target(kind=kind, holder=holder, learner=learner, arrival=arrival, document=document)
    return await _receive(services, scope, target, document_id, chunks)


async def _require_holder(work: Work, holder: Holder) -> Learner | None:
    """Return the learner whose personal file is the holder, None for a group; raise `NotFound`."""
    if holder.personal_file_id is not None:
        return await learner_of(work, holder.personal_file_id)
    if not await Group.exists(id=holder.group_id):
        raise NotFound(group=str(holder.group_id))
    return None


async def _receive(
    services: DocumentServices, scope: Scope, target: _Target, document_id: UUID, chunks: AsyncIterable[bytes]
) -> Kept:
    name = SpoolName(scope.institution_id, document_id, new_id())
    limit = services.byte_limit(target.kind)
    async with (
        services.turn(),
        services.spool.receive(name, chunks, limit=limit, expected=target.arrival.length) as spooled,
    ):
        try:
            earlier = await _look_for_earlier(services, scope, target, spooled)
            if earlier is not None:
                services.spool.discard(name)
                return earlier
            report = await _inspect(services, scope, target, spooled)
        except BaseException:
            services.spool.discard(name)
            raise
        try:
            stored = await _put(services, spooled, report)
        except BaseException:
            services.spool.forsake(name)
            raise
        return await _commit(services, scope, target, spooled, report, stored)


async def _inspect(services: DocumentServices, scope: Scope, target: _Target, spooled: Spooled) -> Report:
    report = await services.inspection.inspect(
        spooled.path,
        file_name=target.arrival.file_name,
        declared_type=target.arrival.declared_type,
        policy=services.policy(target.kind),
        sha256=spooled.sha256,
        size=spooled.size,
        document_kind=target.kind.key,
    )
    if report.verdict is Verdict.REJECTED:
        found = report_to_json(report)
        async with services.database.work(scope) as work:
            work.record(
                "document.rejected",
                "upload",
                spooled.name.version_id,
                {"sha256": spooled.sha256, "size": spooled.size, "code": report.code, "holder": str(target.holder.id)},
            )
        raise UploadRejected(reason=report.code, findings=found["findings"], sha256=spooled.sha256)
    return report


async def _put(services: DocumentServices, spooled: Spooled, report: Report) -> StoredVersion:
    name = spooled.name
    make_key = quarantine_key if report.verdict is Verdict.QUARANTINED else original_key
    return await services.vault.put(
        make_key(name.institution_id, name.document_id, name.version_id),
        spooled.path,
        sha256=spooled.sha256,
        size=spooled.size,
        media_type=report.media_type,
    )


async def _commit(
    services: DocumentServices,
    scope: Scope,
    target: _Target,
    spooled: Spooled,
    report: Report,
    stored: StoredVersion,
) -> Kept:
    """Write everything down, or find what an earlier request brought; the outcome of the commit is never guessed."""
    try:
        return await _write_down(services, scope, target, spooled, report, stored)
    except IntegrityError as error:
        services.spool.forsake(spooled.name)
        constraint = violated_constraint(error)
        if constraint.endswith("_fkey"):
            raise StaleState from error
        if constraint not in {"document_versions_once", "idempotency_keys_pkey"}:
            raise
        earlier = await _look_for_earlier(services, scope, target, spooled)
        if earlier is None:
            raise StaleState from error
        return earlier
    except TransactionUndone:
        services.spool.forsake(spooled.name)
        raise
    except DatabaseUnavailable as error:
        kept = await _after_all(services, scope, spooled)
        if kept is None:
            raise OutcomeUnknown from error
        return kept
    except DelotekaError:
        services.spool.forsake(spooled.name)
        raise


async def _write_down(
    services: DocumentServices,
    scope: Scope,
    target: _Target,
    spooled: Spooled,
    report: Report,
    stored: StoredVersion,
) -> Kept:
    async with services.database.work(scope) as work:
        version = _version_row(work, target, spooled, report, stored)
        document = await _save_document(work, target, version)
        await version.save(force_create=True)
        await _remember_key(work, target, spooled, version)
        await index_document(work, document, target.learner)
        _follow_up(work, document, version)
    return Kept(document=document, version=version)


async def _after_all(services: DocumentServices, scope: Scope, spooled: Spooled) -> Kept | None:
    """Look whether a commit whose answer was lost took place; None when that is not to be seen now."""
    with contextlib.suppress(DatabaseUnavailable):
        async with services.database.work(scope):
            version = await DocumentVersion.get_or_none(id=spooled.name.version_id)
            if version is not None:
                return Kept(document=await Document.get(id=version.document_id), version=version)
    return None


def _version_row(
    work: Work, target: _Target, spooled: Spooled, report: Report, stored: StoredVersion
) -> DocumentVersion:
    found = report_to_json(report)
    quarantined = report.verdict is Verdict.QUARANTINED
    return DocumentVersion(
        id=spooled.name.version_id,
        institution_id=work.scope.institution_id,
        document_id=spooled.name.document_id,
        ordinal=target.document.last_ordinal + 1 if target.document else 1,
        holder_id=target.holder.id,
        repeated=target.arrival.insist,
        object_key=stored.key,
        storage_version_id=stored.version_id,
        sha256=bytes.fromhex(spooled.sha256),
        size=spooled.size,
        state=DocumentState.QUARANTINED if quarantined else DocumentState.KEPT,
        verdict=report.verdict.value,
        code=report.code if quarantined else None,
        media_type=report.media_type,
        file_name=report.file_name,
        pages=report.pages,
        findings=plain(found["findings"]),
        facts=plain(found["facts"]),
        proposal=plain(found["proposal"]),
        uploaded_by=work.scope.actor_id,
        uploaded_at=work.now,
    )


async def _save_document(work: Work, target: _Target, version: DocumentVersion) -> Document:
    if target.document is not None:
        return await _append_version(work, target.document)
    upload = target.upload
    if upload is None:
        message = "a target without a document needs an upload"
        raise ValueError(message)
    values = asdict(upload.description)
    values["title"] = values["title"] or PurePath(version.file_name).stem or target.kind.title
    document = Document(
        id=version.document_id,
        institution_id=work.scope.institution_id,
        personal_file_id=upload.holder.personal_file_id,
        group_id=upload.holder.group_id,
        kind=target.kind.key,
        state=version.state,
        uploaded_by=version.uploaded_by,
        created_at=work.now,
        **values,
    )
    await document.save(force_create=True)
    return document


async def _append_version(work: Work, document: Document) -> Document:
    changed = await work.run(
        "UPDATE documents SET last_ordinal = last_ordinal + 1, revision = revision + 1"
        " WHERE institution_id = $1 AND id = $2 AND last_ordinal = $3 AND state = 'kept'",
        [document.institution_id, document.id, document.last_ordinal],
    )
    if changed != 1:
        raise StaleState
    return await Document.get(id=document.id)


async def _remember_key(work: Work, target: _Target, spooled: Spooled, version: DocumentVersion) -> None:
    if target.arrival.idempotency_key is None:
        return
    await work.run(
        "INSERT INTO idempotency_keys"
        " (institution_id, account_id, key, request_digest, object_type, object_id, created_at)"
        " VALUES ($1, $2, $3, $4, 'document_version', $5, $6)",
        [
            work.scope.institution_id,
            work.scope.actor_id,
            target.arrival.idempotency_key,
            target.request_digest(spooled.sha256),
            version.id,
            work.now,
        ],
    )


def _follow_up(work: Work, document: Document, version: DocumentVersion) -> None:
    action = "document.uploaded" if version.ordinal == 1 else "document.version_added"
    work.record(
        action,
        "document",
        document.id,
        {
            "version": str(version.id),
            "ordinal": version.ordinal,
            "kind": document.kind,
            "title": document.title,
            "file_name": version.file_name,
            "sha256": version.sha256.hex(),
            "size": version.size,
            "verdict": version.verdict,
            "code": version.code,
            "holder": str(version.holder_id),
        },
    )
    work.emit(action, {"document": str(document.id), "version": str(version.id), "verdict": version.verdict})
    if version.state is DocumentState.KEPT:
        work.defer(PREVIEW_JOB, subject_type="document", subject_id=document.id, arguments={"version": str(version.id)})
        defer_text(work, version)


async def _look_for_earlier(services: DocumentServices, scope: Scope, target: _Target, spooled: Spooled) -> Kept | None:
    """Find what the same idempotency key brought before; refuse bytes that the holder has already."""
    async with services.database.work(scope) as work:
        if target.arrival.idempotency_key is not None:
            version = await _version_of_key(work, target, spooled)
            if version is not None:
                document = await Document.get(id=version.document_id)
                return Kept(document=document, version=version, replayed=True)
        if not target.arrival.insist:
            await _refuse_duplicate(work, target.holder, spooled)
    return None


async def _version_of_key(work: Work, target: _Target, spooled: Spooled) -> DocumentVersion | None:
    rows = await work.rows(
        "SELECT request_digest, object_id FROM idempotency_keys"
        " WHERE institution_id = $1 AND account_id = $2 AND key = $3",
        [work.scope.institution_id, work.scope.actor_id, target.arrival.idempotency_key],
    )
    if not rows:
        return None
    if rows[0]["request_digest"] != target.request_digest(spooled.sha256):
        raise IdempotencyConflict
    version = await DocumentVersion.get_or_none(id=rows[0]["object_id"])
    if version is None:
        raise IdempotencyConflict(detail_code="withdrawn")
    return version


async def _refuse_duplicate(work: Work, holder: Holder, spooled: Spooled) -> None:
    rows = await work.rows(
        "SELECT v.document_id FROM document_versions v"
        " JOIN documents d ON d.institution_id = v.institution_id AND d.id = v.document_id"
        " WHERE v.institution_id = $1 AND v.holder_id = $2 AND v.sha256 = $3"
        " AND v.state <> 'refused' AND d.state <> 'withdrawn' ORDER BY v.id LIMIT 1",
        [work.scope.institution_id, holder.id, bytes.fromhex(spooled.sha256)],
    )
    if rows:
        first = rows[0]["document_id"]
        raise DuplicateUpload(first=str(first), link=f"/api/v1/documents/{first}", sha256=spooled.sha256)
