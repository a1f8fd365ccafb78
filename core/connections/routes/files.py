"""Addresses of files that are given to a connection."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Request, Response
from starlette.requests import ClientDisconnect

from core.connections.errors import (
    ConnectionRemoved,
    ConnectorBroken,
    ConnectorSilent,
    ConnectorUnavailable,
    FilesNotTaken,
    GivenFileTooLarge,
    GivenFileTwice,
)
from core.connections.finding import find_connection
from core.connections.given_files import give, listing, remove_file
from core.connections.routes.dependencies import Manager, Services
from core.connections.schemas import GivenFileOut
from core.documents.errors import UploadCut
from core.kernel.errors import NoSpace, NotFound, StorageUnavailable
from core.web.bodies import raw_body
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["connections"])

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect as error:
        raise UploadCut from error


@router.get(
    "/connections/{connection_id}/files", responses=problem_responses(NotFound, BadCursor), summary="List given files"
)
async def list_given_files(
    connection_id: UUID, caller: Manager, services: Services, page: Paging
) -> Page[GivenFileOut]:
    """The files that the connection reads, the newest first; their contents are not shown."""
    async with services.database.work(caller.scope):
        await find_connection(connection_id)
        return await paged(listing(connection_id), page, GivenFileOut.of)


@router.post(
    "/connections/{connection_id}/files",
    status_code=201,
    responses=problem_responses(
        NotFound,
        ConnectionRemoved,
        ConnectorUnavailable,
        ConnectorBroken,
        ConnectorSilent,
        FilesNotTaken,
        GivenFileTooLarge,
        GivenFileTwice,
        UploadCut,
        NoSpace,
        StorageUnavailable,
    ),
    openapi_extra=_BODY,
    summary="Give a file",
)
@raw_body
async def give_file(
    connection_id: UUID,
    request: Request,
    response: Response,
    caller: Manager,
    services: Services,
    file_name: Annotated[
        str, Query(min_length=1, max_length=4000, description="The file's name.", examples=["список 5А.xlsx"])
    ],
) -> GivenFileOut:
    """Send a file for the connection to read, as the body of the request."""
    row = await give(services, caller.scope, connection_id, file_name, _body(request))
    response.headers["Location"] = f"/api/v1/connections/{connection_id}/files/{row.id}"
    return GivenFileOut.of(row)


@router.delete(
    "/connections/{connection_id}/files/{file_id}",
    status_code=204,
    responses=problem_responses(NotFound, ConnectionRemoved),
    summary="Remove a given file",
)
async def remove_given_file(connection_id: UUID, file_id: UUID, caller: Manager, services: Services) -> None:
    """Take a file away; what was read from it is kept."""
    async with services.database.work(caller.scope) as work:
        await remove_file(work, connection_id, file_id)
