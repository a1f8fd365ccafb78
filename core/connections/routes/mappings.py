"""Addresses of what words and objects of a platform stand for."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from core.connections.errors import ConnectionRemoved, MappingTargetUnknown, MappingTooLate, MappingWithoutEffect
from core.connections.finding import find_connection
from core.connections.mapping import MappingKind, brought_of, decide, listing
from core.connections.routes.dependencies import Manager, Services
from core.connections.schemas import DecidedOut, MappingOut, MappingsIn
from core.kernel.errors import NotFound
from core.results.errors import TargetNotAssessed
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["connections"])


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
        bool | None, Query(description="true: only what waits for a person; false: only what was decided.")
    ] = None,
) -> Page[MappingOut]:
    """What runs met and people decided, by kind and word; of each what it is taken for until somebody decides."""
    async with services.database.work(caller.scope) as work:
        await find_connection(connection_id)
        brought = await brought_of(work, connection_id)
        found = listing(connection_id, kind, brought, unmapped=unmapped)
        return await paged(found, page, lambda row: MappingOut.of(row, brought))


@router.put(
    "/connections/{connection_id}/mappings",
    responses=problem_responses(
        NotFound, ConnectionRemoved, MappingWithoutEffect, MappingTargetUnknown, TargetNotAssessed, MappingTooLate
    ),
    summary="Decide mappings",
)
async def put_mappings(connection_id: UUID, wanted: MappingsIn, caller: Manager, services: Services) -> DecidedOut:
    """Say what words and objects stand for; the latest word about each holds, from the next run on.

    Of subjects, groups and study periods before they are read for the first time: a dry run shows them.
    """
    async with services.database.work(caller.scope) as work:
        await decide(work, connection_id, [each.to_decision() for each in wanted.mappings])
    return DecidedOut(decided=len(wanted.mappings))
