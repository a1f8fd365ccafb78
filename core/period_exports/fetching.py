"""A kept package comes back from the storage: whole, proven by its digest, on the local disk."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from core.documents.errors import ContentDamaged
from core.documents.models import Document, DocumentVersion
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.period_exports.package import Package, open_package
from core.period_exports.services import PeriodExportServices
from retention.lifecycle import DocumentState
from storage.errors import ObjectAbsent

_GONE = frozenset({DocumentState.WITHDRAWN, DocumentState.REFUSED})


@dataclass(frozen=True, slots=True)
class Copy:
    """A package on the local disk, and what the registry says of it."""

    package: Package
    version: DocumentVersion
    path: Path


@asynccontextmanager
async def fetched(services: PeriodExportServices, scope: Scope, document_id: UUID) -> AsyncIterator[Copy]:
    """Fetch a package; raise `NotFound` for one that is no more, `ContentDamaged` where the storage has lost it."""
    async with services.database.work(scope):
        document = await Document.get_or_none(id=document_id)
        version = await DocumentVersion.filter(document_id=document_id).order_by("-ordinal").first()
    if document is None or version is None or document.state in _GONE:
        raise NotFound(document=str(document_id))
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="period-export-copy-", dir=services.scratch))
    try:
        path = folder / "snapshot.zip"
        await _download(services, version, path)
        with open_package(path) as package:
            yield Copy(package, version, path)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _download(services: PeriodExportServices, version: DocumentVersion, path: Path) -> None:
    digest = hashlib.sha256()
    try:
        async with services.documents.vault.open(version.object_key, version.storage_version_id) as stream:
            with await asyncio.to_thread(path.open, "wb") as target:
                async for chunk in stream:
                    digest.update(chunk)
                    await asyncio.to_thread(target.write, chunk)
    except ObjectAbsent as error:
        raise ContentDamaged from error
    if digest.digest() != bytes(version.sha256):
        raise ContentDamaged
