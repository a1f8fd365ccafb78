"""What a connector is made of: one connection of one institution, as the host hands it over."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, SecretStr

from core.sdk.connectors.http import HttpClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a sign-in gave."""

    access: SecretStr
    refresh: SecretStr | None = None
    expires_at: datetime | None = None


class TokenStore(Protocol):
    """The connection's tokens: encrypted, outside the configuration, under a lock of the connection."""

    async def load(self) -> Tokens | None:
        """Return what was saved last."""
        ...

    async def renew(self, spent: Tokens | None, exchange: Callable[[], Awaitable[Tokens]]) -> Tokens:
        """Under the connection's lock, get new tokens for `spent` and return them once they are saved durably.

        If others have replaced `spent` meanwhile, their tokens are returned and `exchange` is not asked: some
        platforms issue refresh tokens for one use.
        """
        ...

    async def save(self, tokens: Tokens) -> None:
        """Save durably; returns when nothing can lose them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile:
    """A file that a clerk gave to the connection to read."""

    id: str
    """Stable for this file; part of external ids where the rows have none of their own."""
    name: str
    path: Path
    """Read only, for the time of the run."""
    size: int
    sha256: str
    given_at: datetime


class Sheet(Protocol):
    """One sheet of a table file; a CSV file has one without a name, an HTML file one a table."""

    @property
    def name(self) -> str:
        """What the tab is called."""
        ...

    @property
    def columns(self) -> int:
        """The width of the widest row."""
        ...

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...

    def lines(self) -> Iterator[list[str]]:
        """Yield the rows, each without the empty cells at its end.

        Cells are text on one line: whole numbers without a point, days as `YYYY-MM-DD`.
        """
        ...


class Tables(Protocol):
    """Opens given files as tables: XLSX, XLS, HTML called XLS, CSV; the host reads them in a child process."""

    async def open(self, file: GivenFile) -> Sequence[Sheet]:
        """Return the sheets; raise `ConnectorMisconfigured` with what to do for a file that is no table."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedFile:
    """A file in a watched place."""

    path: str
    """Relative to the place, parts joined by `/`."""
    size: int
    modified_at: datetime
    version: str
    """Changes whenever the bytes may have changed: size and time, or the store's tag."""


class WatchedKind(StrEnum):
    """What kind of place is watched."""

    FOLDER = "folder"
    """A folder on the host: a network scanner writes into it."""
    STORAGE = "storage"
    """A prefix of keys in an object storage (S3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The place that a configuration names; where it lies is decided by the operator of the service."""

    kind: WatchedKind
    name: str
    """One name, without `/`: a folder among those of the institution."""


class Place(Protocol):
    """A folder or an S3 prefix that the host watches for the connection; nothing outside it can be reached.

    Every method raises `ConnectorMisconfigured` if the place is missing or may not be used, and `ConnectorTransient` if
    it does not answer.
    """

    async def ready(self) -> None:
        """Return if files can be read here and taken away."""
        ...

    def listing(self) -> AsyncIterator[PlacedFile]:
        """Return what lies there now, subfolders included, reasons and refused files left out."""
        ...

    def open(self, file: PlacedFile) -> AsyncIterator[bytes]:
        """Return the bytes of this very version; raise `ConnectorRecordRefused` if the file is gone or has changed."""
        ...

    async def release(self, file: PlacedFile) -> None:
        """Remove the file, unless it has changed since or is gone; only after the document is kept."""
        ...

    async def set_aside(self, file: PlacedFile, reason: str) -> None:
        """Move the file, unless it has changed since or is gone, to the refused ones, with the reason beside it.

        `reason` is a code of the intake or a text.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One connection: what the operator filled in, and the only ways a connector has to the world."""

    configuration: BaseModel
    """An object of the model that `Connector.spec` returned."""
    http: HttpClient
    tokens: TokenStore
    clock: Callable[[], datetime]
    """The present moment, aware."""
    zone: ZoneInfo
    """The institution's time zone."""
    today: date
    files: Sequence[GivenFile] = field(default=())
    tables: Tables | None = None
    """For connectors that take files."""
    place: Place | None = None
