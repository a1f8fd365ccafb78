"""What a connector can read: streams, their partitions, and where reading stands."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.sdk.connectors.manifest import EntityKind


class SyncMode(StrEnum):
    """How a stream is read again."""

    FULL = "full"
    """Whole partitions every time; what a complete read did not return is gone at the source."""
    INCREMENTAL = "incremental"
    """What changed since the cursor; what is gone is said by a record marked `gone`, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One kind of thing at the source."""

    name: str
    """Lower snake case; stable, because bookmarks and external ids belong to it."""
    kind: EntityKind
    title: str
    sync: SyncMode = SyncMode.FULL
    parents: tuple[str, ...] = ()
    """Streams whose records this one refers to; they are read first."""
    reread_days: int = 0
    """For partitions with an end: how long after it they are still read again. Later only a backfill reads them."""
    overlap_days: int | None = None
    """For cursors that are moments (ISO 8601 with an offset): how many days before the bookmark the host asks again.

    `None`: one day; 0: the connector keeps its own overlap, or needs none.
    """
    optional: bool = False
    """Read only where the operator chooses it (personal data, many requests, files)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A part of a stream that is read, committed and repeated by itself: a class in a period, a course."""

    key: str = ""
    """Stable, unique in the stream; empty for a stream that has one part."""
    title: str = ""
    """For the operator: «8А, 1 четверть»."""
    starts_on: date | None = None
    ends_on: date | None = None
    """The last day it speaks of; `None`: it has no end and is read in every run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """What the host asks for: one partition of one stream."""

    stream: str
    partition: Partition
    cursor: str | None
    """What the last `State` of this partition said, committed with its records; `None`: from the beginning."""
    started_at: datetime
    """When the run began, by the source's clock if it sends one; no cursor may pass it."""
    since: date | None = None
    """The operator wants nothing older, if the source can tell."""
