"""Files that a clerk gives to a connection: kept in the object storage, laid beside the connector for a run."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from core.connections.models import FileRow
from core.connections.services import ConnectionServices
from core.kernel.scope import Scope
from core.sdk.connectors import GivenFile


@asynccontextmanager
async def files_for_a_run(
    services: ConnectionServices, scope: Scope, connection_id: UUID
) -> AsyncIterator[Sequence[GivenFile]]:
    """Lay the files of a connection into a folder, the oldest first, and remove it after the block.

    Raises `StorageError` where a file cannot be read.
    """
    async with services.database.work(scope):
        rows = await FileRow.filter(connection_id=connection_id, removed_at__isnull=True).order_by("id")
    services.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix="given-", dir=services.scratch))
    try:
        yield [await _laid_out(services, folder, row) for row in rows]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _laid_out(services: ConnectionServices, folder: Path, row: FileRow) -> GivenFile:
    path = folder / str(row.id)
    with path.open("xb") as file:
        async with services.vault.open(row.object_key, row.version_id) as stream:
            async for piece in stream:
                file.write(piece)
    path.chmod(0o400)
    return GivenFile(id=str(row.id), name=row.name, path=path, size=row.size, sha256=row.sha256, given_at=row.given_at)
