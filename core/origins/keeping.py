"""Writing origins down, many by one statement; and finding the entities that records speak of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.audit.entries import plain
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.sdk.connectors import EntityKind

_INSERT: Final = """
INSERT INTO origins (id, institution_id, connection_id, stream, external_id, partition, kind, entity_id, made, hash,
  mapped, raw, source_updated_at, first_run_id, first_at, last_run_id, last_at)
SELECT g.id, $1, $2, $3, g.external_id, $4, $5, g.entity_id, g.made, g.hash, g.mapped::jsonb, g.raw::jsonb, g.updated,
       $6, $7, $6, $7
  FROM unnest($8::uuid[], $9::text[], $10::uuid[], $11::boolean[], $12::bytea[], $13::text[], $14::text[],
              $15::timestamptz[]) AS g(id, external_id, entity_id, made, hash, mapped, raw, updated)
"""
_UPDATE: Final = """
UPDATE origins o SET hash = g.hash, mapped = g.mapped::jsonb, raw = g.raw::jsonb, source_updated_at = g.updated,
       partition = $3, last_run_id = $4, last_at = $5
  FROM unnest($6::uuid[], $7::bytea[], $8::text[], $9::text[], $10::timestamptz[]) AS g(id, hash, mapped, raw, updated)
 WHERE o.institution_id = $1 AND o.connection_id = $2 AND o.id = g.id
"""
_GONE: Final = """
UPDATE origins SET gone_at = $3 WHERE institution_id = $1 AND id = ANY ($2::uuid[])
   AND (gone_at IS NULL) = ($3::timestamptz IS NOT NULL)
RETURNING id, kind, entity_id
"""
_CHANGES: Final = """
INSERT INTO origin_changes (id, institution_id, origin_id, run_id, change, fields, changed_at)
SELECT g.id, $1, g.origin_id, $2, g.change, g.fields::jsonb, $3
  FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[]) AS g(id, origin_id, change, fields)
"""
_RESOLVE: Final = """
SELECT external_id, entity_id FROM origins
 WHERE institution_id = $1 AND connection_id = $2 AND kind = $3 AND external_id = ANY ($4::text[]) ORDER BY id DESC
"""
_STILL_SAID: Final = """
SELECT DISTINCT entity_id FROM origins
 WHERE institution_id = $1 AND entity_id = ANY ($2::uuid[]) AND gone_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where records come from: a run's reading of one part of a stream."""

    connection_id: UUID
    run_id: UUID
    stream: str
    partition: str
    kind: EntityKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one record says, and of whom."""

    origin_id: UUID = field(default_factory=new_id)
    external_id: str
    entity_id: UUID
    made: bool
    hash: bytes
    mapped: str
    """Canonical JSON."""
    raw: str
    """Redacted JSON."""
    source_updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changed:
    """What a record has changed: by column, what was there before and what was written."""

    origin_id: UUID
    change: str
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


async def keep_new(work: Work, source: Source, said: Sequence[Said]) -> None:
    """Write down records that are read for the first time."""
    if not said:
        return
    columns = [
        [each.origin_id for each in said],
        [each.external_id for each in said],
        [each.entity_id for each in said],
        [each.made for each in said],
        [each.hash for each in said],
        [each.mapped for each in said],
        [each.raw for each in said],
        [each.source_updated_at for each in said],
    ]
    place = [source.connection_id, source.stream, source.partition, source.kind.value, source.run_id, work.now]
    await work.run(_INSERT, [work.scope.institution_id, *place, *columns])


async def keep_changed(work: Work, source: Source, said: Sequence[Said]) -> None:
    """Write down what known records say now."""
    if not said:
        return
    columns = [
        [each.origin_id for each in said],
        [each.hash for each in said],
        [each.mapped for each in said],
        [each.raw for each in said],
        [each.source_updated_at for each in said],
    ]
    place = [source.connection_id, source.partition, source.run_id, work.now]
    await work.run(_UPDATE, [work.scope.institution_id, *place, *columns])


async def note_changes(work: Work, run_id: UUID | None, changes: Sequence[Changed]) -> None:
    """Write down what records have changed in the registry."""
    if not changes:
        return
    fields = [
        json.dumps(
            {name: {"before": plain(before), "after": plain(after)} for name, (before, after) in each.fields.items()},
            ensure_ascii=False,
        )
        for each in changes
    ]
    columns = [
        [new_id() for _ in changes],
        [each.origin_id for each in changes],
        [each.change for each in changes],
        fields,
    ]
    await work.run(_CHANGES, [work.scope.institution_id, run_id, work.now, *columns])


async def keep_gone(work: Work, run_id: UUID, origins: Sequence[UUID], *, gone: bool) -> tuple[list[UUID], list[UUID]]:
    """Mark records as gone at their source, or as returned; return which were marked, and entities to be told.

    An entity is gone when no record of any source speaks of it any more.
    """
    if not origins:
        return [], []
    institution = work.scope.institution_id
    rows = await work.rows(_GONE, [institution, list(origins), work.now if gone else None])
    marked, entities = [row["id"] for row in rows], list(dict.fromkeys(row["entity_id"] for row in rows))
    await note_changes(work, run_id, [Changed(each, "gone" if gone else "returned") for each in marked])
    if gone and entities:
        living = {row["entity_id"] for row in await work.rows(_STILL_SAID, [institution, entities])}
        entities = [each for each in entities if each not in living]
    return marked, entities


async def resolve(work: Work, connection_id: UUID, kind: EntityKind, external_ids: Sequence[str]) -> dict[str, UUID]:
    """Return the entities of which records of a connection speak, by external id; unknown ones are left out."""
    values = [work.scope.institution_id, connection_id, kind.value, list(external_ids)]
    return {row["external_id"]: row["entity_id"] for row in await work.rows(_RESOLVE, values)}
