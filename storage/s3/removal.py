"""Destroying every version of a key, and hearing from the store that each of them is absent."""

from collections.abc import Sequence

from storage.errors import (
    BucketMissing,
    DestructionError,
    DestructionUnproven,
    ObjectAbsent,
    ObjectHeld,
    ObjectLocked,
    StorageError,
    StoreAccessDenied,
)
from storage.objects import LockMode, ObjectStat, ProofOfAbsence, VersionEntry
from storage.s3.client import Door
from storage.s3.listing import list_uploads, list_versions
from storage.s3.multipart import abort_upload
from storage.s3.state import stat

BYPASS_GOVERNANCE = {"x-amz-bypass-governance-retention": "true"}


def remove_version(door: Door, key: str, version_id: str, *, bypass_governance: bool = False) -> None:
    """Delete one version or delete marker for good.

    Raises:
        StoreAccessDenied: it is locked or held, or the credentials do not suffice.
    """
    headers = BYPASS_GOVERNANCE if bypass_governance else {}
    door.send("DELETE", key, query={"versionId": version_id}, headers=headers)


def destroy(
    door: Door, key: str, *, bypass_governance: bool, known_versions: Sequence[str], uploads_aborted: bool = False
) -> ProofOfAbsence:
    """Delete every version, delete marker and unfinished upload, then ask for each of them.

    Raises:
        DestructionError: a hold or a lock forbids it, or the store did not confirm.
    """
    try:
        asked = _remove_all(door, key, bypass_governance=bypass_governance, known_versions=known_versions)
        aborted = 0 if uploads_aborted else _abort_all(door, key)
        asked = _require_all_absent(door, key, asked, bypass_governance=bypass_governance)
        return ProofOfAbsence(key=key, version_ids=tuple(sorted(asked)), aborted_uploads=aborted)
    except (DestructionError, BucketMissing):
        raise
    except StorageError as error:
        raise DestructionUnproven(key, str(error)) from error


def _remove_all(door: Door, key: str, *, bypass_governance: bool, known_versions: Sequence[str]) -> set[str]:
    """Delete what is known of a key, or what is listed of it; return the ids to ask for."""
    if len(known_versions) == 1 and door.capabilities.object_lock:
        # The usual case, with half the questions: the store refuses what is locked, and then nothing was deleted.
        _remove(door, key, known_versions[0], bypass_governance=bypass_governance)
        return set(known_versions)
    return set(known_versions) | _remove_listed(door, key, bypass_governance=bypass_governance)


def _require_all_absent(door: Door, key: str, asked: set[str], *, bypass_governance: bool) -> set[str]:
    """Hear "absent" of each version, and of what is listed still, once it is deleted too; return the ids of all."""
    for version_id in sorted(asked):
        _require_absent(door, key, version_id)
    # A store may say "absent" of a delete marker that exists, or in a bucket that does not: a listing shows both.
    if _entries(door, key):
        more = _remove_listed(door, key, bypass_governance=bypass_governance)
        for version_id in sorted(more):
            _require_absent(door, key, version_id)
        if _entries(door, key):
            raise DestructionUnproven(key, "the store still lists versions")
        return asked | more
    return asked


def _remove_listed(door: Door, key: str, *, bypass_governance: bool) -> set[str]:
    """Delete everything that the store lists of a key, once nothing of it is found locked; return the version ids."""
    entries = _entries(door, key)
    for entry in entries:
        if not entry.is_delete_marker:
            _require_free(door, entry, bypass_governance=bypass_governance)
    # Versions go before markers: while a marker is on top, nobody reads a half-destroyed object.
    for entry in sorted(entries, key=lambda entry: entry.is_delete_marker):
        _remove(door, key, entry.version_id, bypass_governance=bypass_governance)
    return {entry.version_id for entry in entries}


def _entries(door: Door, key: str) -> list[VersionEntry]:
    return [entry for entry in list_versions(door, key) if entry.key == key]


def _require_free(door: Door, entry: VersionEntry, *, bypass_governance: bool) -> None:
    try:
        present = stat(door, entry.key, entry.version_id)
    except ObjectAbsent:
        return
    if present.legal_hold:
        raise ObjectHeld(entry.key, entry.version_id)
    if present.lock is None or (bypass_governance and present.lock.mode is LockMode.GOVERNANCE):
        return
    _require_expired(door, present)


def _require_expired(door: Door, present: ObjectStat) -> None:
    """Only the clock of the store decides whether a lock has ended, so the store's own time is asked for."""
    lock = present.lock
    if lock is not None and lock.retain_until > door.store_time():
        raise ObjectLocked(present.key, present.version_id, lock)


def _remove(door: Door, key: str, version_id: str, *, bypass_governance: bool) -> None:
    try:
        remove_version(door, key, version_id, bypass_governance=bypass_governance)
    except ObjectAbsent:
        return
    except StoreAccessDenied as error:
        raise _denied(door, key, version_id) from error


def _denied(door: Door, key: str, version_id: str) -> StorageError:
    try:
        present = stat(door, key, version_id)
    except StorageError:
        return DestructionUnproven(key, "the store denied the deletion and does not say why")
    if present.legal_hold:
        return ObjectHeld(key, version_id)
    if present.lock is not None:
        return ObjectLocked(key, version_id, present.lock)
    return DestructionUnproven(key, "the credentials do not allow the deletion of versions")


def _abort_all(door: Door, key: str) -> int:
    uploads = [upload for upload in list_uploads(door, key) if upload.key == key]
    for upload in uploads:
        abort_upload(door, key, upload.upload_id)
    return len(uploads)


def _require_absent(door: Door, key: str, version_id: str) -> None:
    try:
        stat(door, key, version_id)
    except ObjectAbsent:
        return
    raise DestructionUnproven(key, f"version {version_id} is still there")
