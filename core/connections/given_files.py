"""Files that a clerk gives to a connection: kept in the object storage, laid beside the connector for a run."""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.queryset import QuerySet

from core.cases.models import Hold
from core.connections.errors import FilesNotTaken, GivenFileDamaged, GivenFileTooLarge, GivenFileTwice
from core.connections.finding import find_connection, lock_connection, spec_of
from core.connections.models import FileRow
from core.connections.services import ConnectionServices
from core.inspection.names import clean_file_name
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NoSpace, NotFound
from core.kernel.ids import new_id
from core.kernel.keyset import Listing
from core.kernel.scope import Scope
from core.sdk.connectors import GivenFile
from storage.errors import ObjectAbsent
from storage.keys import given_file_key

_PIECE: Final = 1024 * 1024
_NEVER_ARRIVED: Final = timedelta(days=1)
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class _Received:
    path: Path
    size: int
    sha256: str


async def give(
    services: ConnectionServices, scope: Scope, connection_id: UUID, name: str, chunks: AsyncIterable[bytes]
) -> FileRow:
    """Keep a file for a connection to read; acknowledged when its bytes are proven to lie in the storage.

    Raises `NotFound`, `ConnectionRemoved`, `ConnectorUnavailable`, `FilesNotTaken`, `GivenFileTooLarge`,
    `GivenFileTwice`, `NoSpace` and `StorageError`.
    """
    async with services.database.work(scope):
        connection = await find_connection(connection_id)
    manifest = (await spec_of(services, services.connector(connection.connector))).manifest
    if not manifest.takes_files:
        raise FilesNotTaken(connector=connection.connector)
    async with _received(services, chunks) as received:
        row = await _announced(services, scope, connection_id, clean_file_name(name), received)
        stored = await services.vault.put(
            row.object_key,
            received.path,
            sha256=received.sha256,
            size=received.size,
            media_type="application/octet-stream",
        )
        return await _kept(services, scope, row, stored.version_id)


@asynccontextmanager
async def _received(services: ConnectionServices, chunks: AsyncIterable[bytes]) -> AsyncIterator[_Received]:
    """Write a body into a file of the scratch folder, within the limit."""
    services.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(prefix="given-", dir=services.scratch) as file:
        digest, size = hashlib.sha256(), 0
        async for chunk in chunks:
            size += len(chunk)
            if size > services.max_given_file_bytes:
                raise GivenFileTooLarge(limit=services.max_given_file_bytes)
            if shutil.disk_usage(services.scratch).free - len(chunk) < services.reserve:
                raise NoSpace(needed_bytes=len(chunk))
            digest.update(chunk)
            await asyncio.to_thread(file.write, chunk)
        file.flush()
        yield _Received(Path(file.name), size, digest.hexdigest())


async def _announced(
    services: ConnectionServices, scope: Scope, connection_id: UUID, name: str, received: _Received
) -> FileRow:
    """Write the row before the bytes, so that a sweep finds what an interrupted upload left in the storage."""
    file_id = new_id()
    async with services.database.work(scope) as work:
        await lock_connection(connection_id)
        twin = await _present(connection_id).filter(sha256=received.sha256).first()
        if twin is not None:
            raise GivenFileTwice(file_id=str(twin.id))
        return await FileRow.create(
            id=file_id,
            connection_id=connection_id,
            name=name,
            size=received.size,
            sha256=received.sha256,
            object_key=given_file_key(scope.institution_id, connection_id, file_id),
            given_by=scope.actor_id,
            given_at=work.now,
        )


async def _kept(services: ConnectionServices, scope: Scope, row: FileRow, version_id: str) -> FileRow:
    try:
        async with services.database.work(scope) as work:
            connection = await lock_connection(row.connection_id)
            await FileRow.filter(id=row.id).update(version_id=version_id)
            said = {"file": str(row.id), "name": row.name, "size": row.size, "sha256": row.sha256}
            work.record("connection.file_given", "connection", connection.id, said)
    except IntegrityError as error:
        if violated_constraint(error) == "connection_files_once":
            raise GivenFileTwice from error
        raise
    row.version_id = version_id
    return row


