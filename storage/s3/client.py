"""The client library, with what it lacks: a declared payload digest, time-outs per kind of request, no long retries."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

from minio import Minio
from minio.credentials.credentials import Credentials
from minio.time import to_amz_date, utcnow
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ReadTimeoutError

from storage.errors import StorageError, StoreFull, StoreUnavailable
from storage.objects import Capabilities
from storage.s3.address import S3Address
from storage.s3.faults import breaks_told, translated

MAX_TRANSFERS = 16
"""Bodies in flight at once: the memory of the store grows with them (3 GiB at 64 bodies of 5 MiB)."""

CONTENT_SHA256 = "x-amz-content-sha256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"

Headers = dict[str, str | list[str] | tuple[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, in seconds."""

    connect: float = 1.3
    """For a connection; tried twice."""
    answer: float = 30.0
    """For the first byte of an answer, and for each further one."""
    ping: float = 2.5
    """For the answer to a ping."""


class _BriefRetry(Retry):
    """Once more if the connection could not be made or had been closed meanwhile, never after a time-out."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Give the store's silence to the caller at once: waiting again would double the time."""
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _pool(patience: Patience, *, again: int = 1) -> PoolManager:
    return PoolManager(
        timeout=Timeout(connect=patience.connect, read=patience.answer),
        maxsize=2 * MAX_TRANSFERS,
        cert_reqs="CERT_REQUIRED",
        retries=_BriefRetry(total=1, connect=1, read=again, redirect=0, status=0, other=0, backoff_factor=0.1),
    )


class SignedClient(Minio):
    """A client that takes a payload digest from the caller instead of hashing the body again."""

    def _build_headers(
        self,
        host: str,
        headers: Headers | None = None,
        body: bytes | None = None,
        creds: Credentials | None = None,
    ) -> tuple[Headers, datetime]:
        declared = (headers or {}).get(CONTENT_SHA256)
        if declared is None or creds is None:
            return super()._build_headers(host, headers, body, creds)
        built = dict(headers or {})
        built["Host"] = host
        built["User-Agent"] = self._user_agent
        built["Content-Length"] = str(len(body or b""))
        if creds.session_token:
            built["X-Amz-Security-Token"] = creds.session_token
        date = utcnow()
        built["x-amz-date"] = to_amz_date(date)
        return built, date


Room = Callable[[int], bool]
"""Whether so many more bytes fit into the store."""


@dataclass(slots=True)
class Door:
    """One bucket behind one client; its methods block, so they are called in threads."""

    address: S3Address
    patience: Patience = field(default_factory=Patience)
    room: Room | None = None
    capabilities: Capabilities = field(default_factory=Capabilities)
    pool: PoolManager = field(init=False, repr=False)
    client: SignedClient = field(init=False, repr=False)
    pool_for_once: PoolManager = field(init=False, repr=False)
    """For what is not sent again by itself."""
    client_for_once: SignedClient = field(init=False, repr=False)
    transfers: threading.BoundedSemaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Build the client; nothing is sent yet."""
        self.pool, self.pool_for_once = _pool(self.patience), _pool(self.patience, again=0)
        self.client, self.client_for_once = self._client(self.pool), self._client(self.pool_for_once)
        self.transfers = threading.BoundedSemaphore(MAX_TRANSFERS)

    def _client(self, pool: PoolManager) -> SignedClient:
        return SignedClient(
            self.address.host,
            access_key=self.address.access_key,
            secret_key=self.address.secret_key,
            secure=self.address.secure,
            region=self.address.region,
            http_client=pool,
        )

    @property
    def bucket(self) -> str:
        """The name of the bucket."""
        return self.address.bucket

    def send(
        self,
        method: str,
        key: str | None = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        preload: bool = True,
    ) -> BaseHTTPResponse:
        """Send one signed request about an object (or, without a key, about the bucket).

        Raises:
            StorageError: the store refused, or did not answer.
        """
        version_id = (query or {}).get("versionId")
        with translated(key or self.bucket, version_id):
            return self.client._execute(  # noqa: SLF001 — the public methods have no place for conditional headers
                method,
                self.bucket,
                key,
                body=body,
                headers=dict(headers or {}),
                query_params=dict(query or {}),
                preload_content=preload,
                no_body_trace=True,
            )

    def send_once(self, method: str, key: str, *, headers: Mapping[str, str], body: bytes) -> BaseHTTPResponse:
        """Send one signed request about an object, and not again by itself when the connection breaks.

        Raises:
            ConnectionBroken: that happened, and nobody knows what became of the request.
            StorageError: the store refused, or did not answer.
        """
        with translated(key), breaks_told():
            return self.client_for_once._execute(  # noqa: SLF001 — as above
                method, self.bucket, key, body=body, headers=dict(headers), no_body_trace=True
            )

    @contextmanager
    def writing(self, size: int) -> Iterator[None]:
        """Refuse a body that does not fit, and call a server error what it most likely is when room is short.

        Raises:
            StoreFull: fewer bytes are free than this body and the reserve need.
        """
        self._require_room(size)
        try:
            yield
        except StoreUnavailable as error:
            if error.status is not None and self.room is not None and not self.room(size):
                raise StoreFull(reason="the disk of the store has too little free space") from error
            raise

    def _require_room(self, size: int) -> None:
        if self.room is not None and not self.room(size):
            raise StoreFull(reason="the disk of the store has too little free space")

    def store_time(self) -> datetime:
        """The clock of the store, which alone decides about its locks.

        Raises:
            StoreUnavailable: its answers carry no date.
        """
        date = self.send("GET", query={"location": ""}).headers.get("date")
        if date is None:
            raise StoreUnavailable(reason="no date in its answer")
        return parsedate_to_datetime(date)

    def ping(self) -> None:
        """Ask for the bucket with little patience.

        Raises:
            StorageError: no answer, or no bucket.
        """
        door = Door(self.address, Patience(connect=self.patience.connect, answer=self.patience.ping))
        try:
            door.send("GET", query={"location": ""})
        finally:
            door.close()

    def close(self) -> None:
        """Close every idle connection."""
        self.pool.clear()
        self.pool_for_once.clear()


def quietly(action: Callable[[], object]) -> bool:
    """Do what tidies up after a failure; the first failure is the one to report, so a second one is only answered."""
    try:
        action()
    except StorageError:
        return False
    return True
