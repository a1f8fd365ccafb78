"""Identifiers: UUID version 7, made by the client, sortable by the moment they were made."""

from uuid import UUID

import uuid_utils.compat

INSTALLATION = UUID(int=0)
"""Stands where an institution would, for what concerns the installation as a whole."""


def new_id() -> UUID:
    """Return a fresh UUID version 7 (RFC 9562)."""
    return uuid_utils.compat.uuid7()
