"""Intake: spool → inspect → put under the final key → one transaction → acknowledge.

A crash between any two steps loses nothing that was acknowledged. What it may leave behind, a spool file and an
object that no row names, the keeper settles (`core.documents.keeper`).
"""

import contextlib
import hashlib
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.documents.errors import DuplicateUpload, IdempotencyConflict, OutcomeUnknown, UploadRejected
from core.documents.holding import Holding, find_holding, found_holding, holding_of
from core.documents.kinds import DocumentKind, document_kind, uploadable_kind
from core.documents.models import Document, DocumentVersion
from core.documents.previews import defer_preview
from core.documents.requests import DESCRIBED, Arrival, Holder, Upload
from core.documents.search_entry import search_entry
from core.documents.services import DocumentServices
from core.documents.spool import Spooled, SpoolName
from core.documents.text_index import defer_text
from core.inspection.pipeline import Known
from core.inspection.report import Report, report_to_json
from core.inspection.verdicts import Verdict
from core.kernel.audit.entries import plain
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.rows import row_json
from core.kernel.database.work import Records
from core.kernel.errors import DatabaseUnavailable, DelotekaError, NotFound, StaleState
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.search.entries import folded_entry
from retention.lifecycle import DocumentState
from storage.keys import original_key, quarantine_key
from storage.objects import StoredVersion

_SOON_HERE: Final = 1024 * 1024
"""Bytes of a body that costs less to take in than a question of its own about whose document it will be."""


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
    arrival: Arrival
    holding: Holding | None = None
    """None until that is asked together with what speaks against the upload."""
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
    kind = uploadable_kind(wanted.kind) if wanted.holder.institution_id is None else document_kind(wanted.kind)
    holding = None if _is_asked_later(wanted) else await find_holding(services.database, scope, wanted.holder)
    target = _Target(kind=kind, holder=wanted.holder, holding=holding, arrival=wanted.arrival, upload=wanted)
    return await _receive(services, scope, target, new_id(), chunks)


def _is_asked_later(wanted: Upload) -> bool:
    length = wanted.arrival.length
    return wanted.holder.personal_file_id is not None and length is not None and length <= _SOON_HERE


async def upload_version(
    services: DocumentServices, scope: Scope, document_id: UUID, arrival: Arrival, chunks: AsyncIterable[bytes]
) -> Kept:
    """Take a further version of a kept document in; the earlier versions stay. Raises as `upload` does."""
    async with services.database.work(scope) as work:
        document = await Document.get_or_none(id=document_id)
        if document is None or document.state is DocumentState.WITHDRAWN:
            raise NotFound
        if document.state is not DocumentState.KEPT or document.institutional:
            raise StaleState(state=document.state.value)
        holding = await holding_of(work, document)
    kind = document_kind(document.kind)
    holder = Holder(personal_file_id=document.personal_file_id, group_id=document.group_id)
    target = _Target(kind=kind, holder=holder, holding=holding, arrival=arrival, document=document)
    return await _receive(services, scope, target, document_id, chunks)


