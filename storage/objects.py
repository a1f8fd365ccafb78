"""The values that object storage speaks in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

LAST_COMMON_LOCK_DATE = datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC)
"""The last second that fits into 32 bits; some S3 servers keep a later lock date as 1970."""


class LockMode(StrEnum):
    """Who may lift a retention lock before its end (S3 Object Lock)."""

    GOVERNANCE = "GOVERNANCE"
    """A caller that bypasses it explicitly, for the execution of an approved act."""
    COMPLIANCE = "COMPLIANCE"
    """Nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionLock:
    """A lock on one version: no deletion before `retain_until`, an aware moment in whole seconds."""

    retain_until: datetime
    mode: LockMode = LockMode.GOVERNANCE

    def __post_init__(self) -> None:
        """Refuse a naive moment: it would mean another date in another time zone.

        Raises:
            ValueError: `retain_until` has no time zone.
        """
        if self.retain_until.tzinfo is None:
            message = "retain_until needs a time zone"
            raise ValueError(message)

    def weakens(self, other: "RetentionLock") -> bool:
        """Whether replacing `other` by this lock would allow an earlier or easier deletion."""
        milder = other.mode is LockMode.COMPLIANCE and self.mode is LockMode.GOVERNANCE
        return milder or self.retain_until < other.retain_until


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVersion:
    """One version that the store has acknowledged; the same put gives an equal answer however often it is repeated."""

    key: str
    version_id: str
    size: int
    """Bytes."""
    sha256: str
    """64 lower-case hexadecimal digits, verified by the server or by reading back."""
    etag: str
    media_type: str
    lock: RetentionLock | None = None
    legal_hold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStat:
    """What the store says about one version, without reading its bytes."""

    key: str
    version_id: str
    size: int
    etag: str
    media_type: str
    stored_at: datetime
    """By the clock of the store."""
    recorded_sha256: str | None
    """The digest recorded at the put; a claim, not a proof: `verify` proves."""
    lock: RetentionLock | None
    legal_hold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEntry:
    """One line of a listing: a version or a delete marker."""

    key: str
    version_id: str
    size: int
    is_newest: bool
    is_delete_marker: bool
    stored_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What reading back one version showed."""

    key: str
    version_id: str
    expected_sha256: str
    actual_sha256: str
    size: int

    @property
    def intact(self) -> bool:
        """Whether the bytes are those that the digest names."""
        return self.actual_sha256 == self.expected_sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofOfAbsence:
    """The store was asked for each of these versions and for a listing of the key, and said "absent" each time."""

    key: str
    version_ids: tuple[str, ...]
    """Every version and delete marker that was asked for, sorted; those removed earlier included if they were named."""
    aborted_uploads: int
    """Unfinished multipart uploads of the key that were thrown away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a store really does, found out by trying (`Vault.probe`); everything unknown counts as missing."""

    verifies_checksums: bool = False
    """Refuses a single-part put whose `x-amz-checksum-sha256` is wrong."""
    conditional_create: bool = False
    """Honours `If-None-Match: *` on a single-part put."""
    conditional_complete: bool = False
    """Honours `If-None-Match: *` on the completion of a multipart upload."""
    versioning: bool = False
    object_lock: bool = False
    """Denies the deletion of a version under legal hold and under a governance lock."""
    late_lock_dates: bool = False
    """Keeps lock dates after 2106-02-07 exactly."""
