"""The connector: four verbs of a plain class."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel

from core.sdk.connectors.connection import Connection, Watched
from core.sdk.connectors.http import OpenAnswer
from core.sdk.connectors.manifest import ConnectorSpec, Hosts
from core.sdk.connectors.messages import Message
from core.sdk.connectors.records import FileData
from core.sdk.connectors.streams import Partition, ReadRequest, Stream
from core.sdk.errors import ConnectorMisconfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteIdentity:
    """Who the source says we are."""

    unique_id: str
    """The account, and for self-hosted platforms the site: a second connection with the same is refused."""
    title: str
    organisation: str = ""
    roles: tuple[str, ...] = ()


class StreamState(StrEnum):
    """Whether a stream can be read."""

    OK = "ok"
    MISSING_RIGHT = "missing_right"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCheck:
    """What `check` found out about one stream."""

    stream: str
    state: StreamState
    missing: str = ""
    """The right, scope or function that is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What `check` returns; safe to show: no tokens, no raw bodies."""

    identity: RemoteIdentity
    streams: tuple[StreamCheck, ...]
    file_hosts: tuple[str, ...] = ()
    """Hosts beside the API's from which files would come, as far as seen; an operator confirms them."""
    notes: tuple[str, ...] = ()


class Settled(StrEnum):
    """What became of a file record."""

    KEPT = "kept"
    """It is a document, or waits in the tray with its bytes kept."""
    REFUSED = "refused"
    """The intake refused the file; the reason says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInForm:
    """What the operator's browser is sent to, for a sign-in at the source."""

    address: str
    state: str = field(repr=False)
    """Comes back with the answer and must be the same."""


class Connector(ABC):
    """A way to another system. The class is registered; the host makes one object a connection and run.

    An object may remember what it has read until it is thrown away at the end of the run. It opens no connection of
    its own. It lives in a thread with an event loop of its own: what belongs to a loop (a lock, a task) is made in its
    methods and kept by the object, and what objects share, other threads use too. A message is the host's once it is
    yielded. Nothing blocks: what computes long yields often, and a loop without a turn for a minute ends the run.
    """

    name: ClassVar[str]
    """Unique among connectors; lower snake case."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @classmethod
    @abstractmethod
    async def spec(cls) -> ConnectorSpec:
        """Return manifest and configuration model, without touching the network."""

    @classmethod
    @abstractmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Return the hosts that this configuration names."""

    @classmethod
    def watches(cls, configuration: BaseModel) -> Watched | None:
        """Return the place that this configuration names; for connectors with `takes_folders`."""
        del configuration
        return None

    @classmethod
    def migrate(cls, configuration: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        """Return a stored configuration of `version` in the shape of `version + 1`; secrets are in it as text."""
        del configuration
        detail = f"{cls.name} has no way from version {version} of its configuration"
        raise ConnectorMisconfigured(detail, version=version)

    @abstractmethod
    async def check(self) -> CheckResult:
        """Prove that the credentials work and say whose they are; write nothing anywhere.

        Raises `ConnectorAuthFailed`, `ConnectorMisconfigured` or `ConnectorTransient`.
        """

    @abstractmethod
    async def discover(self) -> Sequence[Stream]:
        """Return the streams, parents before those that refer to them."""

    async def partitions(self, stream: str) -> Sequence[Partition]:
        """Return the parts in which `stream` is read, the most recent first; by default there is one.

        Called after the stream's parents were read with the same object.
        """
        del stream
        return (Partition(),)

    @abstractmethod
    def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield what the partition holds: records, then the state that covers them.

        Ending without a problem beside `RECORD` says that the partition was read completely. A `ConnectorError` that
        leaves it decides as its class says; what was stated before is kept.
        """

    def download(self, file: FileData) -> AbstractAsyncContextManager[OpenAnswer]:
        """Open the bytes of a file record; by default its address, without credentials."""
        return self.connection.http.stream(file.address)

    async def settle(self, file: FileData, outcome: Settled, reason: str = "") -> None:
        """Hear what became of a file record, after the commit, at least once: the moment to release it at the source.

        By default nothing happens at the source.
        """
        del file, outcome, reason

    async def sign_in_form(self, *, state: str, redirect_uri: str) -> SignInForm:
        """Return where the operator signs in (OAuth code flow)."""
        del state, redirect_uri
        detail = f"{self.name} has no sign-in in the browser"
        raise ConnectorMisconfigured(detail)

    async def complete_sign_in(self, *, code: str, redirect_uri: str) -> None:
        """Exchange the code that came back for tokens, and save them in `connection.tokens`."""
        del code, redirect_uri
        detail = f"{self.name} has no sign-in in the browser"
        raise ConnectorMisconfigured(detail)
