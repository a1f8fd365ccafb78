"""What a store says about one version in the headers of its answers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from storage.errors import ObjectAbsent, StoreUnavailable
from storage.objects import LockMode, ObjectStat, RetentionLock
from storage.s3.client import Door

UNVERSIONED = "null"
"""The version id of objects in a bucket without versions (S3)."""

RECORDED_SHA256 = "x-amz-meta-sha256"
RECORDED_TYPE = "x-amz-meta-media-type"
"""SeaweedFS 4.48 forgets the `Content-Type` of an object that is locked or held later, but not its own metadata."""
LOCK_MODE = "x-amz-object-lock-mode"
LOCK_UNTIL = "x-amz-object-lock-retain-until-date"
LEGAL_HOLD = "x-amz-object-lock-legal-hold"

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z")


def stat(door: Door, key: str, version_id: str | None = None) -> ObjectStat:
    """Ask for the headers of one version.

    Raises:
        ObjectAbsent: no such version, or a delete marker.
    """
    query = {"versionId": version_id} if version_id else {}
    headers = door.send("HEAD", key, query=query).headers
    if headers.get("x-amz-delete-marker") == "true":
        raise ObjectAbsent(key, version_id)
    return read_stat(headers, key, version_id)


def read_stat(headers: Mapping[str, str], key: str, version_id: str | None) -> ObjectStat:
    """Read the headers of HEAD; not the retention call, in whose answer some stores spell dates as no client reads.

    Raises:
        StoreUnavailable: the headers make no sense.
    """
    try:
        return ObjectStat(
            key=key,
            version_id=headers.get("x-amz-version-id") or version_id or UNVERSIONED,
            size=int(headers["content-length"]),
            etag=headers.get("etag", "").strip('"'),
            media_type=media_type(headers),
            stored_at=parsedate_to_datetime(headers["last-modified"]).astimezone(UTC),
            recorded_sha256=headers.get(RECORDED_SHA256),
            lock=_lock(headers),
            legal_hold=headers.get(LEGAL_HOLD, "").upper() == "ON",
        )
    except (KeyError, ValueError) as error:
        raise StoreUnavailable(reason="headers that cannot be understood") from error


def media_type(headers: Mapping[str, str]) -> str:
    """The media type that was named at the put."""
    return headers.get(RECORDED_TYPE) or headers.get("content-type") or "application/octet-stream"


def _lock(headers: Mapping[str, str]) -> RetentionLock | None:
    mode, until = headers.get(LOCK_MODE), headers.get(LOCK_UNTIL)
    if not mode or not until:
        return None
    return RetentionLock(retain_until=parse_moment(until), mode=LockMode(mode.upper()))


def parse_moment(text: str) -> datetime:
    """A moment as stores spell it, with any number of decimal places.

    Raises:
        ValueError: it is spelt otherwise.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    moment = datetime.strptime(match[1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return moment.replace(microsecond=int(round(float(match[2] or 0), 6) * 1_000_000))


def spell_moment(moment: datetime) -> str:
    """A moment as lock headers want it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
