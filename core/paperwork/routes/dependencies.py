"""Who may look at papers, issue and sign them, and what these may be refused for."""

from base64 import b64encode
from hashlib import sha256
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Depends, Request
from starlette.responses import Response

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.cases.errors import CaseNotOpen
from core.documents.errors import ContentDamaged, OutcomeUnknown, SpoolBusy, UploadRejected
from core.documents.models import DocumentVersion
from core.documents.services import DocumentServices
from core.kernel.errors import (
    DatabaseUnavailable,
    DelotekaError,
    Forbidden,
    NoSpace,
    NotFound,
    StaleState,
    StorageUnavailable,
)
from core.papers.errors import PaperContradicts, PaperNotSet, PaperTooLarge
from core.paperwork.catalog import PERSONAL, PaperKind
from core.paperwork.errors import FilingClassUnfit, NoCaseForPaper, NoClassForPaper, PaperNotReady, PaperQuarantined
from core.paperwork.services import PaperworkServices
from storage.errors import ObjectAbsent

Reader = Annotated[Caller, Depends(allow(Permission.DISPOSAL_READ))]
NomenclatureReader = Annotated[Caller, Depends(allow(Permission.NOMENCLATURE_READ))]
PersonalReader = Annotated[Caller, Depends(allow(Permission.DISPOSAL_READ, Permission.PAPERS_PERSONAL))]
Issuer = Annotated[Caller, Depends(allow(Permission.PAPERS_ISSUE))]
PersonalIssuer = Annotated[Caller, Depends(allow(Permission.PAPERS_ISSUE, Permission.PAPERS_PERSONAL))]
Signatory = Annotated[Caller, Depends(allow(Permission.PAPERS_SIGN))]
Head = Annotated[Caller, Depends(allow(Permission.DISPOSAL_CONFIGURE))]
Officer = Annotated[Caller, Depends(allow(Permission.DISPOSAL_PREPARE))]

SETTING: Final[tuple[type[DelotekaError], ...]] = (
    PaperNotReady,
    PaperContradicts,
    PaperNotSet,
    PaperTooLarge,
    NotFound,
)
"""What making and setting a paper may be refused for."""
KEEPING: Final[tuple[type[DelotekaError], ...]] = (
    NoClassForPaper,
    NoCaseForPaper,
    FilingClassUnfit,
    PaperQuarantined,
    CaseNotOpen,
    StaleState,
    UploadRejected,
    NoSpace,
    StorageUnavailable,
    DatabaseUnavailable,
    OutcomeUnknown,
    SpoolBusy,
)
"""What keeping and filing a paper or a signature may be refused for."""
PDF: Final = "application/pdf"
# Nothing of a file is shown inside our own pages.
_POLICY: Final = "default-src 'none'; sandbox"


async def paperwork_services(request: Request) -> PaperworkServices:
    """Return what the composition root put at `app.state.paperwork`."""
    services: PaperworkServices = request.app.state.paperwork
    return services


Services = Annotated[PaperworkServices, Depends(paperwork_services)]


def require_may_read(caller: Caller, kind: str) -> None:
    """Raise `Forbidden` for a paper that names people, unless the caller may read such papers."""
    missing = [each.value for each in needed_to_read(PaperKind(kind)) if not caller.may(each)]
    if missing:
        raise Forbidden(needed=missing)


def needed_to_read(kind: PaperKind) -> tuple[Permission, ...]:
    """Return what it takes to read papers of a kind, besides seeing lists."""
    if kind is PaperKind.PERIOD_RESULTS:
        return Permission.RESULTS_READ, Permission.RESULTS_STAFF, Permission.DOCUMENTS_OPEN
    return (Permission.PAPERS_PERSONAL,) if kind in PERSONAL else ()


def bytes_answer(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """Return how the description of the interface tells of bytes."""
    content = {each: {"schema": {"type": "string", "format": "binary"}} for each in media_types}
    return {200: {"description": "The bytes of the file.", "content": content}}


def file_answer(content: bytes, media_type: str, file_name: str) -> Response:
    """Return an answer with a whole file and its digest."""
    digest = sha256(content).digest()
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name, safe='')}",
        "ETag": f'"{digest.hex()}"',
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "private, no-store",
        "Repr-Digest": f"sha-256=:{b64encode(digest).decode()}:",
    }
    return Response(content, media_type=media_type, headers=headers)


async def stored_bytes(services: DocumentServices, version: DocumentVersion) -> bytes:
    """Return the bytes of a kept version, a few mebibytes at most; raise `ContentDamaged`."""
    try:
        async with services.vault.open(version.object_key, version.storage_version_id) as stream:
            pieces = [piece async for piece in stream]
    except ObjectAbsent as error:
        raise ContentDamaged from error
    content = b"".join(pieces)
    if sha256(content).digest() != bytes(version.sha256):
        raise ContentDamaged
    return content
