"""Connections and their connectors are looked up."""

import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar, cast
from uuid import UUID

from core.connections.errors import ConnectionRemoved, ConnectorBroken, ConnectorSilent
from core.connections.models import ConnectionRow
from core.connections.services import ConnectionServices
from core.kernel.errors import DelotekaError, NotFound
from core.kernel.keyset import Listing
from core.kernel.plugins import Ending
from core.sdk.connectors import Connector, ConnectorSpec
from core.sdk.errors import PluginError

log = logging.getLogger(__name__)

T = TypeVar("T")


def listing(*, removed: bool) -> Listing[ConnectionRow]:
    """Return the connections of the current institution, the newest first, with those that were removed or without."""
    rows = ConnectionRow.filter() if removed else ConnectionRow.filter(removed_at__isnull=True)
    return Listing(rows, ("-id",))


async def find_connection(connection_id: UUID) -> ConnectionRow:
    """Return a connection of the current institution, a removed one too; raise `NotFound`."""
    found = await ConnectionRow.get_or_none(id=connection_id)
    if found is None:
        raise NotFound
    return found


async def lock_connection(connection_id: UUID) -> ConnectionRow:
    """Return a connection and keep it as it is until the end of the transaction.

    Raises `NotFound` or `ConnectionRemoved`.
    """
    found = await ConnectionRow.filter(id=connection_id).select_for_update().first()
    if found is None:
        raise NotFound
    if found.state == "removed":
        raise ConnectionRemoved
    return found


@contextmanager
def connector_faults(name: str) -> Iterator[None]:
    """Turn what no connector should raise into `ConnectorBroken`; its own errors and the core's pass."""
    try:
        yield
    except (DelotekaError, PluginError):
        raise
    except Exception as error:
        raise ConnectorBroken(connector=name, error=type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class _Raised:
    """What a call raised, on its way through the fence."""

    error: Exception


async def declared(
    services: ConnectionServices, connector: type[Connector], what: str, call: Callable[[], Awaitable[T] | T]
) -> T:
    """Make a call of a connector's class behind the fence: in a thread of its own, with a time limit.

    Raises the connector's own errors and the core's, `ConnectorSilent` for a call that does not come back, and
    `ConnectorBroken` for anything else.
    """
    name = connector.name

    def attempt() -> object:
        try:
            answer = call()
        except Exception as error:  # noqa: BLE001 (raised again below)
            return _Raised(error)
        return awaited(answer) if inspect.isawaitable(answer) else answer

    async def awaited(answer: Awaitable[T]) -> object:
        try:
            return await answer
        except Exception as error:  # noqa: BLE001 (as above)
            return _Raised(error)

    limit = services.rooms.declaration
    outcome = await services.fence.arun(services.plugin_of(name), f"{name}: {what}", attempt, limit, _as_it_is)
    if outcome.ending is Ending.TIMEOUT:
        log.error("the connector %s, %s: %s", name, what, outcome.reason)
        raise ConnectorSilent(connector=name, error=f"{what} {outcome.reason}")
    if not outcome.ok:
        raise ConnectorBroken(connector=name, error=outcome.reason or "")
    if isinstance(outcome.value, _Raised):
        with connector_faults(name):
            raise outcome.value.error
    return cast("T", outcome.value)


def _as_it_is(answer: object) -> object:
    return answer


async def spec_of(services: ConnectionServices, connector: type[Connector]) -> ConnectorSpec:
    """Return what a connector declares; raise `ConnectorBroken`."""
    return await declared(services, connector, "its manifest", connector.spec)
