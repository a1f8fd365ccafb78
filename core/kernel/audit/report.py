"""What a verification of the audit trail found, in words that name the fault."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

MOST_FINDINGS: Final = 1_000
"""Findings kept in one report; the counts go on."""


class Fault(StrEnum):
    """What can be wrong with a trail."""

    ALTERED_ENTRY = "altered_entry"
    """A field of an entry, or the moment it was sealed, is not what was sealed."""
    ALTERED_PAYLOAD = "altered_payload"
    """A payload is there, but is not the one the entry was sealed with."""
    ALTERED_SEAL = "altered_seal"
    """The digest of a seal was changed; entry and successor agree with each other."""
    REMOVED_ENTRY = "removed_entry"
    """A seal names an entry that does not exist."""
    REMOVED_PAYLOAD = "removed_payload"
    """An entry has lost its payload row."""
    REORDERED = "reordered"
    """An entry stands at another position than the one it was sealed at."""
    GAP_IN_POSITIONS = "gap_in_positions"
    """Seals are missing between two positions, or before the first."""
    NEVER_SEALED = "never_sealed"
    """An entry has waited for its seal longer than the window, or has lost it."""
    BLANKED_WITHOUT_REASON = "blanked_without_reason"
    """A payload is blank, and no entry about the same object says that it was destroyed, withdrawn or erased."""
    ANCHOR_MISMATCH = "anchor_mismatch"
    """The chain does not have the digest that was anchored outside the database."""
    ANCHOR_AHEAD_OF_CHAIN = "anchor_ahead_of_chain"
    """The chain is shorter than an anchor says: its tail was cut off."""
    ANCHOR_LOST = "anchor_lost"
    """The database knows an anchor that the object storage does not have."""
    ANCHOR_UNRECORDED = "anchor_unrecorded"
    """The object storage has an anchor that the database no longer knows."""
    ANCHOR_UNREADABLE = "anchor_unreadable"
    """An anchor object is not what this service writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault, and where it is."""

    fault: Fault
    position: int | None = None
    """Position in the chain, 1 for the first."""
    entry_id: UUID | None = None
    detail: str = ""
    """English, without personal data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailReport:
    """The state of one institution's trail at one moment."""

    institution_id: UUID
    verified_at: datetime
    sealed: int
    """Seals that were read."""
    waiting: int
    """Entries without a seal that are younger than the window."""
    anchors: int
    """Anchor objects that were compared; 0 without an object storage."""
    head_position: int
    head_digest: bytes
    """Of the last seal that was read (32 bytes)."""
    findings: tuple[Finding, ...]
    """At most `MOST_FINDINGS`, in the order found."""
    counts: dict[Fault, int]
    """How often each fault was found, those left out of `findings` included."""

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.counts


class Findings:
    """Collects findings up to a limit and counts them all."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.counts: Counter[Fault] = Counter()

    def add(self, fault: Fault, *, position: int | None = None, entry_id: UUID | None = None, detail: str = "") -> None:
        """Count one fault, and keep it while there is room."""
        self.counts[fault] += 1
        if len(self.kept) < MOST_FINDINGS:
            self.kept.append(Finding(fault=fault, position=position, entry_id=entry_id, detail=detail))
