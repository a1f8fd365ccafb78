"""Putting once: a conditional create with a digest that the server verifies, or reading back where it does not."""

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from storage.digest import hex_to_base64
from storage.errors import DigestMismatch, KeyTaken, ObjectAbsent, SourceChanged, StoreRefused, StoreUnavailable
from storage.objects import ObjectStat, RetentionLock, StoredVersion
from storage.s3.client import CONTENT_SHA256, UNSIGNED_PAYLOAD, Door, quietly
from storage.s3.faults import ConnectionBroken, PreconditionRefused
from storage.s3.listing import list_versions
from storage.s3.locks import check_support, compare, lock_headers, refused, set_hold, set_lock
from storage.s3.multipart import PART_SIZE, upload_in_parts
from storage.s3.reading import read_back
from storage.s3.removal import remove_version
from storage.s3.state import RECORDED_SHA256, RECORDED_TYPE, UNVERSIONED, stat

ONLY_IF_NEW = {"If-None-Match": "*"}

_RACE_ROUNDS = 8
"""Attempts at a key that several writers want at once."""
_APART = 100
"""Milliseconds, at most, between the attempts of those who withdrew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRequest:
    """A local file and what is to become of it."""

    key: str
    source: Path
    sha256: str
    size: int
    media_type: str
    lock: RetentionLock | None
    legal_hold: bool
    over_damaged: bool = False
    """Whether other bytes under the key are damaged ones, which may stay below."""
    fresh: bool = False
    """Whether the key was made for this put, so that nothing can lie there."""
    content: bytes | None = None
    """What the file holds, if that is known."""

    def headers(self) -> dict[str, str]:
        """What describes the object, whichever way it is sent."""
        return {"Content-Type": self.media_type, RECORDED_TYPE: self.media_type, RECORDED_SHA256: self.sha256}

    @property
    def condition(self) -> dict[str, str]:
        """What the store is to look at before it takes the object."""
        return ONLY_IF_NEW if self.looks else {}

    @property
    def looks(self) -> bool:
        """Whether the key has to be free."""
        return not (self.over_damaged or self.fresh)

    @property
    def protected(self) -> bool:
        """Whether a lock or a hold was asked for."""
        return self.lock is not None or self.legal_hold


def put(door: Door, request: PutRequest) -> StoredVersion:
    """Store a file once; answers when its bytes are proven to lie there.

    Raises:
        StorageError: see `Vault.put`.
    """
    if request.protected:
        check_support(request.key, request.lock, door.capabilities)
    with door.writing(request.size):
        if request.over_damaged:
            return _put_over(door, request)
        if request.fresh:
            if request.size <= PART_SIZE:
                # Whether a put that nobody answered arrived is not known: from then on the key is not fresh any more.
                with suppress(ConnectionBroken):
                    return _put_small(door, request)
            request = replace(request, fresh=False)
        for _ in range(_RACE_ROUNDS):
            try:
                return _put_large(door, request) if request.size > PART_SIZE else _put_small(door, request)
            except PreconditionRefused:
                found = _existing(door, request)
            if found is not None:
                return found
    raise StoreUnavailable(reason="the object under this key came and went")


def _put_over(door: Door, request: PutRequest) -> StoredVersion:
    """Put a version on top of a damaged one; a sound one that an earlier attempt put there is taken."""
    try:
        found = _existing(door, request)
    except KeyTaken:
        found = None
    if found is not None:
        return found
    return _put_large(door, request) if request.size > PART_SIZE else _put_small(door, request)


def _put_small(door: Door, request: PutRequest) -> StoredVersion:
    if request.looks and not door.capabilities.conditional_create:
        _require_new(door, request.key)
    trusted = door.capabilities.verifies_checksums
    headers = request.headers() | request.condition | {"x-amz-checksum-sha256": hex_to_base64(request.sha256)}
    if trusted:
        # The checksum is a signed header and is verified; a signed payload would be hashed a second time.
        headers[CONTENT_SHA256] = UNSIGNED_PAYLOAD
        headers |= lock_headers(request.lock, legal_hold=request.legal_hold)
    with door.transfers:
        data = _read_source(request)
        try:
            send = door.send_once if request.fresh else door.send
            answer = send("PUT", request.key, headers=headers, body=data).headers
        except DigestMismatch as error:
            raise DigestMismatch(request.key, expected=request.sha256, actual=None) from error
        except StoreRefused as error:
            raise refused(error, request.key, request.lock) from error
    version_id = answer.get("x-amz-version-id") or UNVERSIONED
    if request.looks and not door.capabilities.conditional_create:
        _require_alone(door, request, version_id)
    if not trusted:
        _require_same(door, request, version_id, created=True)
        _protect(door, request, version_id)
    elif request.protected:
        compare(stat(door, request.key, version_id), request.lock, legal_hold=request.legal_hold)
    return _stored(request, version_id, answer.get("etag", "").strip('"'))


def _put_large(door: Door, request: PutRequest) -> StoredVersion:
    if not (door.capabilities.conditional_complete or request.over_damaged):
        _require_new(door, request.key)
    try:
        uploaded = upload_in_parts(
            door, request.key, request.source, size=request.size, headers=request.headers(), condition=request.condition
        )
    except DigestMismatch as error:
        raise DigestMismatch(request.key, expected=request.sha256, actual=None) from error
    # Completing takes a store so long that even one which honours the condition may let two writers in at once.
    if not request.over_damaged:
        _require_alone(door, request, uploaded.version_id)
    _require_same(door, request, uploaded.version_id, created=True)
    _protect(door, request, uploaded.version_id)
    return _stored(request, uploaded.version_id, uploaded.etag)


def _read_source(request: PutRequest) -> bytes:
    data = request.source.read_bytes() if request.content is None else request.content
    if len(data) != request.size:
        raise SourceChanged(str(request.source), expected=request.size, actual=len(data))
    return data


def _stored(request: PutRequest, version_id: str, etag: str) -> StoredVersion:
    return StoredVersion(
        key=request.key,
        version_id=version_id,
        size=request.size,
        sha256=request.sha256,
        etag=etag,
        media_type=request.media_type,
        lock=request.lock,
        legal_hold=request.legal_hold,
    )


def _require_new(door: Door, key: str) -> None:
    try:
        stat(door, key)
    except ObjectAbsent:
        return
    raise PreconditionRefused(key)


def _require_same(door: Door, request: PutRequest, version_id: str, *, created: bool) -> None:
    seen = read_back(door, request.key, version_id, request.sha256)
    if seen.intact:
        return
    if created:
        quietly(lambda: remove_version(door, request.key, version_id))
    raise DigestMismatch(request.key, expected=request.sha256, actual=seen.actual_sha256)


def _protect(door: Door, request: PutRequest, version_id: str) -> None:
    if request.legal_hold:
        set_hold(door, request.key, version_id, on=True)
    if request.lock is not None:
        set_lock(door, request.key, version_id, request.lock)


def _existing(door: Door, request: PutRequest) -> StoredVersion | None:
    """Give the first answer again if the key holds the same bytes, which reading them back decides.

    None when the object went meanwhile, because its writer withdrew: the put can be tried anew.
    """
    try:
        return _adopt(door, request, stat(door, request.key))
    except ObjectAbsent:
        return None


def _adopt(door: Door, request: PutRequest, present: ObjectStat) -> StoredVersion:
    if present.size != request.size:
        raise KeyTaken(request.key)
    try:
        _require_same(door, request, present.version_id, created=False)
    except DigestMismatch as error:
        raise KeyTaken(request.key) from error
    if request.legal_hold and not present.legal_hold:
        present = set_hold(door, request.key, present.version_id, on=True)
    if request.lock is not None and (present.lock is None or present.lock.weakens(request.lock)):
        present = set_lock(door, request.key, present.version_id, request.lock)
    return StoredVersion(
        key=request.key,
        version_id=present.version_id,
        size=present.size,
        sha256=request.sha256,
        etag=present.etag,
        media_type=present.media_type,
        lock=present.lock,
        legal_hold=present.legal_hold,
    )


def _require_alone(door: Door, request: PutRequest, version_id: str) -> None:
    """Withdraw a version that was let in beside another one, and raise `PreconditionRefused`.

    Whoever sees somebody else withdraws. Each looks after its own version lies there, so of two writers at least one
    sees the other: never do two of them win. Those who withdrew try anew, a little apart.
    """
    others = [
        entry
        for entry in list_versions(door, request.key)
        if entry.key == request.key and not entry.is_delete_marker and entry.version_id != version_id
    ]
    if others:
        quietly(lambda: remove_version(door, request.key, version_id, bypass_governance=True))
        time.sleep(secrets.randbelow(_APART) / 1000)
        raise PreconditionRefused(request.key)
