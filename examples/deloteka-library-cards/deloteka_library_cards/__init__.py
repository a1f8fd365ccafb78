"""A school library as a source: its readers, classes, awards and certificates."""

from collections.abc import Sequence

from core.sdk import hookimpl
from core.sdk.connectors import Connector
from deloteka_library_cards.connector import LibraryCards


@hookimpl
def register_connectors() -> Sequence[type[Connector]]:
    """Offer the connector."""
    return [LibraryCards]
