"""Dnevnik.ru: classes, learners, marks and final marks of a school, read through the platform's API."""

from collections.abc import Sequence

from core.sdk import hookimpl
from core.sdk.connectors import Connector
from plugins.dnevnik.connector import DnevnikConnector


@hookimpl
def register_connectors() -> Sequence[type[Connector]]:
    """Return the connector."""
    return [DnevnikConnector]
