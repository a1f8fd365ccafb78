"""How far each part of a stream was read; moved in the transaction of the records it covers."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.sdk.connectors import Partition, Stream, SyncMode

_OVERLAP: Final = timedelta(days=1)

_READ: Final = """
SELECT cursor, fingerprint, completed_on, reset_at FROM import_bookmarks
 WHERE institution_id = $1 AND connection_id = $2 AND stream = $3 AND partition = $4
"""
_MOVE: Final = """
INSERT INTO import_bookmarks (id, institution_id, connection_id, stream, partition, title, cursor, fingerprint,
  completed_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT ON CONSTRAINT import_bookmarks_once
DO UPDATE SET title = excluded.title, cursor = excluded.cursor, fingerprint = excluded.fingerprint,
  completed_on = excluded.completed_on, reset_at = NULL
 WHERE (import_bookmarks.title, import_bookmarks.cursor, import_bookmarks.fingerprint, import_bookmarks.completed_on)
       IS DISTINCT FROM (excluded.title, excluded.cursor, excluded.fingerprint, excluded.completed_on)
    OR import_bookmarks.reset_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One part of one stream of one connection."""

    connection_id: UUID
    stream: Stream
    partition: Partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a part was read."""

    cursor: str | None = None
    completed_on: date | None = None
    """The institution's day on which the last complete read began."""


async def read_mark(work: Work, place: Place, fingerprint: str) -> Mark:
    """Return how far a part was read; an empty mark if never, if reset, or under another configuration."""
    values = [place.connection_id, place.stream.name, place.partition.key]
    rows = await work.rows(_READ, [work.scope.institution_id, *values])
    if not rows or rows[0]["reset_at"] is not None or rows[0]["fingerprint"] != fingerprint:
        return Mark()
    return Mark(cursor=rows[0]["cursor"], completed_on=rows[0]["completed_on"])


async def move_mark(work: Work, place: Place, fingerprint: str, mark: Mark) -> None:
    """Write how far a part was read; writes nothing where nothing has moved."""
    values = [place.connection_id, place.stream.name, place.partition.key, place.partition.title]
    moved = [mark.cursor, fingerprint, mark.completed_on]
    await work.run(_MOVE, [new_id(), work.scope.institution_id, *values, *moved])


def advanced(mark: Mark, cursor: str, started_at: datetime) -> Mark:
    """Return the mark moved to `cursor`: never past the start of the run, and never backwards.

    Both can be told of moments and days in ISO 8601 only; other cursors are taken as they are.
    """
    moment = _moment(cursor)
    if moment is None:
        return replace(mark, cursor=cursor)
    if moment > started_at:
        cursor, moment = _like(cursor, started_at), started_at
    before = None if mark.cursor is None else _moment(mark.cursor)
    if before is not None and before > moment:
        return mark
    return replace(mark, cursor=cursor)


def asked_cursor(stream: Stream, mark: Mark) -> str | None:
    """Return from where an incremental stream is read: the stream's own overlap before the bookmark, else a day."""
    if mark.cursor is None:
        return None
    moment = _moment(mark.cursor)
    overlap = _OVERLAP if stream.overlap_days is None else timedelta(days=stream.overlap_days)
    if moment is None or not overlap:
        return mark.cursor
    return _like(mark.cursor, moment - overlap)


def is_over(stream: Stream, partition: Partition, mark: Mark, today: date) -> bool:
    """Whether a part need not be read any more: it is long over, and was read completely since."""
    if partition.ends_on is None or mark.completed_on is None:
        return False
    last = partition.ends_on + timedelta(days=stream.reread_days)
    return mark.completed_on > last and today > last


def completed(mark: Mark, stream: Stream, partition: Partition, today: date) -> Mark:
    """Return the mark after a complete read: a stream that is read whole begins anew next time.

    The day is written where it decides something, so that reading the same again writes nothing.
    """
    cursor = None if stream.sync is SyncMode.FULL else mark.cursor
    day = today if partition.ends_on is not None or mark.completed_on is None else mark.completed_on
    return Mark(cursor=cursor, completed_on=day)


def _moment(cursor: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(cursor)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _like(cursor: str, moment: datetime) -> str:
    """Return `moment` written as `cursor` is."""
    zone = datetime.fromisoformat(cursor).tzinfo
    text = moment.astimezone(zone).isoformat(timespec="milliseconds" if "." in cursor else "seconds")
    return text.replace("+00:00", "Z") if cursor.endswith("Z") else text
