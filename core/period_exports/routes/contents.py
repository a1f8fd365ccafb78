"""Addresses of what a snapshot says: its package, the files in it, and how it differs from the one before."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Path, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from core.access.gate import Caller
from core.access.permissions import Permission
from core.documents.errors import ContentDamaged
from core.documents.models import Document
from core.kernel.errors import Forbidden, NotFound, StorageUnavailable
from core.kernel.keyset import Listing
from core.period_exports.errors import ExportNotFiled
from core.period_exports.fetching import fetched
from core.period_exports.models import ExportState, PeriodDifference, PeriodExport
from core.period_exports.package import MEDIA_TYPE
from core.period_exports.requesting import find_export
from core.period_exports.routes.dependencies import Maker, Services
from core.period_exports.schemas import PeriodDifferenceOut
from core.period_exports.services import PeriodExportServices
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["period exports"])

_TYPES: Final = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FOLDERS: Final = {"csv": "tables/", "jsonl": "raw/"}
"""Where files lie in a package, by their extensions."""
FileName = Annotated[str, Path(max_length=200, description="Name of a file of the package, without its folder.")]
_BYTES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The bytes.",
        "content": {
            name: {"schema": {"type": "string", "format": "binary"}} for name in (MEDIA_TYPE, *_TYPES.values())
        },
    }
}
_READING: Final = problem_responses(NotFound, ExportNotFiled, ContentDamaged, StorageUnavailable)


class _Streamed(StreamingResponse):
    """An answer that gives its files back however it ends, also when it never begins."""

    def __init__(self, stack: AsyncExitStack, content: AsyncIterator[bytes], headers: dict[str, str]) -> None:
        super().__init__(content, headers=headers)
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await super().__call__(scope, receive, send)


async def _opened(services: PeriodExportServices, caller: Caller, export_id: UUID, part: str) -> PeriodExport:
    async with services.database.work(caller.scope) as work:
        export = await find_export(export_id)
        if export.state is not ExportState.FILED:
            raise ExportNotFiled(state=export.state.value)
        work.record("period_export.opened", "period_export", export_id, {"file": part})
    return export


def _headers(media_type: str, name: str, size: int, sha256: bytes) -> dict[str, str]:
    return {
        "Content-Type": media_type,
        "Content-Length": str(size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "ETag": f'"{sha256.hex()}"',
        "Repr-Digest": f"sha-256=:{b64encode(sha256).decode()}:",
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


@router.get(
    "/period-exports/{export_id}/content",
    response_class=Response,
    responses=_BYTES | _READING | problem_responses(Forbidden),
    summary="Read the package of a snapshot",
)
async def read_period_export_content(export_id: UUID, caller: Maker, services: Services) -> Response:
    """The ZIP file as it was filed. Its raw answers hold contacts of people, so it takes `people.private`."""
    _require_private(caller)
    export = await _opened(services, caller, export_id, "")
    async with AsyncExitStack() as stack:
        copy = await stack.enter_async_context(fetched(services, caller.scope, export.package_id or export.id))

        async def chunks() -> AsyncIterator[bytes]:
            with await asyncio.to_thread(copy.path.open, "rb") as source:
                while chunk := await asyncio.to_thread(source.read, 1 << 20):
                    yield chunk

        headers = _headers(MEDIA_TYPE, f"period-export-{export_id}.zip", copy.version.size, bytes(copy.version.sha256))
        return _Streamed(stack.pop_all(), chunks(), headers)


@router.get(
    "/period-exports/{export_id}/files/{file_name}",
    response_class=Response,
    responses=_BYTES | _READING | problem_responses(Forbidden),
    summary="Read one file of a snapshot",
)
async def read_period_export_file(export_id: UUID, file_name: FileName, caller: Maker, services: Services) -> Response:
    """`manifest.json`, `tables.xlsx`, a table (`results.csv`); raw answers (`<stream>.jsonl`) take `people.private`."""
    extension = file_name.rpartition(".")[2]
    if extension == "jsonl":
        _require_private(caller)
    export = await _opened(services, caller, export_id, file_name)
    async with AsyncExitStack() as stack:
        copy = await stack.enter_async_context(fetched(services, caller.scope, export.package_id or export.id))
        member = f"{_FOLDERS.get(extension, '')}{file_name}"
        if member not in copy.package.names:
            raise NotFound(file=file_name)
        size, sha256 = await asyncio.to_thread(copy.package.measured, member)

        async def chunks() -> AsyncIterator[bytes]:
            pieces = copy.package.chunks(member)
            while chunk := await asyncio.to_thread(next, pieces, b""):
                yield chunk

        media_type = _TYPES.get(extension, "application/octet-stream")
        return _Streamed(stack.pop_all(), chunks(), _headers(media_type, file_name, size, sha256))


@router.get(
    "/period-exports/{export_id}/differences",
    responses=problem_responses(NotFound, ExportNotFiled, BadCursor),
    summary="List how a snapshot differs from the one before",
)
async def list_period_differences(
    export_id: UUID, caller: Maker, services: Services, page: Paging
) -> Page[PeriodDifferenceOut]:
    """Added, removed and changed rows, table by table, with what was said before and what is said now."""
    async with services.database.work(caller.scope) as work:
        export = await find_export(export_id)
        if export.state is not ExportState.FILED:
            raise ExportNotFiled(state=export.state.value)
        if await Document.get_or_none(id=export.package_id) is None:
            raise NotFound(document=str(export.package_id))
        found = Listing(PeriodDifference.filter(export_id=export_id), ("ordinal",))
        shown = await paged(found, page, PeriodDifferenceOut.of)
        work.record("period_export.differences_read", "period_export", export_id, {"shown": len(shown.items)})
    return shown


def _require_private(caller: Caller) -> None:
    if not caller.may(Permission.PEOPLE_PRIVATE):
        raise Forbidden(needed=[Permission.PEOPLE_PRIVATE.value])
