"""The tray: files of which a clerk says where they belong, or that they belong nowhere."""

from uuid import UUID

from core.documents.intake import upload
from core.documents.requests import Arrival, Holder, Upload
from core.documents.services import DocumentServices
from core.imports.describing import description_of
from core.imports.errors import TrayFileTaken
from core.imports.models import ImportFile
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.sdk.connectors import FileData


async def find_tray_file(file_id: UUID) -> ImportFile:
    """Return a file of the current institution; raise `NotFound`."""
    found = await ImportFile.get_or_none(id=file_id)
    if found is None:
        raise NotFound
    return found


async def assign(
    services: DocumentServices, scope: Scope, file: ImportFile, *, holder: Holder, kind: str, data: FileData
) -> ImportFile:
    """Make a document of a file of the tray; repeated after an interruption it is the same document.

    Raises `TrayFileTaken`, and what an upload raises.
    """
    if file.state != "tray" or file.object_key is None:
        raise TrayFileTaken(state=file.state)
    arrival = Arrival(
        file_name=data.file_name,
        declared_type=file.media_type,
        length=file.received_size,
        idempotency_key=f"import-tray:{file.id}:{file.edition}",
    )
    wanted = Upload(kind=kind, holder=holder, arrival=arrival, description=description_of(data))
    async with services.vault.open(file.object_key, file.storage_version_id) as stream:
        kept = await upload(services, scope, wanted, stream)
    async with services.database.work(scope) as work:
        taken = await ImportFile.filter(id=file.id, state="tray").update(
            state="kept", document_id=kept.document.id, decided_by=scope.actor_id, ended_at=work.now, settled=False
        )
        if not taken:
            raise TrayFileTaken(state=(await find_tray_file(file.id)).state)
        said = {"document": str(kept.document.id), "holder": str(holder.id), "kind": kind}
        work.record("import_file.assigned", "import_file", file.id, said)
    await _empty(services, file)
    async with services.database.work(scope):
        return await find_tray_file(file.id)


async def refuse(services: DocumentServices, scope: Scope, file: ImportFile, reason: str) -> ImportFile:
    """Say that a file is not taken; its bytes go, and the source hears of it with the next run."""
    async with services.database.work(scope) as work:
        refused = await ImportFile.filter(id=file.id, state="tray").update(
            state="refused", reason=reason, decided_by=scope.actor_id, ended_at=work.now, settled=False
        )
        if not refused:
            raise TrayFileTaken(state=(await find_tray_file(file.id)).state)
        work.record("import_file.refused", "import_file", file.id, {"reason": reason})
    await _empty(services, file)
    async with services.database.work(scope):
        return await find_tray_file(file.id)


async def _empty(services: DocumentServices, file: ImportFile) -> None:
    """Let the bytes of the tray go: they are kept as a document, or were refused."""
    if file.object_key is not None:
        known = [file.storage_version_id] if file.storage_version_id else []
        await services.vault.destroy(file.object_key, known_versions=known)
