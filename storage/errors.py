"""The error family of object storage: one class per reason, facts as attributes, a stable `code`."""

from datetime import datetime
from typing import ClassVar

from storage.objects import RetentionLock


class StorageError(Exception):
    """Base of everything that object storage raises."""

    code: ClassVar[str] = "storage_error"


class StoreUnavailable(StorageError):
    """The store cannot be reached, answers with a server error, or takes too long; trying again later may help."""

    code = "store_unavailable"

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(
            f"The object store does not answer as it should ({reason}). Check that it runs, then try again."
        )
        self.reason = reason
        self.status = status


class StoreFull(StorageError):
    """The store has no room for another object."""

    code = "store_full"

    def __init__(self, reason: str = "no room left") -> None:
        super().__init__(f"The object store is full ({reason}). Free space or add a disk, then try again.")
        self.reason = reason


class StoreAccessDenied(StorageError):
    """The store does not accept the credentials or does not allow the operation."""

    code = "store_access_denied"

    def __init__(self, s3_code: str) -> None:
        super().__init__(
            f"The object store denied access ({s3_code}). "
            "Check the access key, the secret key, the rights on the bucket and the clock of this machine."
        )
        self.s3_code = s3_code


class StoreRefused(StorageError):
    """The store refused a request for a reason this package knows no better name for."""

    code = "store_refused"

    def __init__(self, s3_code: str, detail: str | None = None) -> None:
        super().__init__(f"The object store refused the request ({s3_code}: {detail or 'no detail'}).")
        self.s3_code = s3_code
        self.detail = detail


class BucketMissing(StorageError):
    """The bucket does not exist."""

    code = "bucket_missing"

    def __init__(self, bucket: str) -> None:
        super().__init__(f"There is no bucket {bucket!r} in the object store. Create it, or correct its name.")
        self.bucket = bucket


class BucketUnversioned(StorageError):
    """The bucket exists, but keeps no versions, so that an overwrite would lose an original."""

    code = "bucket_unversioned"

    def __init__(self, bucket: str) -> None:
        super().__init__(f"The bucket {bucket!r} keeps no versions. Switch versioning on, or name another bucket.")
        self.bucket = bucket


class ObjectAbsent(StorageError):
    """There is no such object or no such version of it."""

    code = "object_absent"

    def __init__(self, key: str, version_id: str | None = None) -> None:
        super().__init__(f"There is no object {key!r} (version {version_id or 'newest'}).")
        self.key = key
        self.version_id = version_id


class KeyTaken(StorageError):
    """Another object with other bytes already lies under this key; a key is written once."""

    code = "key_taken"

    def __init__(self, key: str) -> None:
        super().__init__(f"The key {key!r} already holds other bytes. Use a new key: nothing is ever overwritten.")
        self.key = key


class InvalidKey(StorageError):
    """The text is no key of an object of this service."""

    code = "invalid_key"

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key!r} is no valid object key: {reason}.")
        self.key = key
        self.reason = reason


class ObjectChanged(StorageError):
    """Something else lies under the key of an inbox than what was looked at, so it was left as it is."""

    code = "object_changed"

    def __init__(self, key: str) -> None:
        super().__init__(f"The object {key!r} has changed since it was listed. List again and repeat.")
        self.key = key


class SourceChanged(StorageError):
    """The local file is not of the size its caller named, so it was not sent."""

    code = "source_changed"

    def __init__(self, path: str, *, expected: int, actual: int) -> None:
        super().__init__(f"The file {path!r} has {actual} bytes instead of {expected}. Read it again and repeat.")
        self.path = path
        self.expected = expected
        self.actual = actual


class DigestMismatch(StorageError):
    """The bytes that were sent or read back are not those that the digest names."""

    code = "digest_mismatch"

    def __init__(self, key: str, *, expected: str, actual: str | None) -> None:
        super().__init__(
            f"The bytes of {key!r} have SHA-256 {actual or 'unknown'} instead of {expected}. Nothing was acknowledged."
        )
        self.key = key
        self.expected = expected
        self.actual = actual


class RangeUnsatisfiable(StorageError):
    """The requested range lies outside the object."""

    code = "range_unsatisfiable"

    def __init__(self, key: str, *, offset: int, length: int | None) -> None:
        super().__init__(f"{key!r} has no bytes from {offset} on (length {length}).")
        self.key = key
        self.offset = offset
        self.length = length


