"""Addresses of connectors, and of connections from the draft to the removal."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response

from core.connections import configuring
from core.connections.checking import check
from core.connections.diagnostics import diagnostics
from core.connections.errors import (
    AlreadyConfigured,
    ConfigurationInvalid,
    ConnectionRemoved,
    ConnectorBroken,
    ConnectorSilent,
    ConnectorUnavailable,
    ConnectorUnknown,
    OtherAccount,
    PlatformRefused,
    SecretsNeeded,
)
from core.connections.finding import find_connection, listing
from core.connections.offers import offer_of, offers
from core.connections.routes.dependencies import CHANGING, OPENING, Manager, Services, shown
from core.connections.schemas import CheckOut, ConnectionChange, ConnectionIn, ConnectionOut, ConnectorOut
from core.connections.states import state_of
from core.kernel.errors import NotFound, StaleState
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["connections"])


@router.get("/connectors", responses=problem_responses(), summary="List connectors")
async def list_connectors(caller: Manager, services: Services) -> Page[ConnectorOut]:
    """What can be connected, each with what it needs and the schema of its form; always one page."""
    del caller
    return Page(items=[ConnectorOut.of(offer) for offer in await offers(services)])


@router.get("/connectors/{name}", responses=problem_responses(NotFound), summary="Read a connector")
async def read_connector(
    name: Annotated[str, Path(max_length=63, description="`name` in the list of connectors.")],
    caller: Manager,
    services: Services,
) -> ConnectorOut:
    """What one connector is, needs and asks for."""
    del caller
    return ConnectorOut.of(await offer_of(services, name))


@router.get("/connections", responses=problem_responses(BadCursor), summary="List connections")
async def list_connections(
    caller: Manager,
    services: Services,
    page: Paging,
    *,
    removed: Annotated[bool, Query(description="With those that were removed.")] = False,
) -> Page[ConnectionOut]:
    """The connections of the institution, the newest first."""
    async with services.database.work(caller.scope):
        found = listing(removed=removed)
        rows, following = await found.after(page.position(found.position_types()), page.limit)
        return page.closed([await shown(services, row) for row in rows], following)


@router.post(
    "/connections",
    status_code=201,
    responses=problem_responses(
        ConnectorUnknown, ConfigurationInvalid, ConnectorBroken, ConnectorSilent, PlatformRefused
    ),
    summary="Make a connection",
)
async def create_connection(
    wanted: ConnectionIn, response: Response, caller: Manager, services: Services
) -> ConnectionOut:
    """Make a draft; nothing is read before a check has said whose account it is."""
    made = await configuring.create(services, caller.scope, wanted.to_new())
    response.headers["Location"] = f"/api/v1/connections/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    async with services.database.work(caller.scope):
        return await shown(services, made)


@router.get(
    "/connections/{connection_id}",
    responses={**problem_responses(NotFound), **UNCHANGED},
    summary="Read a connection",
)
async def read_connection(
    connection_id: UUID, request: Request, response: Response, caller: Manager, services: Services
) -> ConnectionOut:
    """Everything about a connection but its secrets, of which only is said whether they are set."""
    async with services.database.work(caller.scope):
        row = await find_connection(connection_id)
        found = await shown(services, row)
    fresh(request, response, row.revision)
    return found


@router.patch(
    "/connections/{connection_id}",
    responses=problem_responses(
        *CHANGING,
        ConnectorUnavailable,
        ConnectorBroken,
        ConnectorSilent,
        ConfigurationInvalid,
        SecretsNeeded,
        PlatformRefused,
    ),
    summary="Change a connection",
)
async def change_connection(
    connection_id: UUID,
    wanted: ConnectionChange,
    response: Response,
    caller: Manager,
    services: Services,
    expected: IfMatch,
) -> ConnectionOut:
    """Change what is given. A changed configuration has to be checked again before anything is read."""
    row = await configuring.change(services, caller.scope, connection_id, expected.require, wanted.changes())
    response.headers["ETag"] = etag(row.revision)
    async with services.database.work(caller.scope):
        return await shown(services, row)


@router.delete(
    "/connections/{connection_id}",
    status_code=204,
    responses=problem_responses(*CHANGING),
    summary="Remove a connection",
)
async def remove_connection(connection_id: UUID, caller: Manager, services: Services, expected: IfMatch) -> None:
    """Forget its secrets for good and read nothing more with it. What it imported is kept, and so is its entry."""
    async with services.database.work(caller.scope) as work:
        await configuring.remove(work, connection_id, expected.require)


@router.post(
    "/connections/{connection_id}/check",
    responses=problem_responses(*OPENING, StaleState, AlreadyConfigured, OtherAccount),
    summary="Check a connection",
)
async def check_connection(connection_id: UUID, caller: Manager, services: Services) -> CheckOut:
    """Ask the platform whose account it is and what can be read. A good check makes the connection ready."""
    row, report = await check(services, caller.scope, connection_id)
    return CheckOut.of(row, report, state_of(services, row))


@router.post(
    "/connections/{connection_id}/pause",
    responses=problem_responses(NotFound, ConnectionRemoved, StaleState),
    summary="Pause a connection",
)
async def pause_connection(connection_id: UUID, caller: Manager, services: Services) -> ConnectionOut:
    """Read nothing with it until it is resumed. Repeating it changes nothing."""
    return await _paused(connection_id, caller, services, paused=True)


@router.post(
    "/connections/{connection_id}/resumption",
    responses=problem_responses(NotFound, ConnectionRemoved, StaleState),
    summary="Resume a connection",
)
async def resume_connection(connection_id: UUID, caller: Manager, services: Services) -> ConnectionOut:
    """Let it be read again; a time of the schedule that passed meanwhile is made up for by one run."""
    return await _paused(connection_id, caller, services, paused=False)


async def _paused(connection_id: UUID, caller: Manager, services: Services, *, paused: bool) -> ConnectionOut:
    async with services.database.work(caller.scope) as work:
        return await shown(services, await configuring.pause(work, connection_id, paused=paused))


@router.get(
    "/connections/{connection_id}/diagnostics", responses=problem_responses(NotFound), summary="Diagnose a connection"
)
async def read_connection_diagnostics(connection_id: UUID, caller: Manager, services: Services) -> dict[str, Any]:
    """Everything that helps to find out why it does not work, without secrets; may be handed to whoever helps."""
    async with services.database.work(caller.scope) as work:
        return await diagnostics(services, work, connection_id)