def _present(connection_id: UUID) -> QuerySet[FileRow]:
    return FileRow.filter(connection_id=connection_id, removed_at__isnull=True, version_id__isnull=False)


def listing(connection_id: UUID) -> Listing[FileRow]:
    """Return the files that a connection has now, the newest first."""
    return Listing(_present(connection_id), ("-id",))


async def remove_file(work: Work, connection_id: UUID, file_id: UUID) -> None:
    """Take a file from a connection; its bytes go a little later. Raises `NotFound`."""
    connection = await lock_connection(connection_id)
    row = await _present(connection_id).filter(id=file_id).first()
    if row is None:
        raise NotFound
    await FileRow.filter(id=row.id).update(removed_at=work.now)
    work.record("connection.file_removed", "connection", connection.id, {"file": str(row.id), "name": row.name})


async def release_files(work: Work, files: Sequence[UUID]) -> None:
    """Take files from their connections that were read and are needed no longer; their bytes go a little later."""
    for row in await FileRow.filter(id__in=list(files), removed_at__isnull=True).order_by("id"):
        await FileRow.filter(id=row.id).update(removed_at=work.now)
        work.record("connection.file_released", "connection", row.connection_id, {"file": str(row.id)})


async def empty_removed_files(services: ConnectionServices) -> int:
    """Destroy the bytes of removed files, and what uploads that never ended left; return how many went.

    A file may list anybody, so every hold of the institution keeps the bytes of those that were removed.
    """
    before = services.clock() - _NEVER_ARRIVED
    rows = await services.database.ask(
        "SELECT institution_id FROM institutions_with_files_to_empty($1) AS t (institution_id)", [before]
    )
    emptied = 0
    for row in rows:
        scope = Scope(institution_id=row["institution_id"], source="given files")
        async with services.database.work(scope):
            held = await Hold.filter(state="active").exists()
            removed = FileRow.filter(emptied_at__isnull=True, removed_at__isnull=False, version_id__isnull=False)
            lost = FileRow.filter(emptied_at__isnull=True, version_id__isnull=True, given_at__lt=before)
            files = [*([] if held else await removed.limit(_AT_ONCE)), *await lost.limit(_AT_ONCE)]
        for file in files:
            known = [file.version_id] if file.version_id else []
            await services.vault.destroy(file.object_key, known_versions=known)
            async with services.database.work(scope) as work:
                gone = file.removed_at or work.now
                await FileRow.filter(id=file.id).update(removed_at=gone, emptied_at=work.now)
            emptied += 1
    return emptied


@asynccontextmanager
async def files_for_a_run(
    services: ConnectionServices, scope: Scope, connection_id: UUID
) -> AsyncIterator[Sequence[GivenFile]]:
    """Lay the files of a connection into a folder, the oldest first, and remove it after the block.

    Raises `StorageError` where a file cannot be read, and `GivenFileDamaged`.
    """
    async with services.database.work(scope):
        rows = await _present(connection_id).order_by("id")
    services.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix="given-", dir=services.scratch))
    try:
        yield [await _laid_out(services, folder, row) for row in rows]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _laid_out(services: ConnectionServices, folder: Path, row: FileRow) -> GivenFile:
    path, digest = folder / str(row.id), hashlib.sha256()
    try:
        with path.open("xb") as file:
            async with services.vault.open(row.object_key, row.version_id) as stream:
                async for piece in stream:
                    digest.update(piece)
                    await asyncio.to_thread(file.write, piece)
    except ObjectAbsent as error:
        raise GivenFileDamaged(file_id=str(row.id), name=row.name) from error
    if digest.hexdigest() != row.sha256:
        raise GivenFileDamaged(file_id=str(row.id), name=row.name)
    path.chmod(0o400)
    return GivenFile(id=str(row.id), name=row.name, path=path, size=row.size, sha256=row.sha256, given_at=row.given_at)
