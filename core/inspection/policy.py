"""What one kind of document lets in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.inspection import media_types as types
from core.inspection.verdicts import Verdict

MIB = 1 << 20

SUPPORTED = frozenset({types.PDF, types.ZIP, types.SIGNATURE}) | types.IMAGES | types.OFFICE | types.TEXTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """Limits of a ZIP directory; among 557 real Office files the highest were 340 entries and a ratio of 25."""

    entries: int = 1_000
    total: int = 500 * MIB
    """Bytes, as declared and as counted."""
    ratio: int = 200
    """Declared to compressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakePolicy:
    """Which files a kind of document takes; the defaults take every kind of file the intake can check."""

    media_types: frozenset[str] = SUPPORTED
    max_bytes: int = 50 * MIB
    """Of one file; kinds such as video may allow gigabytes."""
    max_archive_bytes: int = 200 * MIB
    max_pages: int = 500
    archive: ArchiveLimits = ArchiveLimits()
    stricter: Mapping[str, Verdict] = field(default_factory=dict)
    """Verdicts by code that this institution wants stricter for this kind; a milder one has no effect."""

    def limit_of(self, media_type: str) -> int:
        """Bytes a file of this media type may have."""
        return self.max_archive_bytes if media_type == types.ZIP else self.max_bytes

    def allows(self, media_type: str) -> bool:
        """Say whether files of this media type are taken; a protected Office file counts as one of Office."""
        if media_type == types.ENCRYPTED:
            return bool(types.OFFICE & self.media_types)
        if media_type == types.HEIF:
            return bool({types.HEIF, types.HEIC} & self.media_types)
        return media_type in self.media_types

    def takes(self, media_type: str, size: int) -> bool:
        """Say whether a file of this media type and of `size` bytes is taken."""
        return self.allows(media_type) and size <= self.limit_of(media_type)
