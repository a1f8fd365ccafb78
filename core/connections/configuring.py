"""Connections are made, changed, paused and removed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from core.connections.configuration import Parted, fingerprint, joined, kept_secrets, parted, without_nulls
from core.connections.errors import PlatformRefused, SecretsNeeded, SecretsUnreadable
from core.connections.finding import connector_faults, lock_connection, spec_of
from core.connections.models import ConnectionRow, FileRow, SignInRow
from core.connections.opening import Prepared, current_shape, filled, policy_of
from core.connections.secrets import forget_secrets, forget_tokens, read_secrets, write_secrets
from core.connections.services import ConnectionServices
from core.institutions import registry
from core.kernel.database.work import Work
from core.kernel.errors import DelotekaError, StaleState
from core.kernel.scope import Scope
from core.sdk.connectors import Connector, ConnectorSpec
from core.sdk.errors import PluginError

Json = Mapping[str, Any]
Require = Callable[[int], None]
"""Hears the present revision of a row and raises if the change was made for another."""

_PLAIN_FIELDS: Final = ("title", "rate", "document_kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """A connection to be made."""

    connector: str
    title: str
    configuration: Json = field(repr=False)
    rate: float | None = None
    document_kind: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """A connector and what it declares."""

    connector: type[Connector]
    spec: ConnectorSpec


async def create(services: ConnectionServices, scope: Scope, new: NewConnection) -> ConnectionRow:
    """Make a draft: nothing is read with it before a check succeeds.

    Raises `ConnectorUnknown`, `ConfigurationInvalid`, `ConnectorBroken`, or `PlatformRefused` for an address that may
    not be used.
    """
    connector = services.offered(new.connector)
    known = _Known(connector, await spec_of(services, connector))
    model = await filled(services, known.connector, known.spec, new.configuration)
    parts = parted(model)
    async with services.database.work(scope) as work:
        row = ConnectionRow(
            connector=new.connector,
            title=new.title,
            configuration=parts.plain,
            config_version=known.spec.manifest.config_version,
            secret_fields=list(parts.secret_fields),
            rate=new.rate,
            document_kind=new.document_kind,
            fingerprint=fingerprint(new.connector, parts.scope),
            created_by=scope.actor_id,
            created_at=work.now,
        )
        hosts = await _hosts(services, known, row, model)
        await row.save(force_create=True)
        await write_secrets(services.keyring, work, row.id, parts.secrets, ())
        said = {"connector": new.connector, "title": new.title, "hosts": sorted(hosts[0])}
        work.record("connection.created", "connection", row.id, said)
    return row


async def _hosts(
    services: ConnectionServices, known: _Known, row: ConnectionRow, model: BaseModel
) -> tuple[frozenset[str], bool]:
    """Return where secrets would go, and whether unencrypted; raise `PlatformRefused` for what may not be used."""
    try:
        policy = await policy_of(services, known.connector, known.spec, row, model)
    except PluginError as error:
        raise PlatformRefused(error.detail, reason=error.code) from None
    return policy.api, policy.plain


async def change(
    services: ConnectionServices,
    scope: Scope,
    connection_id: UUID,
    require: Require,
    changes: Mapping[str, Any],
) -> ConnectionRow:
    """Apply `changes` (title, rate, document_kind, configuration); `require` hears the present revision first.

    Of a configuration, secrets that are left out stay and a null removes them; they stay for the same hosts only. A
    changed configuration has to be checked again before anything is read. Raises `NotFound`, `ConnectionRemoved`,
    `ConnectorUnavailable`, `ConfigurationInvalid`, `SecretsNeeded`, `PlatformRefused` or `ConnectorBroken`.
    """
    async with services.database.work(scope) as work:
        row = await lock_connection(connection_id)
        require(row.revision)
        values: dict[str, Any] = {name: changes[name] for name in _PLAIN_FIELDS if name in changes}
        told: dict[str, Any] = {"fields": sorted(values)}
        if "configuration" in changes:
            parts = await _reconfigure(services, work, row, changes["configuration"], told)
            values |= parts
        if not values:
            return row
        await update(row, **values)
        work.record("connection.changed", "connection", row.id, told)
    return row


async def update(row: ConnectionRow, **values: Any) -> None:  # noqa: ANN401 - columns of any type
    """Write values into a row that is locked or was just read; raise `StaleState` if somebody was quicker."""
    values["revision"] = row.revision + 1
    if not await ConnectionRow.filter(id=row.id, revision=row.revision).update(**values):
        raise StaleState
    row.update_from_dict(values)


async def _reconfigure(
    services: ConnectionServices, work: Work, row: ConnectionRow, given: Json, told: dict[str, Any]
) -> dict[str, Any]:
    """Write changed secrets; return the other columns of the new configuration."""
    connector = services.connector(row.connector)
    known = _Known(connector, await spec_of(services, connector))
    stored = await _stored(services, work, row)
    carried = kept_secrets(known.spec.configuration, given, row.configuration, stored)
    with connector_faults(row.connector):
        asked = joined(without_nulls(given, row.secret_fields), carried)
    model = await filled(services, known.connector, known.spec, asked)
    parts = parted(model)
    hosts = await _hosts(services, known, row, model)
    if hosts != await _hosts_before(services, work, known, row, stored):
        if carried:
            raise SecretsNeeded(fields=sorted(carried))
        await forget_tokens(row.id)
        told["hosts"] = sorted(hosts[0])
    if set(parts.secret_fields) != set(row.secret_fields):
        # Another way to sign in: what the former one gave must not be used any more.
        await forget_tokens(row.id)
    changed = {path: secret for path, secret in parts.secrets.items() if stored.get(path) != secret}
    gone = set(row.secret_fields) - parts.secrets.keys()
    await write_secrets(services.keyring, work, row.id, changed, gone)
    told |= {"configuration": _differing(row.configuration, parts), "secrets": sorted(changed)}
    return _columns(known, row, parts, anew=bool(changed or row.configuration != parts.plain))


def _columns(known: _Known, row: ConnectionRow, parts: Parted, *, anew: bool) -> dict[str, Any]:
    said: dict[str, Any] = {
        "configuration": parts.plain,
        "config_version": known.spec.manifest.config_version,
        "secret_fields": list(parts.secret_fields),
        "fingerprint": fingerprint(row.connector, parts.scope),
    }
    return said | ({"state": "draft", "state_reason": ""} if anew else {})


async def _stored(services: ConnectionServices, work: Work, row: ConnectionRow) -> dict[str, str]:
    """Return the stored secrets; those that nobody can read any more count as not there, so they can be replaced."""
    try:
        return await read_secrets(services.keyring, work, row.id)
    except SecretsUnreadable:
        return {}


async def _hosts_before(
    services: ConnectionServices, work: Work, known: _Known, row: ConnectionRow, stored: dict[str, str]
) -> tuple[frozenset[str], bool] | None:
    """Return where secrets went until now; None when the stored configuration does not tell any more."""
    zone = ZoneInfo((await registry.present(work)).time_zone)
    try:
        prepared = Prepared(row=row, secrets=stored, zone=zone)
        model = await current_shape(services, known.connector, known.spec, prepared)
        return await _hosts(services, known, row, model)
    except (DelotekaError, PluginError):
        return None


def _differing(before: Json, parts: Parted) -> list[str]:
    """Return the names of the fields that differ; their values may be nobody else's business."""
    return sorted(name for name in before.keys() | parts.plain.keys() if before.get(name) != parts.plain.get(name))


async def pause(work: Work, connection_id: UUID, *, paused: bool) -> ConnectionRow:
    """Let nothing be read until it is resumed, or resume it. Twice changes nothing."""
    row = await lock_connection(connection_id)
    if row.paused != paused:
        await update(row, paused=paused)
        work.record("connection.paused" if paused else "connection.resumed", "connection", row.id)
    return row


async def remove(work: Work, connection_id: UUID, require: Require) -> ConnectionRow:
    """Remove a connection: its secrets are forgotten, what it imported stays, and its row, which origins name, too."""
    row = await lock_connection(connection_id)
    require(row.revision)
    await forget_secrets(row.id)
    await SignInRow.filter(connection_id=row.id).delete()
    await FileRow.filter(connection_id=row.id, removed_at__isnull=True).update(removed_at=work.now)
    await update(row, state="removed", state_reason="", removed_at=work.now, schedule="", next_run_at=None)
    work.record("connection.removed", "connection", row.id, {"title": row.title})
    work.emit("connection.removed", {"connection": str(row.id)})
    return row
