"""Scans: files from a folder into which a network scanner writes, or from a prefix in object storage."""

from collections.abc import Sequence

from core.sdk import Connector, hookimpl
from plugins.scans.connector import ScansConnector


@hookimpl
def register_connectors() -> Sequence[type[Connector]]:
    """The connector; a connection names the place that it watches."""
    return [ScansConnector]
