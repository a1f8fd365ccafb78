"""Addresses of the tray."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Query

from core.documents.errors import DuplicateUpload, HolderUnclear, UnknownKind, UploadRejected
from core.documents.requests import Holder
from core.documents.services import DocumentServices
from core.imports.errors import TrayFileHeld, TrayFileTaken
from core.imports.models import ImportFile
from core.imports.routes.dependencies import Filer, Services
from core.imports.services import ImportServices
from core.imports.tray import assign, find_tray_file, refuse
from core.imports.tray_schemas import AssignmentIn, RefusalIn, TrayFileOut
from core.kernel.errors import DelotekaError, NotFound, Unavailable
from core.kernel.keyset import Listing
from core.sdk.connectors import FileData
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/import-tray", tags=["imports"])

_TAKING: Final[tuple[type[DelotekaError], ...]] = (
    NotFound,
    TrayFileTaken,
    HolderUnclear,
    UnknownKind,
    UploadRejected,
    DuplicateUpload,
)


def _documents(services: ImportServices) -> DocumentServices:
    if services.documents is None:
        raise Unavailable
    return services.documents


@router.get("", responses=problem_responses(BadCursor), summary="List files of the tray")
async def list_tray(
    caller: Filer,
    services: Services,
    page: Paging,
    state: Annotated[
        Literal["tray", "kept", "refused", "pending"], Query(description="Only those in this state.")
    ] = "tray",
) -> Page[TrayFileOut]:
    """Files that a connection brought and of which somebody has to say where they belong, the newest first."""
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(ImportFile.filter(state=state), ("-id",)), page, TrayFileOut.of)
        work.record("import_file.listed", "import_file", "", {"shown": len(shown.items)})
    return shown


@router.get("/{file_id}", responses=problem_responses(NotFound), summary="Read a file of the tray")
async def read_tray_file(file_id: UUID, caller: Filer, services: Services) -> TrayFileOut:
    """What the source says of it, and why it waits."""
    async with services.database.work(caller.scope) as work:
        file = await find_tray_file(file_id)
        work.record("import_file.read", "import_file", file_id)
        return TrayFileOut.of(file)


@router.post(
    "/{file_id}/assignment", responses=problem_responses(*_TAKING), summary="Say where a file of the tray belongs"
)
async def assign_file(file_id: UUID, wanted: AssignmentIn, caller: Filer, services: Services) -> TrayFileOut:
    """Make a document of it; the source hears of that with the next run."""
    if (wanted.personal_file_id is None) == (wanted.group_id is None):
        raise HolderUnclear
    documents = _documents(services)
    async with services.database.work(caller.scope):
        file = await find_tray_file(file_id)
    holder = Holder(personal_file_id=wanted.personal_file_id, group_id=wanted.group_id)
    data = FileData(
        file_name=str(file.said.get("file_name") or "file"),
        title=wanted.title or str(file.said.get("title") or ""),
        issued_on=wanted.issued_on,
        fields={**file.said.get("fields", {}), **wanted.fields},
    )
    return TrayFileOut.of(await assign(documents, caller.scope, file, holder=holder, kind=wanted.kind, data=data))


@router.post(
    "/{file_id}/refusal",
    responses=problem_responses(NotFound, TrayFileTaken, TrayFileHeld),
    summary="Refuse a file of the tray",
)
async def refuse_file(file_id: UUID, wanted: RefusalIn, caller: Filer, services: Services) -> TrayFileOut:
    """It becomes no document, and its bytes are not kept; the source hears the reason with the next run."""
    documents = _documents(services)
    async with services.database.work(caller.scope):
        file = await find_tray_file(file_id)
    return TrayFileOut.of(await refuse(documents, caller.scope, file, wanted.reason))
