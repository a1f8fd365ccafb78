"""Reading: a stream that releases its connection whatever happens, and reading back for proof."""

import contextlib
from dataclasses import dataclass

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from storage.digest import CHUNK, StreamingDigest
from storage.errors import RangeUnsatisfiable, StoreRefused, StoreUnavailable
from storage.objects import Verification
from storage.s3.client import Door
from storage.s3.faults import translated
from storage.s3.state import UNVERSIONED, media_type

_PARTIAL = 206


@dataclass(slots=True)
class Download:
    """An answer whose body has not been read yet; `close` must follow."""

    response: BaseHTTPResponse
    key: str
    version_id: str
    etag: str
    media_type: str
    total_size: int
    offset: int
    length: int
    received: int = 0
    interrupted: bool = False

    def read(self) -> bytes:
        """The next at most 1 MiB, or nothing at the end.

        Raises:
            StoreUnavailable: the connection broke before the end.
        """
        with translated(self.key, self.version_id):
            chunk = self.response.read(CHUNK)
        self.received += len(chunk)
        if not chunk and self.received != self.length:
            raise StoreUnavailable(reason=f"{self.received} of {self.length} bytes came")
        return chunk

    def interrupt(self) -> None:
        """Make a read that another thread is waiting in fail now."""
        with contextlib.suppress(HTTPError, OSError, ValueError):
            self.response.shutdown()
        self.interrupted = True

    def close(self) -> None:
        """Give the connection back, or drop it if bytes are still on their way."""
        if self.interrupted or self.received < self.length:
            self.response.close()
        self.response.release_conn()


def begin(
    door: Door, key: str, version_id: str | None = None, *, offset: int = 0, length: int | None = None
) -> Download:
    """Ask for one version, or a range of it.

    Raises:
        ObjectAbsent: no such version.
        RangeUnsatisfiable: nothing of the object lies in this range.
    """
    if offset < 0 or (length is not None and length < 1):
        raise RangeUnsatisfiable(key, offset=offset, length=length)
    headers = {}
    if offset or length is not None:
        headers["Range"] = f"bytes={offset}-{'' if length is None else offset + length - 1}"
    query = {"versionId": version_id} if version_id else {}
    try:
        response = door.send("GET", key, query=query, headers=headers, preload=False)
    except StoreRefused as error:
        if error.s3_code == "InvalidRange":
            raise RangeUnsatisfiable(key, offset=offset, length=length) from error
        raise
    try:
        return _download(response, key, version_id, offset=offset, ranged=bool(headers))
    except (KeyError, ValueError) as error:
        response.close()
        raise StoreUnavailable(reason="headers that cannot be understood") from error


def _download(response: BaseHTTPResponse, key: str, version_id: str | None, *, offset: int, ranged: bool) -> Download:
    length = int(response.headers["content-length"])
    total = length
    if ranged:
        if response.status != _PARTIAL:
            raise ValueError(response.status)
        total = int(response.headers["content-range"].rpartition("/")[2])
    return Download(
        response=response,
        key=key,
        version_id=response.headers.get("x-amz-version-id") or version_id or UNVERSIONED,
        etag=response.headers.get("etag", "").strip('"'),
        media_type=media_type(response.headers),
        total_size=total,
        offset=offset,
        length=length,
    )


def read_back(door: Door, key: str, version_id: str | None, expected_sha256: str) -> Verification:
    """Read one version and hash it.

    Raises:
        ObjectAbsent: no such version.
    """
    digest = StreamingDigest()
    with door.transfers:
        download = begin(door, key, version_id)
        try:
            while chunk := download.read():
                digest.update(chunk)
        finally:
            download.close()
    return Verification(
        key=key,
        version_id=download.version_id,
        expected_sha256=expected_sha256,
        actual_sha256=digest.hex(),
        size=digest.size,
    )
