"""Locks and legal holds: always read back, because stores have been seen to keep something else than they accepted."""

from datetime import datetime

from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.retention import Retention

from storage.errors import (
    LockDateRefused,
    LockDateUnrepresentable,
    LockMismatch,
    LockUnsupported,
    LockWeakened,
    StorageError,
    StoreAccessDenied,
    StoreRefused,
)
from storage.objects import LAST_COMMON_LOCK_DATE, Capabilities, LockMode, ObjectStat, RetentionLock
from storage.s3.client import Door
from storage.s3.faults import translated
from storage.s3.state import LEGAL_HOLD, LOCK_MODE, LOCK_UNTIL, spell_moment, stat

_UNSUPPORTED = {
    "InvalidBucketState",
    "MethodNotAllowed",
    "NotImplemented",
    "ObjectLockConfigurationNotFoundError",
}


def check_support(key: str, lock: RetentionLock | None, capabilities: Capabilities) -> None:
    """Refuse a lock or a hold that the store would not honour, and a date that it could change silently.

    Raises:
        LockUnsupported: the store was not found to honour locks; some accept them all the same.
        LockDateUnrepresentable: fractions of a second, or later than the store is known to keep.
    """
    if not capabilities.object_lock:
        raise LockUnsupported(key)
    if lock is None:
        return
    if lock.retain_until.microsecond:
        raise LockDateUnrepresentable(lock.retain_until, "stores keep whole seconds")
    if lock.retain_until > LAST_COMMON_LOCK_DATE and not capabilities.late_lock_dates:
        raise LockDateUnrepresentable(lock.retain_until, "it is not known to keep dates after 2106-02-07")


def lock_headers(lock: RetentionLock | None, *, legal_hold: bool) -> dict[str, str]:
    """The headers that lock an object while it is put."""
    headers: dict[str, str] = {}
    if lock is not None:
        headers[LOCK_MODE] = lock.mode.value
        headers[LOCK_UNTIL] = spell_moment(lock.retain_until)
    if legal_hold:
        headers[LEGAL_HOLD] = "ON"
    return headers


def set_lock(door: Door, key: str, version_id: str, lock: RetentionLock) -> ObjectStat:
    """Lock one version, or lengthen its lock, and compare what the store kept.

    Raises:
        LockError: the lock would weaken the present one, or the store refused it or kept another.
    """
    check_support(key, lock, door.capabilities)
    present = stat(door, key, version_id)
    if present.lock == lock:
        return present
    if present.lock is not None and lock.weakens(present.lock):
        raise LockWeakened(key, version_id, stored=present.lock, requested=lock)
    mode = COMPLIANCE if lock.mode is LockMode.COMPLIANCE else GOVERNANCE
    try:
        with translated(key, version_id):
            door.client.set_object_retention(
                door.bucket, key, Retention(mode, lock.retain_until), version_id=version_id
            )
    except StoreRefused as error:
        raise refused(error, key, lock) from error
    return compare(stat(door, key, version_id), lock, legal_hold=present.legal_hold)


def extend(door: Door, key: str, version_id: str, retain_until: datetime) -> ObjectStat:
    """Lengthen the present lock in its mode, or set one in governance mode.

    Raises:
        LockError: see `set_lock`.
    """
    present = stat(door, key, version_id).lock
    mode = present.mode if present else LockMode.GOVERNANCE
    return set_lock(door, key, version_id, RetentionLock(retain_until=retain_until, mode=mode))


def set_hold(door: Door, key: str, version_id: str, *, on: bool) -> ObjectStat:
    """Set or lift the legal hold of one version and compare what the store kept.

    Raises:
        LockMismatch: the store kept something else.
    """
    if on:
        check_support(key, None, door.capabilities)
    present = stat(door, key, version_id)
    if present.legal_hold is on:
        return present
    change = door.client.enable_object_legal_hold if on else door.client.disable_object_legal_hold
    try:
        with translated(key, version_id):
            change(door.bucket, key, version_id=version_id)
    except StoreRefused as error:
        raise refused(error, key, None) from error
    return compare(stat(door, key, version_id), present.lock, legal_hold=on)


def compare(stored: ObjectStat, lock: RetentionLock | None, *, legal_hold: bool) -> ObjectStat:
    """Give the state back if it is the requested one.

    Raises:
        LockMismatch: it is not.
    """
    if stored.lock == lock and stored.legal_hold is legal_hold:
        return stored
    raise LockMismatch(
        stored.key,
        stored.version_id,
        requested=_spell(lock, legal_hold=legal_hold),
        stored=_spell(stored.lock, legal_hold=stored.legal_hold),
    )


def refused(error: StorageError, key: str, lock: RetentionLock | None) -> StorageError:
    """The reason for which a store refused a lock."""
    if isinstance(error, StoreAccessDenied) or not isinstance(error, StoreRefused):
        return error
    if error.s3_code in _UNSUPPORTED:
        return LockUnsupported(key)
    return LockDateRefused(key, lock.retain_until) if lock else error


def _spell(lock: RetentionLock | None, *, legal_hold: bool) -> str:
    term = f"{lock.mode} until {lock.retain_until.isoformat()}" if lock else "no lock"
    return f"{term}, legal hold {'on' if legal_hold else 'off'}"
