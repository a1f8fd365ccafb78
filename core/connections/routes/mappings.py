"""Addresses of what words and objects of a platform stand for."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from core.connections.errors import ConnectionRemoved, MappingTargetUnknown, MappingTooLate
from core.connections.finding import find_connection
from core.connections.mapping import MappingKind, decide, listing
from core.connections.routes.dependencies import Manager, Services
from core.connections.schemas import DecidedOut, MappingOut, MappingsIn
from core.kernel.errors import NotFound
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses

router = APIRouter(tags=["connections"])


@router.get(
    "/connections/{connection_id}/mappings",
    responses=problem_responses(NotFound, BadCursor),
    summary="List mappings",
)
async def list_mappings(
    connection_id: UUID,
    caller: Manager,
    services: Services,
    page: Paging,
    kind: Annotated[MappingKind | None, Query(description="Only of this kind.")] = None,
    unmapped: Annotated[
        bool | None, Query(description="true: only what waits for a decision; false: only what was decided.")
    ] = None,
) -> Page[MappingOut]:
    """What runs met and people decided, by kind and word."""
    async with services.database.work(caller.scope):
        await find_connection(connection_id)
        return await paged(listing(connection_id, kind, unmapped=unmapped), page, MappingOut.of)


@router.put(
    "/connections/{connection_id}/mappings",
    responses=problem_responses(NotFound, ConnectionRemoved, MappingTargetUnknown, MappingTooLate),
    summary="Decide mappings",
)
async def put_mappings(connection_id: UUID, wanted: MappingsIn, caller: Manager, services: Services) -> DecidedOut:
    """Say what words and objects stand for; the latest word about each holds, from the next run on.

    Of subjects and groups before they are read for the first time: a dry run shows them.
    """
    async with services.database.work(caller.scope) as work:
        await decide(work, connection_id, [each.to_decision() for each in wanted.mappings])
    return DecidedOut(decided=len(wanted.mappings))
