"""Listing versions, delete markers and unfinished uploads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from minio.datatypes import ListMultipartUploadsResult, Object

from storage.objects import VersionEntry
from storage.s3.client import Door
from storage.s3.faults import translated
from storage.s3.state import UNVERSIONED

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class UnfinishedUpload:
    """A multipart upload that was begun and neither completed nor aborted."""

    key: str
    upload_id: str
    started_at: datetime


def list_versions(door: Door, prefix: str) -> Iterator[VersionEntry]:
    """Every version and delete marker below a prefix, page by page.

    Raises:
        BucketMissing: the bucket is gone.
    """
    with translated(prefix):
        for found in door.client.list_objects(door.bucket, prefix=prefix, recursive=True, include_version=True):
            yield _entry(found)


def _entry(found: Object) -> VersionEntry:
    return VersionEntry(
        key=found.object_name or "",
        version_id=found.version_id or UNVERSIONED,
        size=found.size or 0,
        is_newest=found.is_latest == "true",
        is_delete_marker=found.is_delete_marker,
        stored_at=found.last_modified or _EPOCH,
    )


def list_uploads(door: Door, prefix: str) -> Iterator[UnfinishedUpload]:
    """Every unfinished multipart upload below a prefix."""
    key_marker: str | None = None
    id_marker: str | None = None
    while True:
        page = _uploads_page(door, prefix, key_marker, id_marker)
        for upload in page.uploads:
            yield UnfinishedUpload(unquote(upload.object_name), upload.upload_id or "", upload.initiated_time or _EPOCH)
        if not page.is_truncated:
            return
        key_marker, id_marker = page.next_key_marker, page.next_upload_id_marker


def _uploads_page(door: Door, prefix: str, key_marker: str | None, id_marker: str | None) -> ListMultipartUploadsResult:
    with translated(prefix):
        return door.client._list_multipart_uploads(  # noqa: SLF001 — no public method lists unfinished uploads
            door.bucket, prefix=prefix, key_marker=key_marker, upload_id_marker=id_marker
        )
