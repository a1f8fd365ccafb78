"""Finding out by trying what a store really does: several accept headers that they do not honour."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from minio.commonconfig import ENABLED

from storage.digest import hex_to_base64, sha256_of
from storage.errors import (
    DigestMismatch,
    LockError,
    StorageError,
    StoreAccessDenied,
    StoreRefused,
    StoreUnavailable,
)
from storage.objects import Capabilities, RetentionLock
from storage.s3.client import Door, quietly
from storage.s3.faults import PreconditionRefused, translated
from storage.s3.locks import lock_headers
from storage.s3.multipart import abort_upload
from storage.s3.removal import destroy, remove_version
from storage.s3.state import stat

_BODY = b"a probe of what this store does"
_WRONG = hex_to_base64(hashlib.sha256(b"other bytes").hexdigest())
_RIGHT = hex_to_base64(sha256_of(_BODY))
_LATE = datetime(2200, 1, 1, tzinfo=UTC)
_ONLY_IF_NEW = {"If-None-Match": "*"}


def probe(door: Door) -> Capabilities:
    """Try each promise once on a key of its own, and remove what was made.

    Raises:
        StoreUnavailable: the store did not answer; nothing is known then.
    """
    key = f"probes/{uuid4()}"
    try:
        door.send("PUT", key, headers={"x-amz-checksum-sha256": _RIGHT}, body=_BODY)
        versioning = _versioning(door)
        return Capabilities(
            verifies_checksums=_refused(lambda: _put_wrong(door, key), DigestMismatch),
            conditional_create=_refused(
                lambda: door.send("PUT", key, headers=_ONLY_IF_NEW, body=_BODY), PreconditionRefused
            ),
            conditional_complete=_in_upload(door, key, _complete_refused),
            versioning=versioning,
            object_lock=versioning and _locks(door, f"{key}-lock"),
            late_lock_dates=versioning and _keeps_late_date(door, f"{key}-late"),
        )
    finally:
        for used in (key, f"{key}-lock", f"{key}-late"):
            quietly(lambda used=used: destroy(door, used, bypass_governance=True, known_versions=()))  # type: ignore[misc]


def _refused(action: Callable[[], object], reason: type[StorageError]) -> bool:
    try:
        action()
    except reason:
        return True
    except StoreRefused:
        return False
    return False


def _put_wrong(door: Door, key: str) -> None:
    door.send("PUT", f"{key}", headers={"x-amz-checksum-sha256": _WRONG}, body=_BODY)


def _versioning(door: Door) -> bool:
    with translated(door.bucket):
        return door.client.get_bucket_versioning(door.bucket).status == ENABLED


def _in_upload(door: Door, key: str, trial: Callable[[Door, str, str], bool]) -> bool:
    with translated(key):
        upload_id = door.client._create_multipart_upload(door.bucket, key, {})  # noqa: SLF001
    try:
        return trial(door, key, upload_id)
    finally:
        quietly(lambda: abort_upload(door, key, upload_id))


def _send_part(door: Door, key: str, upload_id: str) -> str:
    query = {"partNumber": "1", "uploadId": upload_id}
    return door.send("PUT", key, query=query, body=_BODY).headers.get("etag", "").strip('"')


def _complete_refused(door: Door, key: str, upload_id: str) -> bool:
    etag = _send_part(door, key, upload_id)
    body = (
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        f"<ETag>&quot;{etag}&quot;</ETag></Part></CompleteMultipartUpload>"
    ).encode()
    headers = {"Content-Type": "application/xml", **_ONLY_IF_NEW}
    query = {"uploadId": upload_id}
    return _refused(lambda: door.send("POST", key, query=query, headers=headers, body=body), PreconditionRefused)


def _locks(door: Door, key: str) -> bool:
    """Whether a version under legal hold survives an attempt to delete it."""
    try:
        answer = door.send("PUT", key, headers=_checked(lock_headers(None, legal_hold=True)), body=_BODY)
    except (StoreRefused, LockError):
        return False
    version_id = answer.headers.get("x-amz-version-id", "")
    denied = _refused(lambda: remove_version(door, key, version_id), StoreAccessDenied)
    if denied:
        with translated(key):
            door.client.disable_object_legal_hold(door.bucket, key, version_id=version_id)
    return denied


def _keeps_late_date(door: Door, key: str) -> bool:
    lock = RetentionLock(retain_until=_LATE)
    try:
        answer = door.send("PUT", key, headers=_checked(lock_headers(lock, legal_hold=False)), body=_BODY)
        return stat(door, key, answer.headers.get("x-amz-version-id")).lock == lock
    except (StoreRefused, StoreUnavailable, LockError):
        return False


def _checked(headers: dict[str, str]) -> dict[str, str]:
    return {"x-amz-checksum-sha256": _RIGHT, **headers}
