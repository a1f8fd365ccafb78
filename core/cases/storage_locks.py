"""What storage keeps of a case, as the answer why it is kept tells it.

What storage was told is known to the feature of documents, which stands above this one and gives the function of the
database that is asked here.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from core.kernel.database.work import Work
from core.kernel.texts import mark

_OF_CASE: Final = "SELECT * FROM storage_lock_of_case($1, $2)"


class StorageLock(NamedTuple):
    """What storage was seen to keep of the files of a case."""

    files: int
    """That storage was told of."""
    locked_until: datetime | None
    """The latest end of a lock; None: none lasts."""
    mode: str | None
    """The strictest of theirs: `GOVERNANCE` or `COMPLIANCE`."""
    legal_hold: bool
    notes: tuple[str, ...]
    """Codes of what storage was told instead of a date, and of what it keeps otherwise."""
    outlasts_term: bool
    """Whether a lock lasts longer than the case has to be kept."""

    def remarks(self) -> Iterator[tuple[str, str]]:
        """Yield code and English message of everything a reader has to know."""
        if self.outlasts_term:
            code = "lock_outlasts_term" if self.mode == "GOVERNANCE" else "lock_forbids_destruction"
            yield code, _MESSAGES[code]
        if self.legal_hold and not self.notes:
            yield "held_in_storage", _MESSAGES["held_in_storage"]
        for note in self.notes:
            yield note, _MESSAGES[note]


async def storage_lock_of(work: Work, case_id: UUID, not_before: date | None, zone: str) -> StorageLock | None:
    """Return what storage keeps of a case that need not be kept from `not_before` on; None: it was told nothing."""
    row = (await work.rows(_OF_CASE, [work.scope.institution_id, case_id]))[0]
    if not row["files"]:
        return None
    until = row["locked_until"]
    lasts = until is not None and until > work.now
    return StorageLock(
        files=row["files"],
        locked_until=until if lasts else None,
        mode=row["mode"] if lasts else None,
        legal_hold=row["legal_hold"],
        notes=tuple(sorted(row["notes"])),
        outlasts_term=lasts and not_before is not None and until > _begin(not_before, zone),
    )


def _begin(day: date, zone: str) -> datetime:
    """Return when a day begins; the last moment there is for what no calendar has."""
    try:
        return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


_MESSAGES: Final = {
    "lock_outlasts_term": mark(
        "Storage keeps the files until {until}, longer than the term of the case asks: a lock is never made shorter."
        " The execution of an approved act passes it by."
    ),
    "lock_forbids_destruction": mark(
        "Storage keeps the files until {until}, longer than the term of the case asks, and nobody can lift that:"
        " no act can destroy them before."
    ),
    "held_in_storage": mark(
        "A legal hold of storage lies on files: the end of the term is open, or a hold covers them."
    ),
    "date_too_late": mark("A legal hold of storage stands for a date that the store cannot keep."),
    "date_refused": mark("A legal hold of storage stands for a date that the store did not take."),
    "lock_differs": mark("The store keeps another lock than it was told; let whoever runs the storage look."),
    "hold_differs": mark("The store keeps another legal hold than it was told; let whoever runs the storage look."),
}
