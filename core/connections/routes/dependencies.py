"""Who may call the routes of connections, and what they may be refused for."""

from typing import Annotated, Final

from fastapi import Depends, Request

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.connections.diagnostics import secret_states
from core.connections.errors import (
    ConfigurationInvalid,
    ConfigurationTooNew,
    ConnectionRemoved,
    ConnectorBroken,
    ConnectorSilent,
    ConnectorUnavailable,
    SecretsUnreadable,
)
from core.connections.models import ConnectionRow
from core.connections.schemas import ConnectionOut
from core.connections.services import ConnectionServices
from core.connections.states import ConnectionState, state_of
from core.kernel.errors import DelotekaError, NotFound, StaleState
from core.web.errors import PreconditionFailed, PreconditionRequired

Manager = Annotated[Caller, Depends(allow(Permission.CONNECTIONS_MANAGE))]
ManagerAtTheScreen = Annotated[Caller, Depends(allow(Permission.CONNECTIONS_MANAGE, session_only=True))]
Operator = Annotated[
    Caller, Depends(allow(Permission.CONNECTIONS_MANAGE, Permission.CONNECTIONS_REACH_INSIDE, session_only=True))
]

CHANGING: Final[tuple[type[DelotekaError], ...]] = (
    NotFound,
    ConnectionRemoved,
    StaleState,
    PreconditionFailed,
    PreconditionRequired,
)
"""What a change with `If-Match` may be refused for."""
OPENING: Final[tuple[type[DelotekaError], ...]] = (
    NotFound,
    ConnectionRemoved,
    ConnectorUnavailable,
    ConnectorBroken,
    ConnectorSilent,
    ConfigurationInvalid,
    ConfigurationTooNew,
    SecretsUnreadable,
)
"""What anything that asks the connector may be refused for."""


async def connection_services(request: Request) -> ConnectionServices:
    """Return what the composition root put at `app.state.connections`."""
    services: ConnectionServices = request.app.state.connections
    return services


Services = Annotated[ConnectionServices, Depends(connection_services)]


async def shown(services: ConnectionServices, row: ConnectionRow) -> ConnectionOut:
    """Return a connection as the API shows it; to be called inside a unit of work."""
    state, reason = state_of(services, row), ""
    if state is ConnectionState.UNAVAILABLE:
        reason = services.missing()
    return ConnectionOut.of(row, state, reason, await secret_states(services, row))
