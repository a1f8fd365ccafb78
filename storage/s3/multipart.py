"""Large objects in parts, sent in parallel from the file with flat memory."""

import os
from collections.abc import Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from minio.datatypes import CompleteMultipartUploadResult, Part

from storage.errors import SourceChanged
from storage.s3.client import CONTENT_SHA256, UNSIGNED_PAYLOAD, Door, quietly
from storage.s3.faults import translated
from storage.s3.state import UNVERSIONED, stat

PART_SIZE = 8 * 1024 * 1024
MAX_PARTS = 10_000
PARALLEL_PARTS = 4
"""Parts of one object in flight: with 8 MiB parts, 32 MiB of memory."""

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A completed upload, not yet proven."""

    version_id: str
    etag: str


@dataclass(frozen=True, slots=True)
class _Upload:
    door: Door
    key: str
    upload_id: str
    descriptor: int
    source: str
    part_size: int
    size: int

    def send(self, number: int) -> Part:
        """Read one part from the file and send it."""
        start = (number - 1) * self.part_size
        expected = min(self.part_size, self.size - start)
        with self.door.transfers:
            data = os.pread(self.descriptor, expected, start)
            if len(data) != expected:
                raise SourceChanged(self.source, expected=expected, actual=len(data))
            # The whole object is read back before anybody relies on it; digests of parts would prove less.
            query = {"partNumber": str(number), "uploadId": self.upload_id}
            headers = {CONTENT_SHA256: UNSIGNED_PAYLOAD}
            answer = self.door.send("PUT", self.key, query=query, headers=headers, body=data)
        return Part(number, answer.headers.get("etag", "").strip('"'))


def part_size_for(size: int) -> int:
    """8 MiB, or as many whole MiB as keep the number of parts within what S3 allows."""
    needed = -(-size // MAX_PARTS)
    return max(PART_SIZE, -(-needed // _MIB) * _MIB)


def upload_in_parts(
    door: Door, key: str, source: Path, *, size: int, headers: Mapping[str, str], condition: Mapping[str, str]
) -> Uploaded:
    """Send a file in parts and complete the upload under a condition; on any failure the parts are thrown away.

    Raises:
        StorageError: see `Vault.put`.
    """
    descriptor = os.open(source, os.O_RDONLY)
    try:
        actual = os.fstat(descriptor).st_size
        if actual != size:
            raise SourceChanged(str(source), expected=size, actual=actual)
        with translated(key):
            upload_id = door.client._create_multipart_upload(door.bucket, key, dict(headers))  # noqa: SLF001
        upload = _Upload(door, key, upload_id, descriptor, str(source), part_size_for(size), size)
        try:
            return _complete(upload, _send_all(upload), condition)
        except BaseException:
            quietly(lambda: abort_upload(door, key, upload_id))
            raise
    finally:
        os.close(descriptor)


def _send_all(upload: _Upload) -> list[Part]:
    count = -(-upload.size // upload.part_size)
    with ThreadPoolExecutor(PARALLEL_PARTS, thread_name_prefix="vault-part") as pool:
        waiting: list[Future[Part]] = [pool.submit(upload.send, number) for number in range(1, count + 1)]
        _, unfinished = wait(waiting, return_when=FIRST_EXCEPTION)
        for future in unfinished:
            future.cancel()
        return [future.result() for future in waiting if not future.cancelled()]


def _complete(upload: _Upload, parts: list[Part], condition: Mapping[str, str]) -> Uploaded:
    door, key = upload.door, upload.key
    lines = "".join(
        f"<Part><PartNumber>{part.part_number}</PartNumber><ETag>&quot;{part.etag}&quot;</ETag></Part>"
        for part in parts
    )
    response = door.send(
        "POST",
        key,
        query={"uploadId": upload.upload_id},
        headers={"Content-Type": "application/xml", **condition},
        body=f"<CompleteMultipartUpload>{lines}</CompleteMultipartUpload>".encode(),
    )
    with translated(key):
        result = CompleteMultipartUploadResult(response)
    version_id = response.headers.get("x-amz-version-id")
    if version_id is None and door.capabilities.versioning:
        version_id = stat(door, key).version_id
    return Uploaded(version_id or UNVERSIONED, (result.etag or "").strip('"'))


def abort_upload(door: Door, key: str, upload_id: str) -> None:
    """Throw away the parts of one unfinished upload."""
    door.send("DELETE", key, query={"uploadId": upload_id})
