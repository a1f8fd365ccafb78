"""What a host keeps of one connection, in memory: the rules of the host without its database."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from core.sdk.connectors import EntityKind, Mapped, Partition, Problem, Record, Stream, SyncMode, Tokens

Key = tuple[str, str]
"""Stream and external id, or stream and key of the partition."""

_REFERENCES = {
    "learner": EntityKind.LEARNERS,
    "staff": EntityKind.STAFF,
    "teacher": EntityKind.STAFF,
    "group": EntityKind.GROUPS,
    "subject": EntityKind.SUBJECTS,
    "period": EntityKind.STUDY_PERIODS,
}


@dataclass(slots=True)
class KeptRecord:
    """A record as it was mapped last."""

    data: Mapped
    digest: str
    partition: str
    gone: bool = False


@dataclass(slots=True)
class Bookmark:
    """Where reading of a partition stands."""

    cursor: str | None = None
    complete: bool = False
    """Whether the last read came to its end; only then does a full stream begin anew."""
    completed_on: date | None = None

    def move(self, cursor: str, started_at: datetime) -> None:
        """Move to a cursor; one that is a moment passes neither the beginning of the run nor goes back."""
        now, before = moment(cursor), moment(self.cursor or "")
        if now is not None and now > started_at:
            now, cursor = started_at, started_at.astimezone(now.tzinfo).isoformat()
        if now is None or before is None or now >= before:
            self.cursor = cursor
        self.complete = False

    def asked(self, stream: Stream) -> str | None:
        """Return from where to read: an overlap before a moment, any other cursor as it is."""
        if self.cursor is None or (stream.sync is SyncMode.FULL and self.complete):
            return None
        now, days = moment(self.cursor), 1 if stream.overlap_days is None else stream.overlap_days
        if now is None or not days or stream.sync is SyncMode.FULL:
            return self.cursor
        return (now - timedelta(days=days)).isoformat()

    def over(self, stream: Stream, partition: Partition, today: date) -> bool:
        """Whether it ended, and was read to its end after that, so that only a backfill reads it again."""
        if partition.ends_on is None or self.completed_on is None:
            return False
        last = partition.ends_on + timedelta(days=stream.reread_days)
        return today > last and self.completed_on > last


@dataclass(slots=True)
class DeadLetter:
    """An object that could not be taken."""

    reason: str
    partition: str
    attempts: int = 1
    open: bool = True


@dataclass(slots=True)
class KeptFile:
    """A file whose bytes were taken."""

    triple: tuple[str, int | None, str]
    sha256: str
    size: int


@dataclass(slots=True)
class Counts:
    """What was written, and what was not."""

    new: int = 0
    changed: int = 0
    same: int = 0
    gone: int = 0
    returned: int = 0
    letters: int = 0
    """Objects that could not be taken, known ones too."""
    letters_opened: int = 0
    letters_closed: int = 0

    @property
    def written(self) -> int:
        """Everything that is another afterwards than before."""
        return self.new + self.changed + self.gone + self.returned + self.letters_opened + self.letters_closed


def moment(cursor: str) -> datetime | None:
    """Return the moment that a cursor is (ISO 8601 with an offset), if it is one."""
    try:
        found = datetime.fromisoformat(cursor)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def digest(data: Mapped) -> str:
    """Return the digest of what a record says, in canonical form; a field at its default says nothing."""
    said = json.dumps(data.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


@dataclass(slots=True)
class Kept:
    """Records, bookmarks, dead letters and files of a connection."""

    records: dict[Key, KeptRecord] = field(default_factory=dict)
    bookmarks: dict[Key, Bookmark] = field(default_factory=dict)
    letters: dict[Key, DeadLetter] = field(default_factory=dict)
    files: dict[Key, KeptFile] = field(default_factory=dict)

    def commit(
        self, stream: str, partition: str, messages: Iterable[Record | Problem], state: tuple[str, datetime] | None
    ) -> Counts:
        """Keep records, letters and bookmark in one step.

        `state` is the cursor and when the run began; without it the bookmark stays where it is.
        """
        counts = Counts()
        for message in messages:
            if isinstance(message, Record):
                self._keep(stream, partition, message, counts)
            else:
                self._put_aside(stream, partition, message, counts)
        if state is not None:
            self.bookmarks.setdefault((stream, partition), Bookmark()).move(*state)
        return counts

    def _keep(self, stream: str, partition: str, record: Record, counts: Counts) -> None:
        key = (stream, record.external_id)
        letter = self.letters.get(key)
        if letter is not None and letter.open:
            letter.open = False
            counts.letters_closed += 1
        known = self.records.get(key)
        if record.gone:
            if known is not None and not known.gone:
                known.gone = True
                counts.gone += 1
            return
        now = digest(record.data)
        if known is None:
            self.records[key] = KeptRecord(record.data, now, partition)
            counts.new += 1
            return
        if known.gone:
            counts.returned += 1
        elif known.digest != now:
            counts.changed += 1
        else:
            counts.same += 1
        known.data, known.digest, known.partition, known.gone = record.data, now, partition, False

    def _put_aside(self, stream: str, partition: str, problem: Problem, counts: Counts) -> None:
        key = (stream, problem.external_id or f"without an identifier in {partition!r}")
        letter = self.letters.get(key)
        counts.letters += 1
        if letter is None:
            self.letters[key] = DeadLetter(problem.message, partition)
            counts.letters_opened += 1
        else:
            counts.letters_opened += 0 if letter.open else 1
            letter.attempts += 1
            letter.reason, letter.open = problem.message, True

    def finish(self, stream: str, partition: str, seen: set[str], *, whole: bool, today: date) -> Counts:
        """A partition was read to its end. If it was read as a `whole`, what was not seen is gone at the source.

        Letters about objects of this partition that were not seen any more are closed: there is nothing to retry.
        An object that is there but has no identifier may be any of those not seen: then nothing counts as gone.
        """
        counts = Counts()
        bookmark = self.bookmarks.setdefault((stream, partition), Bookmark())
        bookmark.complete, bookmark.completed_on = True, today
        nameless = f"without an identifier in {partition!r}"
        if not whole:
            return counts
        for (of, external_id), letter in self.letters.items():
            if of == stream and letter.partition == partition and letter.open and external_id not in seen:
                letter.open = False
                counts.letters_closed += 1
        if nameless in seen:
            return counts
        for (of, external_id), record in self.records.items():
            if of == stream and record.partition == partition and external_id not in seen and not record.gone:
                record.gone = True
                counts.gone += 1
        return counts

    def said(self) -> dict[Key, tuple[str, bool]]:
        """Return digest and absence of every record: equal for two hosts that know the same."""
        return {key: (record.digest, record.gone) for key, record in self.records.items()}

    def open_letters(self) -> dict[Key, str]:
        """Return the reasons of letters that wait."""
        return {key: letter.reason for key, letter in self.letters.items() if letter.open}

    def dangling(self) -> list[str]:
        """Return the references that lead to no record."""
        known = {(record.data.kind, external_id) for (_, external_id), record in self.records.items()}
        return [
            f"{stream} {external_id}: {name} {target!r}"
            for (stream, external_id), record in self.records.items()
            for name, kind, target in references(record.data)
            if (kind, target) not in known
        ]


def references(data: Mapped) -> Iterator[tuple[str, EntityKind, str]]:
    """Yield field, kind and external id of each reference."""
    for name, kind in {**_REFERENCES, "parent": data.kind}.items():
        target = getattr(data, name, None)
        if isinstance(target, str):
            yield name, kind, target


class MemoryTokens:
    """A `TokenStore` that survives runs, killed ones too."""

    def __init__(self) -> None:
        self.tokens: Tokens | None = None
        self.secrets: set[str] = set()
        """Every token that was ever saved: none may be read anywhere."""
        self._lock = asyncio.Lock()

    async def load(self) -> Tokens | None:
        """Return what was saved last."""
        return self.tokens

    async def renew(self, spent: Tokens | None, exchange: Callable[[], Awaitable[Tokens]]) -> Tokens:
        """Exchange once for all who hold the same spent tokens."""
        async with self._lock:
            if self.tokens is None or self.tokens == spent:
                await self.save(await exchange())
            assert self.tokens is not None  # noqa: S101 - they were just saved
            return self.tokens

    async def save(self, tokens: Tokens) -> None:
        """Save."""
        self.tokens = tokens
        both = (tokens.access, tokens.refresh)
        self.secrets |= {each.get_secret_value() for each in both if each is not None}
