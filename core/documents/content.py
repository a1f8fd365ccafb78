"""Reading back: the bytes of a version, whole or a range of them, exactly as they came in."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from core.consents.blocking import require_readable
from core.documents.errors import ContentDamaged, ContentGone, IssuedPaperContent
from core.documents.models import Document, DocumentVersion, Rendition
from core.documents.services import DocumentServices
from core.documents.stubs import absent
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from retention.lifecycle import DocumentState
from storage.errors import ObjectAbsent
from storage.vault import ObjectStream


@dataclass(frozen=True, slots=True)
class Readable:
    """A version whose bytes its asker may read; the reading is in the audit trail already."""

    document: Document
    version: DocumentVersion


async def authorise_reading(
    services: DocumentServices,
    scope: Scope,
    document_id: UUID,
    ordinal: int | None,
    *,
    quarantined: bool,
    opens_blocked: bool,
) -> Readable:
    """Find a version and record that it is read; the latest kept one without `ordinal`.

    `quarantined` says whether the asker may see bytes that wait for a decision, `opens_blocked` whether those of
    blocked personal files. Raises `NotFound`, `DocumentDestroyed`, `ContentGone`, `IssuedPaperContent`,
    `BlockedReading` or `PurposeNotStated`.
    """
    async with services.database.work(scope) as work:
        document = await Document.get_or_none(id=document_id)
        if document is None or document.state is DocumentState.WITHDRAWN:
            raise await absent(document_id)
        if document.institutional:
            raise IssuedPaperContent(document=str(document_id))
        await require_readable(work, document.personal_file_id, opens_blocked=opens_blocked)
        version = await _choose(document_id, ordinal)
        if version.state is DocumentState.REFUSED:
            raise ContentGone
        if version.state is DocumentState.QUARANTINED and not quarantined:
            raise NotFound
        work.record("document.opened", "document", document_id, {"ordinal": version.ordinal})
    return Readable(document, version)


async def _choose(document_id: UUID, ordinal: int | None) -> DocumentVersion:
    versions = DocumentVersion.filter(document_id=document_id).exclude(state=DocumentState.WITHDRAWN)
    if ordinal is not None:
        version = await versions.get_or_none(ordinal=ordinal)
    else:
        version = await versions.filter(state=DocumentState.KEPT).order_by("-ordinal").first()
        version = version or await versions.order_by("-ordinal").first()
    if version is None:
        raise NotFound
    return version


@asynccontextmanager
async def open_content(
    services: DocumentServices, source: DocumentVersion | Rendition, *, offset: int = 0, length: int | None = None
) -> AsyncIterator[ObjectStream]:
    """Stream the bytes of a version or a picture; raise `ContentDamaged` when the storage has lost them."""
    try:
        async with services.vault.open(
            source.object_key, source.storage_version_id, offset=offset, length=length
        ) as stream:
            yield stream
    except ObjectAbsent as error:
        raise ContentDamaged from error


async def list_pictures(
    services: DocumentServices, scope: Scope, document_id: UUID, ordinal: int, *, opens_blocked: bool
) -> Sequence[Rendition]:
    """Return the pictures of a kept version, by page; raise `NotFound`, `BlockedReading` or `PurposeNotStated`."""
    async with services.database.work(scope) as work:
        version = await _kept_version(work, document_id, ordinal, opens_blocked=opens_blocked)
        work.record("document.read", "document", document_id, {"ordinal": ordinal})
        return await Rendition.filter(version_id=version.id, kind="preview").order_by("page")


async def _kept_version(work: Work, document_id: UUID, ordinal: int, *, opens_blocked: bool) -> DocumentVersion:
    document = await Document.get_or_none(id=document_id)
    version = await DocumentVersion.get_or_none(document_id=document_id, ordinal=ordinal, state=DocumentState.KEPT)
    if document is None or document.state is DocumentState.WITHDRAWN or version is None:
        raise await absent(document_id)
    await require_readable(work, document.personal_file_id, opens_blocked=opens_blocked)
    return version


async def find_preview(
    services: DocumentServices, scope: Scope, document_id: UUID, ordinal: int, page: int, *, opens_blocked: bool
) -> Rendition:
    """Find the picture of one page (1 for the first) of a kept version and record that it is read.

    Raises `NotFound`, `BlockedReading` or `PurposeNotStated`.
    """
    async with services.database.work(scope) as work:
        version = await _kept_version(work, document_id, ordinal, opens_blocked=opens_blocked)
        rendition = await Rendition.get_or_none(version_id=version.id, kind="preview", page=page)
        if rendition is None:
            raise NotFound
        work.record("document.previewed", "document", document_id, {"ordinal": ordinal, "page": page})
    return rendition
