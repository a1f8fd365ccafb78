"""From the row of a connection to a living connector, with everything it may use and nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from core.connections.configuration import joined, parted, validated
from core.connections.errors import ConfigurationTooNew, ConnectionRemoved, ConnectorSilent
from core.connections.finding import connector_faults, declared, find_connection, spec_of
from core.connections.given_files import files_for_a_run
from core.connections.given_tables import tables_for_a_run
from core.connections.models import ConnectionRow
from core.connections.rooms.guest import invite
from core.connections.rooms.room import ConnectorBlocks, Room
from core.connections.secrets import read_secrets, write_secrets
from core.connections.services import ConnectionServices
from core.connections.token_store import KeptTokens
from core.institutions import registry
from core.kernel.clock import today
from core.kernel.database.work import Work
from core.kernel.scope import Scope
from core.outbound import GuardedClient, Policy, Redactor
from core.sdk.connectors import (
    Connection,
    Connector,
    ConnectorManifest,
    ConnectorSpec,
    GivenFile,
    Place,
    Tables,
    TokenStore,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConnector:
    """A connector that may be asked, for the time of one run or check."""

    row: ConnectionRow
    """As it was when the connector was opened."""
    connector: Connector
    manifest: ConnectorManifest
    redactor: Redactor = field(repr=False)
    """`redactor.redact(raw)` before anything of the source is kept."""
    http: GuardedClient = field(repr=False)
    """`http.traffic` counts what was sent."""
    zone: ZoneInfo
    today: date

    def redact(self, value: Any) -> Any:  # noqa: ANN401 (what another system says)
        """Return JSON-like data or text without any secret of this connection."""
        return self.redactor.redact(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is read from the database before anything of the connector is asked."""

    row: ConnectionRow
    secrets: dict[str, str] = field(repr=False)
    zone: ZoneInfo


async def prepare(services: ConnectionServices, work: Work, connection_id: UUID) -> Prepared:
    """Read a connection with its secrets; raise `NotFound`, `ConnectionRemoved` or `SecretsUnreadable`."""
    row = await find_connection(connection_id)
    if row.state == "removed":
        raise ConnectionRemoved
    secrets = await read_secrets(services.keyring, work, connection_id)
    return Prepared(row=row, secrets=secrets, zone=ZoneInfo((await registry.present(work)).time_zone))


async def filled(
    services: ConnectionServices, connector: type[Connector], spec: ConnectorSpec, values: Mapping[str, Any]
) -> BaseModel:
    """Return what was filled in as an object of the connector's model, whose validators are the plugin's code.

    Raises `ConfigurationInvalid` or `ConnectorBroken`.
    """
    return await declared(services, connector, "its configuration", lambda: validated(spec.configuration, values))


async def current_shape(
    services: ConnectionServices, connector: type[Connector], spec: ConnectorSpec, prepared: Prepared
) -> BaseModel:
    """Return the stored configuration as an object of the connector's model, led from older shapes step by step.

    Raises `ConfigurationTooNew`, `ConfigurationInvalid`, `ConnectorBroken`, or the connector's own errors.
    """
    stored, known = prepared.row.config_version, spec.manifest.config_version
    if stored > known:
        raise ConfigurationTooNew(stored=stored, known=known)

    def lead() -> BaseModel:
        values = joined(prepared.row.configuration, prepared.secrets)
        for version in range(stored, known):
            values = dict(connector.migrate(values, version))
        return validated(spec.configuration, values)

    return await declared(services, connector, "its configuration", lead)


async def _keep_new_shape(
    services: ConnectionServices, scope: Scope, prepared: Prepared, instance: BaseModel, version: int
) -> None:
    """Write a migrated configuration; whoever was quicker has written the same."""
    parts, row = parted(instance), prepared.row
    values: dict[str, Any] = {
        "configuration": parts.plain,
        "config_version": version,
        "secret_fields": list(parts.secret_fields),
        "revision": row.revision + 1,
    }
    async with services.database.work(scope) as work:
        if await ConnectionRow.filter(id=row.id, revision=row.revision).update(**values):
            gone = prepared.secrets.keys() - parts.secrets.keys()
            await write_secrets(services.keyring, work, row.id, parts.secrets, gone)
            work.record("connection.migrated", "connection", row.id, {"from": row.config_version, "to": version})
            row.update_from_dict(values)


async def policy_of(
    services: ConnectionServices, connector: type[Connector], spec: ConnectorSpec, row: ConnectionRow, model: BaseModel
) -> Policy:
    """Return what a connection may ask; raise `ConnectorMisconfigured` or `ConnectorBroken`."""
    hosts = await declared(services, connector, "its hosts", lambda: connector.hosts(model))
    with connector_faults(connector.name):
        return Policy.of(
            hosts,
            files=row.file_hosts,
            private=row.private_hosts,
            requests=spec.manifest.requests,
            http_allowed=services.allow_http,
        )


