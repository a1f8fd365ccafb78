"""The connector: one configuration says whether bundles or a server are read, the streams are the same."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import BaseModel

from core.sdk import Connector, ConnectorManifest, ConnectorMisconfigured, ConnectorSpec, NeededScope
from core.sdk.connectors import AllowedRequest, CheckResult, Connection, Hosts, Message, ReadRequest, Stream
from plugins.oneroster.bundle import Bundles
from plugins.oneroster.configuration import (
    CONFIG_VERSION,
    SIGN_IN_WORDS,
    BundleSource,
    OneRosterConfiguration,
    RestSource,
)
from plugins.oneroster.mapping import Rules, memories
from plugins.oneroster.rest import Server
from plugins.oneroster.source import Source
from plugins.oneroster.streams import STREAMS, OneRosterStream, read

MANIFEST = ConnectorManifest(
    id="oneroster",
    title="OneRoster",
    version="1.0.0",
    vendor="Deloteka",
    config_version=CONFIG_VERSION,
    entities=frozenset(stream.kind for stream in STREAMS.values()),
    scopes=(
        NeededScope(scope="roster-core.readonly", reason="Academic sessions, courses, classes, users and enrolments."),
        NeededScope(scope="gradebook.readonly", reason="Line items, their categories, and results."),
        NeededScope(
            scope="roster-demographics.readonly",
            reason="Birth date and sex of learners, only if the settings want them.",
        ),
    ),
    requests=tuple(AllowedRequest(method="POST", path=f"*{word}*") for word in SIGN_IN_WORDS),
    takes_files=True,
)


class OneRosterConnector(Connector):
    """OneRoster 1.1 and 1.2."""

    name: ClassVar[str] = "oneroster"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        configuration = connection.configuration
        if not isinstance(configuration, OneRosterConfiguration):
            detail = "the configuration is not one of OneRoster"
            raise ConnectorMisconfigured(detail)
        self._rules = _rules(connection, configuration)
        self._source = _source(connection, configuration, self._rules)

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        """Return manifest and configuration model."""
        return ConnectorSpec(manifest=MANIFEST, configuration=OneRosterConfiguration)

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Return the hosts of a server's three addresses; bundles have none."""
        source = configuration.source if isinstance(configuration, OneRosterConfiguration) else None
        if not isinstance(source, RestSource):
            return Hosts(api=())
        parts = [urlsplit(address) for address in (source.rostering, source.gradebook, source.token_url)]
        plain = any(part.scheme == "http" for part in parts)
        return Hosts(api=tuple(dict.fromkeys(part.netloc.lower() for part in parts)), plain=plain)

    async def check(self) -> CheckResult:
        """Say whose data they are and which streams can be read."""
        needs = {name: (*stream.needs[:1], *stream.beside(self._rules)) for name, stream in self._streams().items()}
        return await self._source.check(needs)

    async def discover(self) -> Sequence[Stream]:
        """Return the streams; final results only where the settings name their categories."""
        return tuple(stream.declared(name, self._source) for name, stream in self._streams().items())

    def _streams(self) -> Mapping[str, OneRosterStream]:
        return {
            name: stream for name, stream in STREAMS.items() if name != "final_results" or self._rules.final_categories
        }

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield the records of a stream, and the states that cover them."""
        async for message in read(STREAMS[request.stream], self._source, self._rules, request):
            yield message


def _rules(connection: Connection, configuration: OneRosterConfiguration) -> Rules:
    return Rules(
        schools=frozenset(configuration.schools),
        snils_type=configuration.snils_type.strip(),
        demographics=configuration.demographics,
        final_categories=frozenset(title.casefold() for title in configuration.final_categories),
        staff_roles=frozenset(configuration.staff_roles),
        exclusive_ends=configuration.end_dates == "exclusive",
        zone=connection.zone,
        today=connection.today,
    )


def _source(connection: Connection, configuration: OneRosterConfiguration, rules: Rules) -> Source:
    if isinstance(configuration.source, BundleSource):
        return Bundles(connection, configuration.source, memories(rules))
    return Server(connection, configuration.source, memories(rules), demographics=rules.demographics)
