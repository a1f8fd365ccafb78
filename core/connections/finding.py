"""Connections and their connectors are looked up."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from core.connections.errors import ConnectionRemoved, ConnectorBroken
from core.connections.models import ConnectionRow
from core.kernel.errors import DelotekaError, NotFound
from core.kernel.keyset import Listing
from core.sdk.connectors import Connector, ConnectorSpec
from core.sdk.errors import PluginError


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


async def spec_of(connector: type[Connector]) -> ConnectorSpec:
    """Return what a connector declares; raise `ConnectorBroken`."""
    with connector_faults(connector.name):
        return await connector.spec()