@asynccontextmanager
async def open_connector(
    services: ConnectionServices,
    scope: Scope,
    connection_id: UUID,
    *,
    place: Place | None = None,
    with_files: bool = True,
) -> AsyncIterator[OpenConnector]:
    """Give the connector of a connection, in whichever state that is, with all it may use; close everything after it.

    `place` is what a connector with `takes_folders` watches, by default the place that its configuration names. Raises
    `NotFound`, `ConnectionRemoved`, `ConnectorUnavailable`, `ConfigurationTooNew`, `ConfigurationInvalid`,
    `SecretsUnreadable`, `ConnectorBroken`, and connector errors (`ConnectorMisconfigured`: the connection may not use
    http, or there is no such place; `ConnectorBlocks`).
    """
    async with services.database.work(scope) as work:
        prepared = await prepare(services, work, connection_id)
    async with AsyncExitStack() as stack:
        try:
            opened = await _opened(services, scope, stack, prepared, place, with_files=with_files)
        except ConnectorSilent as error:
            detail = f"the connector {prepared.row.connector}: {error.facts['error']}"
            raise ConnectorBlocks(detail) from error
        yield opened


async def _opened(
    services: ConnectionServices,
    scope: Scope,
    stack: AsyncExitStack,
    prepared: Prepared,
    place: Place | None,
    *,
    with_files: bool,
) -> OpenConnector:
    row = prepared.row
    connector = services.connector(row.connector)
    spec = await spec_of(services, connector)
    model = await current_shape(services, connector, spec, prepared)
    if row.config_version < spec.manifest.config_version:
        await _keep_new_shape(services, scope, prepared, model, spec.manifest.config_version)
    files: Sequence[GivenFile] = ()
    tables: Tables | None = None
    if with_files and spec.manifest.takes_files:
        files = await stack.enter_async_context(files_for_a_run(services, scope, row.id))
        tables = await stack.enter_async_context(tables_for_a_run(services.sandbox, services.scratch))
    if place is None and spec.manifest.takes_folders:
        place = await _place_of(services, scope, stack, connector, model)
    kit = Kit(connector, spec, prepared, model, files, tables, place)
    return await assemble(services, scope, stack, kit, tokens=None)


async def _place_of(
    services: ConnectionServices, scope: Scope, stack: AsyncExitStack, connector: type[Connector], model: BaseModel
) -> Place | None:
    """Open the place that a configuration names, always within the institution of the scope."""
    watched = await declared(services, connector, "its place", lambda: connector.watches(model))
    if watched is None:
        return None
    return await stack.enter_async_context(services.places.open(scope.institution_id, watched))


@dataclass(frozen=True, slots=True)
class Kit:
    """The parts a connector is put together from."""

    connector: type[Connector]
    spec: ConnectorSpec
    prepared: Prepared
    model: BaseModel = field(repr=False)
    files: Sequence[GivenFile] = ()
    tables: Tables | None = None
    place: Place | None = None


async def assemble(
    services: ConnectionServices, scope: Scope, stack: AsyncExitStack, kit: Kit, *, tokens: TokenStore | None
) -> OpenConnector:
    """Put a connector together in a room of its own; `stack` closes its way out and ends the room.

    With `tokens` it gets these instead of the stored ones.
    """
    row, manifest, zone = kit.prepared.row, kit.spec.manifest, kit.prepared.zone
    policy = await policy_of(services, kit.connector, kit.spec, row, kit.model)
    redactor = Redactor(parted(kit.model).secrets.values())
    plugin, place = services.plugin_of(row.connector), f"connection {row.id}"
    room = await stack.enter_async_context(
        Room(row.connector, services.rooms, fence=services.fence, plugin=plugin, place=place)
    )
    http = await room.keep(
        lambda: GuardedClient(
            policy,
            clock=services.clock,
            redactor=redactor,
            rate=row.rate or manifest.rate,
            limits=services.limits,
            transport=services.make_transport(row.connector, policy),
        )
    )
    kept = KeptTokens(services.database, scope, row.id, keyring=lambda: services.keyring, redactor=redactor)
    day = today(services.clock, str(zone))
    connection = Connection(
        configuration=kit.model,
        http=http,
        tokens=tokens or kept,
        clock=services.clock,
        zone=zone,
        today=day,
        files=kit.files,
        tables=kit.tables,
        place=kit.place,
    )
    with connector_faults(row.connector):
        made = await invite(room, kit.connector, connection, services.rooms)
    return OpenConnector(row=row, connector=made, manifest=manifest, redactor=redactor, http=http, zone=zone, today=day)
