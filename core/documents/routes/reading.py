"""Addresses where the bytes of documents are read."""

import re
from base64 import b64encode
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Header, Path, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.consents.errors import BlockedReading, PurposeNotStated
from core.documents.content import authorise_reading, find_preview, list_pictures, open_content
from core.documents.errors import (
    DESTROYED,
    ContentDamaged,
    ContentGone,
    IssuedPaperContent,
    RangeNotSatisfiable,
)
from core.documents.models import DocumentVersion, Rendition
from core.documents.routes.dependencies import Ordinal, Services
from core.documents.schemas import PreviewOut
from core.kernel.errors import DatabaseUnavailable, NotFound, StorageUnavailable
from core.web.conditional import UNCHANGED, has_copy, require_copy
from core.web.errors import PreconditionFailed
from core.web.paging import Page
from core.web.problems import problem_responses
from core.web.routing import Router
from storage.vault import ObjectStream

router = Router()

PageNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the page, 1 for the first.")]
Opener = Annotated[Caller, Depends(allow(Permission.DOCUMENTS_OPEN))]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which part of the bytes a reader asks for, and on which condition."""

    request: Request
    span: str | None = None
    condition: str | None = None

    @property
    def head(self) -> bool:
        """Whether the bytes themselves are not wanted (RFC 9110, 9.3.2)."""
        return self.request.method == "HEAD"

    def unchanged(self, tag: str) -> bool:
        """Say whether the reader has the bytes of `tag` already; raise `PreconditionFailed` (RFC 9110, 13.2.2)."""
        require_copy(self.request, tag)
        return has_copy(self.request, tag)

    def range_of(self, tag: str) -> str | None:
        """Return the range, None if it was meant for other bytes than those of `tag` (RFC 9110, 13.1.5)."""
        return self.span if self.condition in {None, tag} and not self.head else None


KnownCopy = Annotated[
    str | None,
    Header(alias="If-None-Match", description="ETags of the copies the reader has; 304 if one is still the present."),
]


async def _asked(
    request: Request,
    span: Annotated[
        str | None, Header(alias="Range", description="One range of bytes (RFC 9110).", examples=["bytes=0-1023"])
    ] = None,
    condition: Annotated[
        str | None, Header(alias="If-Range", description="ETag of the bytes the range is meant for; else all are sent.")
    ] = None,
    _known: KnownCopy = None,
) -> _Asked:
    return _Asked(request, span, condition)


async def _asked_whole(request: Request, _known: KnownCopy = None) -> _Asked:
    return _Asked(request)


AskedRange = Annotated[_Asked, Depends(_asked)]
AskedWhole = Annotated[_Asked, Depends(_asked_whole)]
_BYTES: dict[str, Any] = {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes of the file, as they came in.", **_BYTES},
    206: {"description": "The range that was asked for.", **_BYTES},
    **UNCHANGED,
    **problem_responses(
        NotFound,
        *DESTROYED,
        ContentGone,
        IssuedPaperContent,
        ContentDamaged,
        PreconditionFailed,
        RangeNotSatisfiable,
        BlockedReading,
        PurposeNotStated,
        StorageUnavailable,
        DatabaseUnavailable,
    ),
}
_HEADS: dict[int | str, dict[str, Any]] = {
    **{status: said for status, said in _ANSWERS.items() if status not in {206, 416}},
    200: {"description": "The headers of a GET, without the bytes; recorded like a reading."},
}
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
# Originals are hostile until proven otherwise: never shown inside our own pages.
_POLICY: Final = "default-src 'none'; sandbox"


@router.get(
    "/documents/{document_id}/content", response_class=StreamingResponse, responses=_ANSWERS, summary="Read the file"
)
@router.head(
    "/documents/{document_id}/content",
    name="probe_document_content",
    response_class=Response,
    responses=_HEADS,
    summary="Size and digest of the file",
)
async def read_document_content(document_id: UUID, caller: Opener, services: Services, asked: AskedRange) -> Response:
    """The bytes of the latest version, exactly as they were uploaded; one range may be asked for.

    Who has them already and says so (`If-None-Match`) is answered 304; that is recorded as a reading too.
    """
    return await _serve(services, caller, document_id, None, asked)


@router.get(
    "/documents/{document_id}/versions/{ordinal}/content",
    response_class=StreamingResponse,
    responses=_ANSWERS,
    summary="Read the file of a version",
)
@router.head(
    "/documents/{document_id}/versions/{ordinal}/content",
    name="probe_document_version_content",
    response_class=Response,
    responses=_HEADS,
    summary="Size and digest of the file of a version",
)
async def read_document_version_content(
    document_id: UUID, ordinal: Ordinal, caller: Opener, services: Services, asked: AskedRange
) -> Response:
    """The bytes of one version. Quarantined bytes are given to those who decide about them only."""
    return await _serve(services, caller, document_id, ordinal, asked)


async def _serve(services: Services, caller: Caller, document_id: UUID, ordinal: int | None, asked: _Asked) -> Response:
    readable = await authorise_reading(
        services,
        caller.scope,
        document_id,
        ordinal,
        quarantined=caller.may(Permission.QUARANTINE_DECIDE),
        opens_blocked=caller.may(Permission.BLOCKED_OPEN),
    )
    version = readable.version
    tag = f'"{bytes(version.sha256).hex()}"'
    if asked.unchanged(tag):
        return _not_modified(tag)
    span = _span(asked.range_of(tag), version.size)
    offset, length = span or (0, version.size)
    headers = {
        # As it is, without a guess at the encoding of a text.
        "Content-Type": version.media_type,
        "Content-Length": str(length),
        "Content-Disposition": _attachment(version.file_name),
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Content-Security-Policy": _POLICY,
        "Repr-Digest": f"sha-256=:{b64encode(version.sha256).decode()}:",
    }
    if asked.head:
        return await _described(services, version, headers)
    if span is not None:
        headers["Content-Range"] = f"bytes {offset}-{offset + length - 1}/{version.size}"
    return await _opened(services, version, offset, length, status=206 if span else 200, headers=headers)


def _not_modified(tag: str) -> Response:
    return Response(status_code=304, headers={"ETag": tag, "Content-Security-Policy": _POLICY})


async def _described(services: Services, source: DocumentVersion | Rendition, headers: dict[str, str]) -> Response:
    """Answer without the bytes, but not before the storage said that it has them."""
    await services.vault.stat(source.object_key, source.storage_version_id)
    return Response(headers=headers)


class _Streamed(StreamingResponse):
    """An answer that gives the connection to the storage back however it ends, also when it never begins."""

    def __init__(self, stack: AsyncExitStack, stream: ObjectStream, *, status: int, headers: dict[str, str]) -> None:
        super().__init__(stream, status_code=status, headers=headers)
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await super().__call__(scope, receive, send)


async def _opened(
    services: Services,
    source: DocumentVersion | Rendition,
    offset: int,
    length: int,
    *,
    status: int = 200,
    headers: dict[str, str],
) -> StreamingResponse:
    """Open the stream before the answer begins, so that a missing object is a problem and not a cut answer."""
    stack = AsyncExitStack()
    stream = await stack.enter_async_context(open_content(services, source, offset=offset, length=length))
    return _Streamed(stack, stream, status=status, headers=headers)


def _span(asked: str | None, size: int) -> tuple[int, int] | None:
    """Return offset and length of the one range asked for, None for the whole; a header we cannot read is ignored."""
    matched = _RANGE.fullmatch(asked.strip()) if asked else None
    if matched is None or matched.groups() == ("", ""):
        return None
    first, last = matched.groups()
    if not first:
        length = min(int(last), size)
        start, end = size - length, size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and first and int(last) < int(first):
        return None
    if start >= size or end < start:
        raise RangeNotSatisfiable(size=size)
    return start, end - start + 1


def _attachment(file_name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"


@router.get(
    "/documents/{document_id}/versions/{ordinal}/previews",
    responses=problem_responses(NotFound, *DESTROYED, BlockedReading, PurposeNotStated),
    summary="List previews",
)
async def list_document_previews(
    document_id: UUID, ordinal: Ordinal, caller: Opener, services: Services
) -> Page[PreviewOut]:
    """The pictures of the first pages, all on one page; empty until they are made, a moment after the upload."""
    opens_blocked = caller.may(Permission.BLOCKED_OPEN)
    pictures = await list_pictures(services, caller.scope, document_id, ordinal, opens_blocked=opens_blocked)
    return Page(items=[PreviewOut.of(picture, document_id, ordinal) for picture in pictures])


@router.get(
    "/documents/{document_id}/versions/{ordinal}/previews/{page}",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The picture.",
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
        },
        **UNCHANGED,
        **problem_responses(
            NotFound,
            *DESTROYED,
            ContentDamaged,
            PreconditionFailed,
            BlockedReading,
            PurposeNotStated,
            StorageUnavailable,
            DatabaseUnavailable,
        ),
    },
    summary="Read a preview",
)
@router.head(
    "/documents/{document_id}/versions/{ordinal}/previews/{page}",
    name="probe_document_preview",
    response_class=Response,
    responses=_HEADS,
    summary="Size of a preview",
)
async def read_document_preview(
    document_id: UUID, ordinal: Ordinal, page: PageNumber, caller: Opener, services: Services, asked: AskedWhole
) -> Response:
    """The picture of one page; made from the file, never the original itself."""
    opens_blocked = caller.may(Permission.BLOCKED_OPEN)
    picture = await find_preview(services, caller.scope, document_id, ordinal, page, opens_blocked=opens_blocked)
    tag = f'"{picture.id}"'
    if asked.unchanged(tag):
        return _not_modified(tag)
    headers = {
        "ETag": tag,
        "Content-Type": picture.media_type,
        "Content-Length": str(picture.size),
        "Cache-Control": "private, no-store",
    }
    if asked.head:
        return await _described(services, picture, headers)
    return await _opened(services, picture, 0, picture.size, headers=headers)
