"""In which state a connection is, as people and runs see it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from core.connections.errors import ConnectionRemoved, NotReady
from core.connections.models import ConnectionRow
from core.connections.services import ConnectionServices
from core.kernel.database.work import Work

FAILING_LONG: Final = timedelta(days=3)
"""After which people are told that no run gets through: a weekend is no news."""

_HINDERED: Final = """
UPDATE connections
   SET failing_since = coalesce(failing_since, $3), revision = revision + (failing_since IS NULL)::integer
 WHERE institution_id = $1 AND id = $2 AND state <> 'removed'
RETURNING failing_since, failing_told_at
"""
_WELL: Final = """
UPDATE connections SET failing_since = NULL, failing_told_at = NULL, revision = revision + 1
 WHERE institution_id = $1 AND id = $2 AND failing_since IS NOT NULL AND state <> 'removed'
"""
_TOLD: Final = "UPDATE connections SET failing_told_at = $3 WHERE institution_id = $1 AND id = $2"


class ConnectionState(StrEnum):
    """What can be done with a connection."""

    DRAFT = "draft"
    """Not checked since it was made or its configuration changed: nothing is read."""
    READY = "ready"
    NEEDS_SIGN_IN = "needs_sign_in"
    """The platform no longer takes the credentials: schedules wait."""
    PAUSED = "paused"
    UNAVAILABLE = "unavailable"
    """Its plugin is missing or failed; nothing of it is lost."""
    REMOVED = "removed"


def state_of(services: ConnectionServices, row: ConnectionRow) -> ConnectionState:
    """Return the state of a connection; whether its plugin is there counts before whether it is paused."""
    if row.state == ConnectionState.REMOVED:
        return ConnectionState.REMOVED
    if not services.is_available(row.connector):
        return ConnectionState.UNAVAILABLE
    if row.state == ConnectionState.READY and row.paused:
        return ConnectionState.PAUSED
    return ConnectionState(row.state)


def require_ready(services: ConnectionServices, row: ConnectionRow) -> None:
    """Raise `ConnectionRemoved`, `ConnectorUnavailable` or `NotReady` unless a run may read this connection now."""
    state = state_of(services, row)
    if state is ConnectionState.REMOVED:
        raise ConnectionRemoved
    if state is ConnectionState.UNAVAILABLE:
        services.connector(row.connector)
    if state is not ConnectionState.READY:
        raise NotReady(state=state.value)


async def need_sign_in(work: Work, row: ConnectionRow, reason: str) -> None:
    """Note that the platform no longer takes the credentials; `reason` is redacted already. Twice changes nothing.

    A run calls this when it meets `ConnectorAuthFailed`. Schedules wait until a check succeeds.
    """
    changed = await ConnectionRow.filter(id=row.id, state=ConnectionState.READY.value).update(
        state=ConnectionState.NEEDS_SIGN_IN.value, state_reason=reason[:1000], revision=row.revision + 1
    )
    if changed:
        work.record("connection.sign_in_needed", "connection", row.id, {"reason": reason[:1000]})
        work.emit("connection.sign_in_needed", {"connection": str(row.id)})


async def note_hindrance(work: Work, connection_id: UUID, *, hindered: bool) -> datetime | None:
    """Note that a run has ended, and whether a passing problem hindered it; return since when runs have been hindered.

    Whoever subscribes to `connection.failing` is told once when that has lasted three days.
    """
    key = [work.scope.institution_id, connection_id]
    if not hindered:
        await work.run(_WELL, key)
        return None
    rows = await work.rows(_HINDERED, [*key, work.now])
    if not rows:
        return work.now
    since: datetime = rows[0]["failing_since"]
    if rows[0]["failing_told_at"] is None and work.now - since >= FAILING_LONG:
        await work.run(_TOLD, [*key, work.now])
        work.record("connection.failing", "connection", connection_id, {"since": since.isoformat()})
        work.emit("connection.failing", {"connection": str(connection_id)})
    return since