class LockError(StorageError):
    """Base of what may go wrong with locks and legal holds."""

    code = "lock_error"


class LockUnsupported(LockError):
    """The bucket keeps no object locks."""

    code = "lock_unsupported"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The store keeps no object locks, so {key!r} cannot be locked. Use a bucket with object lock."
        )
        self.key = key


class LockDateUnrepresentable(LockError):
    """The store could not keep this date exactly; a legal hold is the way to keep something without an end."""

    code = "lock_date_unrepresentable"

    def __init__(self, retain_until: datetime, reason: str) -> None:
        super().__init__(
            f"The store cannot keep the lock date {retain_until.isoformat()} exactly ({reason}). Use a legal hold."
        )
        self.retain_until = retain_until
        self.reason = reason


class LockDateRefused(LockError):
    """The store refused the date, most often because it lies in the past by the clock of the store."""

    code = "lock_date_refused"

    def __init__(self, key: str, retain_until: datetime) -> None:
        super().__init__(
            f"The store refused to lock {key!r} until {retain_until.isoformat()}. Name a date in the store's future."
        )
        self.key = key
        self.retain_until = retain_until


class LockWeakened(LockError):
    """A lock may be made longer or stricter, never shorter or milder."""

    code = "lock_weakened"

    def __init__(self, key: str, version_id: str, *, stored: RetentionLock, requested: RetentionLock) -> None:
        super().__init__(
            f"{key!r} is locked ({stored.mode}) until {stored.retain_until.isoformat()}; a lock ({requested.mode}) "
            f"until {requested.retain_until.isoformat()} would weaken that."
        )
        self.key = key
        self.version_id = version_id
        self.stored = stored
        self.requested = requested


class LockMismatch(LockError):
    """The store keeps another lock or hold than the one that was asked for."""

    code = "lock_mismatch"

    def __init__(self, key: str, version_id: str, *, requested: str, stored: str) -> None:
        super().__init__(
            f"The store keeps {stored} for {key!r} instead of {requested}. Do not rely on its lock; use a legal hold."
        )
        self.key = key
        self.version_id = version_id
        self.requested = requested
        self.stored = stored


class DestructionError(StorageError):
    """Base of the reasons why an object was not destroyed."""

    code = "destruction_error"


class ObjectHeld(DestructionError):
    """A legal hold forbids the destruction."""

    code = "object_held"

    def __init__(self, key: str, version_id: str) -> None:
        super().__init__(f"{key!r} (version {version_id}) is under a legal hold. Lift the hold first.")
        self.key = key
        self.version_id = version_id


class ObjectLocked(DestructionError):
    """A retention lock forbids the destruction."""

    code = "object_locked"

    def __init__(self, key: str, version_id: str, lock: RetentionLock | None) -> None:
        until = lock.retain_until.isoformat() if lock else "an unknown date"
        super().__init__(f"{key!r} (version {version_id}) is locked until {until}. It cannot be destroyed before.")
        self.key = key
        self.version_id = version_id
        self.lock = lock


class DestructionUnproven(DestructionError):
    """The store did not confirm that every version is gone; the destruction can and must be repeated."""

    code = "destruction_unproven"

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"It is not proven that every version of {key!r} is gone ({reason}). Repeat the destruction.")
        self.key = key
        self.reason = reason


class EmbeddedStoreError(StorageError):
    """Base of what may go wrong with the object server that this service starts itself."""

    code = "embedded_store_error"


class StoreFolderInUse(EmbeddedStoreError):
    """Another process already runs an object server on this folder."""

    code = "store_folder_in_use"

    def __init__(self, folder: str) -> None:
        super().__init__(f"Another process uses the object store in {folder!r}. Stop it, or name another folder.")
        self.folder = folder


class StoreStartFailed(EmbeddedStoreError):
    """The object server did not come up."""

    code = "store_start_failed"

    def __init__(self, reason: str, *, log: str) -> None:
        super().__init__(f"The embedded object store did not start ({reason}). See {log!r}.")
        self.reason = reason
        self.log = log


class VacuumFailed(EmbeddedStoreError):
    """The space of deleted objects could not be given back."""

    code = "vacuum_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The space of destroyed objects was not reclaimed ({reason}). Repeat the vacuum.")
        self.reason = reason
