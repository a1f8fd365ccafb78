"""What storage is to keep of one file, and telling it: a lock until the date of the verdict, a hold for open ends.

The guards of the database bind by themselves; these marks are the second fence, against whoever holds the keys of the
store. So they are made longer and stricter here, never shorter: what a lock was set to, it stays until it ends.
"""

from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from storage.errors import LockDateRefused, LockDateUnrepresentable, LockMismatch, LockWeakened, ObjectHeld
from storage.objects import LAST_COMMON_LOCK_DATE, LockMode, ObjectStat, ProofOfAbsence, RetentionLock
from storage.vault import Vault

_COPIES: Final = 16
"""Held copies of one key, at most: the present one, and damaged ones below."""


class Note(StrEnum):
    """Why a legal hold stands for a date, or what storage keeps otherwise than it was told."""

    DATE_TOO_LATE = "date_too_late"
    """The store cannot keep the date, so a legal hold stands for it until the date has come."""
    DATE_REFUSED = "date_refused"
    """The store refused the date; a legal hold stands for it."""
    LOCK_DIFFERS = "lock_differs"
    """The store kept another date or mode than it accepted; a legal hold stands for it. Somebody has to look."""
    HOLD_DIFFERS = "hold_differs"
    """The store kept another legal hold than it accepted. Somebody has to look."""


DIFFERENCES: Final = frozenset({Note.LOCK_DIFFERS, Note.HOLD_DIFFERS})
"""What is shown as a fault of the store."""


class Asked(NamedTuple):
    """What verdict and holds ask of storage for one file."""

    not_before: date | None
    """First day without a lock, in the time zone of the institution; None: no day is known, or no case."""
    open_end: bool
    """Whether the verdict has no end that storage could be told as a date."""
    held: bool
    """Whether a hold of people covers the document."""


class Marks(NamedTuple):
    """Lock and legal hold of one copy, as they are to be or as they were seen."""

    lock: RetentionLock | None = None
    legal_hold: bool = False
    note: Note | None = None


NOTHING: Final = Marks()


class Terms(NamedTuple):
    """What applies to every file of an institution."""

    zone: ZoneInfo
    now: datetime
    mode: LockMode
    late_dates: bool
    """Whether the store keeps dates after 2106."""


def end_of_lock(not_before: date, zone: ZoneInfo) -> datetime | None:
    """Return the moment in which `not_before` begins in `zone`, in UTC; None for what no calendar of UTC has."""
    try:
        return datetime.combine(not_before, time.min, zone).astimezone(UTC)
    except OverflowError:
        return None


def planned(asked: Asked, present: Marks, terms: Terms) -> Marks:
    """Return what a file is to carry that carries `present`: what is asked, and never less of a lock than it has."""
    lock, note = _lock_asked(asked, terms)
    kept = present.lock
    if lock is not None and kept is not None and kept.retain_until > terms.now:
        if kept.retain_until >= lock.retain_until and not _is_stricter(lock, kept):
            lock = kept
        elif lock.weakens(kept):
            # Longer than the one and milder than the other: no mode becomes stricter by itself.
            lock, note = kept, Note.DATE_REFUSED
    return Marks(lock or kept, asked.open_end or asked.held or note is not None, note)


def _lock_asked(asked: Asked, terms: Terms) -> tuple[RetentionLock | None, Note | None]:
    if asked.not_before is None:
        return None, None
    until = end_of_lock(asked.not_before, terms.zone)
    if until is not None and until <= terms.now:
        return None, None
    if until is None or (until > LAST_COMMON_LOCK_DATE and not terms.late_dates):
        return None, Note.DATE_TOO_LATE
    return RetentionLock(retain_until=until, mode=terms.mode), None


def _is_stricter(lock: RetentionLock, kept: RetentionLock) -> bool:
    return lock.mode is LockMode.COMPLIANCE and kept == RetentionLock(retain_until=lock.retain_until)


async def tell(vault: Vault, key: str, version_id: str, wanted: Marks, present: Marks | None) -> Marks:
    """Set what differs from `present` (None: not known) on one copy; return what the store was seen to keep.

    A store that keeps something else is no error here but a note. Raises `ObjectAbsent`, `StoreUnavailable`,
    `LockUnsupported`.
    """
    seen: ObjectStat | None = None
    note = wanted.note
    if wanted.lock is not None and (present is None or wanted.lock != present.lock):
        seen, fault = await _lock(vault, key, version_id, wanted.lock)
        note = fault or note
    hold = wanted.legal_hold or note is not None
    if seen is None or seen.legal_hold is not hold:
        try:
            seen = await vault.hold(key, version_id, on=hold)
        except LockMismatch:
            seen, note = await vault.stat(key, version_id), Note.HOLD_DIFFERS
    return Marks(seen.lock, seen.legal_hold, note)


async def _lock(vault: Vault, key: str, version_id: str, lock: RetentionLock) -> tuple[ObjectStat | None, Note | None]:
    try:
        return await vault.lock(key, version_id, lock), None
    except LockWeakened as longer:
        # A lock that is not written down: it was set by an earlier attempt, or by somebody else.
        covered = longer.stored.retain_until >= lock.retain_until
        return await vault.stat(key, version_id), None if covered else Note.DATE_REFUSED
    except LockDateUnrepresentable:
        return None, Note.DATE_TOO_LATE
    except LockDateRefused:
        return None, Note.DATE_REFUSED
    except LockMismatch:
        return None, Note.LOCK_DIFFERS


async def destroy_decided(vault: Vault, key: str, *, known_versions: tuple[str, ...] = ()) -> ProofOfAbsence:
    """Destroy a key whose end was decided and committed under the guards of holds; nobody else may call this.

    A legal hold that is left on a copy, and a lock in governance mode, are passed by: after that commit a hold comes
    too late, and the store only does not know yet. A lock in compliance mode stands.

    Raises `ObjectLocked` for that one, and what `Vault.destroy` raises.
    """
    for _ in range(_COPIES):
        try:
            return await vault.destroy(key, bypass_governance=True, known_versions=known_versions)
        except ObjectHeld as held:
            await vault.hold(held.key, held.version_id, on=False)
    return await vault.destroy(key, bypass_governance=True, known_versions=known_versions)
