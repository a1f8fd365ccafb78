"""What connections work with; made once by the composition root and put at `app.state.connections`."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Self

import httpx

from core.connections.errors import ConnectorUnavailable, ConnectorUnknown
from core.connections.keyring import Keyring, KeySource
from core.connections.places.opening import Places
from core.connections.rooms.room import RoomLimits
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.plugins import Fence, PluginHost
from core.kernel.plugins.catalog import Catalog, PluginRecord
from core.kernel.sandbox.client import Sandbox
from core.kernel.settings import Settings
from core.outbound import Limits, Policy, guarded_transport, trusted
from core.sdk.connectors import Connector
from storage.vault import Vault

MakeTransport = Callable[[str, Policy], httpx.AsyncBaseTransport]
"""Takes the name of the connector and the policy of the connection; a test puts a simulator here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionServices:
    """Database, vault, keys, the connectors that there are, and the way out."""

    database: Database
    vault: Vault
    sandbox: Sandbox
    """Reads given files as tables."""
    clock: Clock
    keys: KeySource = field(repr=False)
    catalog: Catalog
    failed: tuple[PluginRecord, ...] = ()
    """Plugins that would have offered connectors, or may have."""
    scratch: Path
    """Where given files lie for the time of a run."""
    reserve: int = 0
    """Bytes of free space that uploads leave on the disk."""
    public_url: str = ""
    allow_http: bool = False
    max_given_file_bytes: int
    make_transport: MakeTransport
    limits: Limits = field(default_factory=Limits)
    places: Places = field(default_factory=Places)
    """Where scans are watched."""
    fence: Fence = field(default_factory=Fence)
    """What calls of a connector's class pass; it remembers whose thread has not come back."""
    rooms: RoomLimits = field(default_factory=RoomLimits)
    """How long is waited for a connector in its room, and for what its class declares."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        *,
        database: Database,
        vault: Vault,
        sandbox: Sandbox,
        clock: Clock,
        plugins: PluginHost,
        scratch: Path,
    ) -> Self:
        """Build everything from the settings; raise `OSError` for a `connections.ca_file` that cannot be read."""
        connections, limits = settings.connections, Limits(stream_bytes=settings.intake.max_large_file_bytes)
        return cls(
            database=database,
            vault=vault,
            sandbox=sandbox,
            clock=clock,
            keys=KeySource(connections.secrets_key, settings.service.data_folder),
            catalog=plugins.catalog,
            failed=plugins.absent("register_connectors"),
            scratch=scratch,
            reserve=settings.intake.free_space_reserve_bytes,
            public_url=settings.service.public_url,
            allow_http=connections.allow_http,
            max_given_file_bytes=connections.max_given_file_bytes,
            make_transport=partial(_to_the_network, limits=limits, ca_file=connections.ca_file),
            limits=limits,
            places=Places.of(settings),
            fence=plugins.fence,
        )

    @property
    def keyring(self) -> Keyring:
        """What encrypts; see `KeySource.keyring`."""
        return self.keys.keyring

    def connector(self, name: str) -> type[Connector]:
        """Return a connector by its name; raise `ConnectorUnavailable` with what is known of the reason."""
        found = next((each.provider for each in self.catalog.connectors if each.name == name), None)
        if found is None:
            raise ConnectorUnavailable(connector=name, reason=self.missing())
        return found

    def plugin_of(self, connector: str) -> str:
        """Return which plugin offers a connector; its own name for one that none offers any more."""
        return next((each.plugin for each in self.catalog.connectors if each.name == connector), connector)

    def offered(self, name: str) -> type[Connector]:
        """Return a connector for a new connection; raise `ConnectorUnknown` with the names there are."""
        try:
            return self.connector(name)
        except ConnectorUnavailable as error:
            names = sorted(each.name for each in self.catalog.connectors)
            raise ConnectorUnknown(connector=name, available=names) from error

    def is_available(self, name: str) -> bool:
        """Say whether an active plugin offers the connector."""
        return any(each.name == name for each in self.catalog.connectors)

    def missing(self) -> str:
        """Return why a connector may not be there: which plugins failed, and how."""
        if self.failed:
            return "; ".join(f"{record.name}: {record.reason}" for record in self.failed)
        return "no enabled plugin offers it"

    def with_simulators(self, catalog: Catalog, make_transport: MakeTransport, *, limits: Limits | None = None) -> Self:
        """Return the same with other connectors and another way out, for the development kit and tests."""
        return replace(self, catalog=catalog, make_transport=make_transport, limits=limits or self.limits)


def _to_the_network(_connector: str, policy: Policy, *, limits: Limits, ca_file: str) -> httpx.AsyncBaseTransport:
    return guarded_transport(policy, limits=limits, trust=_trust(ca_file))


@cache
def _trust(ca_file: str) -> ssl.SSLContext:
    """Read the certificates of the authorities once a process; that takes tens of milliseconds."""
    return trusted(Path(ca_file) if ca_file else None)
