"""The tray: files of which a clerk says where they belong, or that they belong nowhere."""

from typing import Final
from uuid import UUID

from core.cases.holds import pass_gate
from core.documents.intake import upload
from core.documents.requests import Arrival, Holder, Upload
from core.documents.services import DocumentServices
from core.imports.describing import description_of
from core.imports.errors import TrayFileHeld, TrayFileTaken
from core.imports.models import ImportFile
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.sdk.connectors import FileData

_HOLDS: Final = """
SELECT h.id FROM holds h WHERE h.institution_id = $1 AND h.state = 'active'
   AND ($2::uuid IS NULL OR h.id IN (SELECT holds_over_copies($1, $2))) ORDER BY h.id
"""


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
    """Say that a file is not taken; its bytes go, and the source hears of it with the next run.

    Raises `TrayFileTaken` or `TrayFileHeld`.
    """
    async with services.database.work(scope) as work:
        refused = await ImportFile.filter(id=file.id, state="tray").update(
            state="refused", reason=reason, decided_by=scope.actor_id, ended_at=work.now, settled=False
        )
        if not refused:
            raise TrayFileTaken(state=(await find_tray_file(file.id)).state)
        await _require_not_held(work, file)
        work.record("import_file.refused", "import_file", file.id, {"reason": reason})
    await _empty(services, file)
    async with services.database.work(scope):
        return await find_tray_file(file.id)


async def _require_not_held(work: Work, file: ImportFile) -> None:
    """Raise `TrayFileHeld` while a hold covers the learner of a file, or anything where nobody knows whom it names."""
    await pass_gate(work)
    holds = await work.rows(_HOLDS, [work.scope.institution_id, file.person_id])
    if holds:
        raise TrayFileHeld(holds=[str(row["id"]) for row in holds])


async def _empty(services: DocumentServices, file: ImportFile) -> None:
    """Let the bytes of the tray go: they are kept as a document, or were refused."""
    if file.object_key is not None:
        known = [file.storage_version_id] if file.storage_version_id else []
        await services.vault.destroy(file.object_key, known_versions=known)
