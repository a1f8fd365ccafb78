"""Dead letters again: what was kept of a record is tried without asking the source; what was not is read anew."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from core.imports.bookmarks import Mark, Place
from core.imports.hand import RunInHand, StreamInHand
from core.imports.models import ImportRun, Mode
from core.imports.plans import Setting
from core.imports.reading import PartReader
from core.imports.records import Item, Reader
from core.kernel.database.work import Work
from core.sdk.connectors import EntityKind, Partition, Stream

_COLUMNS: Final = """
l.id, l.stream, l.partition, l.kind, l.external_id, l.mapped::text AS mapped, l.raw::text AS raw, l.source_updated_at
"""
_CHOSEN: Final = f"""
SELECT {_COLUMNS} FROM import_letters l
 WHERE l.institution_id = $1 AND l.connection_id = $2 AND l.state = 'open' AND l.mapped IS NOT NULL
   AND l.class <> 'file' AND l.id = ANY ($3::uuid[]) AND l.id > $4
 ORDER BY l.id LIMIT $5
"""  # noqa: S608 (of our own parts)
_FOUND: Final = f"""
SELECT {_COLUMNS} FROM import_letters l
 WHERE l.institution_id = $1 AND l.connection_id = $2 AND l.state = 'open' AND l.mapped IS NOT NULL
   AND l.missing IS NOT NULL AND l.id > $4 AND $3::uuid[] IS NULL
   AND EXISTS (SELECT FROM origins o
                WHERE o.institution_id = $1 AND o.connection_id = $2 AND o.kind = l.missing ->> 'kind'
                  AND o.external_id = l.missing ->> 'external_id'
                  AND o.kind IN ('study_periods', 'subjects', 'groups', 'learners', 'staff', 'guardians'))
 ORDER BY l.id LIMIT $5
"""  # noqa: S608 (of our own parts)
_WANTED: Final = """
SELECT id, stream, partition, mapped IS NOT NULL AS kept, class = 'file' AS file FROM import_letters
 WHERE institution_id = $1 AND connection_id = $2 AND state = 'open' AND ($3::uuid[] IS NULL OR id = ANY ($3))
"""
_RESET: Final = """
UPDATE import_bookmarks SET reset_at = coalesce(reset_at, $5)
 WHERE institution_id = $1 AND connection_id = $2 AND stream = $3 AND partition = ANY ($4::text[])
"""
_FETCH_AGAIN: Final = """
UPDATE import_files f SET attempts = 0 FROM origins o
 WHERE f.institution_id = $1 AND o.institution_id = $1 AND o.entity_id = f.id AND f.state = 'pending'
   AND o.connection_id = $2 AND o.stream = $3 AND o.partition = ANY ($4::text[])
"""
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Retried:
    """What a run that retries letters is about."""

    kept: Sequence[UUID] = ()
    """Letters of which the record was kept."""
    parts: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Parts by stream that are to be read again, because nothing was kept of a record in them."""


async def wanted_letters(work: Work, run: ImportRun) -> Retried:
    """Return what a run of mode `retry` is about; nothing for any other."""
    if run.mode != Mode.RETRY:
        return Retried()
    rows = await work.rows(_WANTED, [work.scope.institution_id, run.connection_id, run.letters])
    parts: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if not row["kept"] or row["file"]:
            parts[row["stream"]].add(row["partition"])
    return Retried([row["id"] for row in rows if row["kept"]], parts)


async def reset_for_retry(hand: RunInHand, retried: Retried) -> None:
    """Let the parts of a retry be read from their beginning; recorded."""
    async with hand.chunk() as work:
        for stream, parts in retried.parts.items():
            values = [hand.run.connection_id, stream, sorted(parts), work.now]
            await work.run(_RESET, [work.scope.institution_id, *values])
            await work.run(_FETCH_AGAIN, [work.scope.institution_id, *values[:3]])
        said = {stream: sorted(parts) for stream, parts in retried.parts.items()}
        work.record("import.bookmarks_reset", "connection", hand.run.connection_id, {"parts": said})


async def read_letters_again(hand: RunInHand, *, only: Sequence[UUID] | None) -> None:
    """Try what was kept of dead letters: those in `only`, else all whose missing record is known by now.

    A letter that opens the way for others is tried before them as long as anything changes.
    """
    query = _FOUND if only is None else _CHOSEN
    while await _pass(hand, query, only):
        query, only = _FOUND, None


async def _pass(hand: RunInHand, query: str, only: Sequence[UUID] | None) -> bool:
    """Go through the letters once; return whether anything of them came into the registry."""
    last, taken = _FIRST, False
    while True:
        async with hand.chunk() as work:
            chosen = None if only is None else list(only)
            values = [work.scope.institution_id, hand.run.connection_id, chosen, last, hand.services.at_once]
            rows = await work.rows(query, values)
        if not rows:
            return taken
        last = rows[-1]["id"]
        groups: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            groups[row["stream"], row["partition"], row["kind"]].append(row)
        for (stream, partition, kind), letters in groups.items():
            taken |= await _again(hand, stream, partition, EntityKind(kind), letters)


async def _again(
    hand: RunInHand, stream: str, partition: str, kind: EntityKind, letters: Sequence[Mapping[str, Any]]
) -> bool:
    writer = hand.services.writers.get(kind)
    if writer is None:
        return False
    async with hand.chunk() as work:
        words = await hand.services.connections.words(work, hand.run.connection_id, kind)
    reader = Reader(kind, hand.opened.redact, words=words)
    setting = Setting(
        connection_id=hand.run.connection_id,
        run_id=hand.run.id,
        stream=stream,
        partition=partition,
        kind=kind,
        writer=writer,
        reader=reader,
        connections=hand.services.connections,
    )
    state = hand.streams.get(stream) or StreamInHand(stream)
    place = Place(
        connection_id=hand.run.connection_id,
        stream=Stream(name=stream, kind=kind, title=""),
        partition=Partition(key=partition),
    )
    part = PartReader(hand, state, place, setting, fingerprint="", mark=Mark(), counts=False)
    counts = await part.write([item for item in (_item(reader, row) for row in letters) if item is not None])
    hand.extra += counts
    return any(counts[name] for name in ("new", "matched", "changed", "unmatched"))


def _item(reader: Reader, row: Mapping[str, Any]) -> Item | None:
    try:
        return reader.again(row)
    except ValidationError:
        # Kept by a release whose model was another; the next reading brings it anew.
        return None