async def _receive(
    services: DocumentServices, scope: Scope, target: _Target, document_id: UUID, chunks: AsyncIterable[bytes]
) -> Kept:
    name = SpoolName(scope.institution_id, document_id, new_id())
    limit = services.byte_limit(target.kind)
    async with (
        services.turn(),
        services.spool.receive(name, chunks, limit=limit, expected=target.arrival.length, fresh=True) as spooled,
    ):
        try:
            found = await _look(services, scope, target, spooled)
            if target.holding is None:
                target = replace(target, holding=await found_holding(services.database, scope, target.holder, found))
            earlier = await _earlier(services, scope, target, spooled, found)
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
        known=Known(
            size=spooled.size,
            sha256=spooled.sha256,
            content=spooled.content,
            document_kind=target.kind.key,
            uploader=f"{scope.institution_id}.{scope.actor_id}",
        ),
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
    return await services.vault.put_fresh(
        make_key(name.institution_id, name.document_id, name.version_id),
        spooled.path,
        sha256=spooled.sha256,
        size=spooled.size,
        media_type=report.media_type,
        content=spooled.content,
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
        if constraint.endswith("_fkey") or constraint == "documents_unchanged":
            raise StaleState from error
        if constraint not in {"document_versions_once", "idempotency_keys_pkey"}:
            raise
        found = await _look(services, scope, target, spooled)
        earlier = await _earlier(services, scope, target, spooled, found)
        if earlier is None:
            raise StaleState from error
        return earlier
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
    records = services.database.records(scope)
    if target.holding is None:
        message = "whose document it will be is asked before it is written down"
        raise ValueError(message)
    version = _version_row(records, target, spooled, report, stored)
    document = target.document or _document_row(target, version)
    _follow_up(records, document, version)
    key = target.arrival.idempotency_key
    await services.database.call(
        scope,
        "keep_upload",
        None if target.document else row_json(document),
        row_json(version),
        key,
        None if key is None else target.request_digest(spooled.sha256),
        folded_entry(search_entry(document, target.holding)),
        *records.taken(),
    )
    if target.document:
        async with services.database.work(scope):
            document = await Document.get(id=document.id)
    return Kept(document=document, version=version)


async def _after_all(services: DocumentServices, scope: Scope, spooled: Spooled) -> Kept | None:
    """Look whether a commit whose answer was lost took place; None when that is not to be seen now."""
    with contextlib.suppress(DatabaseUnavailable):
        return await _find_kept(services, scope, spooled.name.version_id)
    return None


def _version_row(
    records: Records, target: _Target, spooled: Spooled, report: Report, stored: StoredVersion
) -> DocumentVersion:
    found = report_to_json(report)
    quarantined = report.verdict is Verdict.QUARANTINED
    return DocumentVersion.construct(
        id=spooled.name.version_id,
        institution_id=records.scope.institution_id,
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
        # Papers of the institution say of themselves what is to be known of them; nothing is read out of them again.
        proposal={} if target.kind.issued else plain(found["proposal"]),
        uploaded_by=records.scope.actor_id,
        uploaded_at=records.now,
    )


def _document_row(target: _Target, version: DocumentVersion) -> Document:
    upload = target.upload
    if upload is None:
        message = "a target without a document needs an upload"
        raise ValueError(message)
    values = {name: getattr(upload.description, name) for name in DESCRIBED}
    values["title"] = values["title"] or PurePath(version.file_name).stem or target.kind.title
    return Document.construct(
        id=version.document_id,
        institution_id=version.institution_id,
        personal_file_id=upload.holder.personal_file_id,
        group_id=upload.holder.group_id,
        institutional=upload.holder.institution_id is not None,
        kind=target.kind.key,
        state=version.state,
        uploaded_by=version.uploaded_by,
        created_at=version.uploaded_at,
        **values,
    )


def _follow_up(records: Records, document: Document, version: DocumentVersion) -> None:
    action = "document.uploaded" if version.ordinal == 1 else "document.version_added"
    records.record(
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
    records.emit(action, {"document": str(document.id), "version": str(version.id), "verdict": version.verdict})
    # What a paper of the institution says of people is shown to those only who may read that paper.
    if version.state is DocumentState.KEPT and not document.institutional:
        defer_preview(records, version)
        defer_text(records, version)


async def _look(services: DocumentServices, scope: Scope, target: _Target, spooled: Spooled) -> Mapping[str, Any]:
    """Ask what speaks against the upload, and whose document it will be if that is not known yet."""
    (found,) = await services.database.call(
        scope,
        "look_before_upload",
        target.holder.personal_file_id if target.holding is None else None,
        target.arrival.idempotency_key,
        target.holder.id,
        bytes.fromhex(spooled.sha256),
    )
    return found


async def _earlier(
    services: DocumentServices, scope: Scope, target: _Target, spooled: Spooled, found: Mapping[str, Any]
) -> Kept | None:
    """Find what the same idempotency key brought before; refuse bytes that the holder has already."""
    if found["version_id"] is not None:
        if found["request_digest"] != target.request_digest(spooled.sha256):
            raise IdempotencyConflict
        kept = await _find_kept(services, scope, found["version_id"])
        if kept is None:
            raise IdempotencyConflict(detail_code="withdrawn")
        return replace(kept, replayed=True)
    if found["same_bytes_in"] is not None and not target.arrival.insist:
        first = str(found["same_bytes_in"])
        raise DuplicateUpload(first=first, link=f"/api/v1/documents/{first}", sha256=spooled.sha256)
    return None


async def _find_kept(services: DocumentServices, scope: Scope, version_id: UUID) -> Kept | None:
    async with services.database.work(scope):
        version = await DocumentVersion.get_or_none(id=version_id)
        if version is None:
            return None
        return Kept(document=await Document.get(id=version.document_id), version=version)
