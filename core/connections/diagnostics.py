"""What helps to find out why a connection does not work, without anything secret or personal."""

from typing import Any
from uuid import UUID

from core.connections.errors import ConnectorBroken
from core.connections.finding import find_connection, spec_of
from core.connections.mapping import waiting_words
from core.connections.models import ConnectionRow, FileRow, SecretRow, TokenRow
from core.connections.offers import shown_manifest
from core.connections.services import ConnectionServices
from core.connections.states import ConnectionState, state_of
from core.kernel.database.work import Work

Json = dict[str, Any]


async def secret_states(services: ConnectionServices, row: ConnectionRow) -> dict[str, str]:
    """Return of each secret whether it is `set`, `not_set` or `unreadable` (this host does not have its key)."""
    rows = {each.path: each for each in await SecretRow.filter(connection_id=row.id)}
    keys = services.keyring.ids
    states = dict.fromkeys(row.secret_fields, "not_set")
    return states | {path: "set" if each.key_id in keys else "unreadable" for path, each in rows.items()}


async def diagnostics(services: ConnectionServices, work: Work, connection_id: UUID) -> Json:
    """Return everything about a connection that may be shown to whoever helps; raise `NotFound`."""
    row = await find_connection(connection_id)
    work.record("connection.diagnosed", "connection", row.id)
    return {
        "connector": row.connector,
        "plugin": await _plugin(services, row),
        "state": state_of(services, row).value,
        "state_reason": row.state_reason,
        "configuration": row.configuration,
        "config_version": row.config_version,
        "secrets": await secret_states(services, row),
        "keys": {"present": services.keyring.present, "known": sorted(services.keyring.ids)},
        "tokens": await _tokens(services, row),
        "file_hosts": list(row.file_hosts),
        "private_hosts": list(row.private_hosts),
        "streams": row.streams,
        "schedule": row.schedule,
        "next_run_at": row.next_run_at.isoformat() if row.next_run_at else None,
        "checked_at": row.checked_at.isoformat() if row.checked_at else None,
        "check": row.check_result,
        "fingerprint": row.fingerprint,
        "files": await FileRow.filter(connection_id=row.id, removed_at__isnull=True).count(),
        "unmapped": await waiting_words(work, row.id),
    }


async def _plugin(services: ConnectionServices, row: ConnectionRow) -> Json | None:
    if state_of(services, row) in {ConnectionState.UNAVAILABLE, ConnectionState.REMOVED}:
        return None
    try:
        return shown_manifest((await spec_of(services, services.connector(row.connector))).manifest)
    except ConnectorBroken:
        return None


async def _tokens(services: ConnectionServices, row: ConnectionRow) -> Json | None:
    """Say whether there are tokens, since when, and whether they can be read; nothing of themselves."""
    tokens = await TokenRow.get_or_none(connection_id=row.id)
    if tokens is None or tokens.saved_at is None:
        return None
    readable = tokens.key_id in services.keyring.ids
    return {"saved_at": tokens.saved_at.isoformat(), "renewed": tokens.version, "readable": readable}
