"""OneRoster 1.1 and 1.2 (1EdTech): bundles of CSV files that a clerk gives, and servers that speak REST."""

from collections.abc import Sequence

from core.sdk import Connector, hookimpl
from plugins.oneroster.connector import OneRosterConnector


@hookimpl
def register_connectors() -> Sequence[type[Connector]]:
    """The connector; a connection says whether it reads bundles or a server."""
    return [OneRosterConnector]
