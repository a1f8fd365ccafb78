"""Providers that keep copies, build packages, tell people and check who signs in."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from pydantic import SecretStr

from core.sdk.connectors.http import HttpClient
from core.sdk.connectors.manifest import Hosts
from core.sdk.events import Event
from core.sdk.providers import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaCopy:
    """One object as a replica holds it, or is to hold it."""

    key: str
    """The key of the object in the vault; ASCII, parts joined by `/`."""
    size: int
    """Bytes."""
    sha256: str
    """64 lower-case hexadecimal digits."""


class MeansOfDestruction(Provider):
    """The means by which the service destroys, as its papers name it (152-ФЗ ст. 19, приказ Роскомнадзора № 179).

    It says what it is; deletion and the proof of it stay with the service.
    """

    title: ClassVar[str]
    """What the papers call it."""
    version: ClassVar[str]
    certificate: ClassVar[str] = ""
    """Number of the certificate of conformity; empty: none is claimed."""


class Replica(Provider):
    """A further place for copies of originals. Runs in the host; every verb may be repeated."""

    @abstractmethod
    async def put(self, copy: ReplicaCopy, chunks: AsyncIterator[bytes]) -> None:
        """Keep the bytes durably under `copy.key`; raise unless size and digest of what arrived agree with `copy`."""

    @abstractmethod
    async def stat(self, key: str) -> ReplicaCopy | None:
        """Return what is held under `key`, digest read from the bytes or from what the place proves; `None`: absent."""

    @abstractmethod
    def open(self, key: str) -> AsyncIterator[bytes]:
        """Return the bytes under `key`; raise `KeyError` if there are none."""

    @abstractmethod
    async def destroy(self, key: str) -> None:
        """Remove every version under `key`; afterwards `stat` answers `None`. Nothing there is no error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageEntry:
    """One file of an export package."""

    name: str
    """Its path inside the package, parts joined by `/`."""
    source: Path
    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRequest:
    """What is to be packed: entries in order, and a description that goes in as it is."""

    title: str
    entries: tuple[PackageEntry, ...]
    description: bytes = b"{}"
    """UTF-8 JSON."""


class Packager(Provider):
    """Builds export packages. Runs in a child process; the same request gives the same bytes."""

    media_type: ClassVar[str]
    """Of the package it writes."""

    @abstractmethod
    def package(self, request: PackageRequest, target: Path) -> None:
        """Write the package to `target`, which does not exist yet; an exception means no package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message for one person or one receiving program."""

    id: UUID
    """The same in every attempt."""
    recipient: str
    """An address as the notifier understands it: e-mail address, URL."""
    subject: str
    text: str
    event: Event
    """What it tells of, for programs; without personal data."""
    attempted_at: datetime
    """The moment of this attempt, aware."""
    secret: SecretStr | None = None
    """What the recipient knows too, so as to tell our messages from others'; it never travels."""


class Notifier(Provider):
    """Sends notifications. Runs in the host; what fails is tried again by the host."""

    title: ClassVar[str] = ""
    signs: ClassVar[bool] = False
    """Whether its recipients are given a secret (`Notification.secret`)."""

    @abstractmethod
    def admit(self, recipient: str) -> Hosts:
        """Return the hosts to which messages to this recipient go through `http`.

        Raises `ConnectorMisconfigured` for what is no address; then nobody can subscribe with it.
        """

    @abstractmethod
    async def notify(self, notification: Notification, http: HttpClient) -> None:
        """Hand the message over; an exception means that it was not, and it is tried again later.

        `ConnectorMisconfigured` means that it never will be: the subscription waits for a person.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAttempt:
    """What a person typed into the sign-in form."""

    login: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who another system says this is; which account that is, and what it may do, only the host decides."""

    subject: str
    """Stable in that system; never a name that may change hands."""
    display_name: str


class Authenticator(Provider):
    """Checks a sign-in elsewhere. Runs in the host."""

    @abstractmethod
    async def authenticate(self, attempt: SignInAttempt) -> Identity | None:
        """Return who it is, or `None` for a wrong login or password; an exception lets nobody in."""
