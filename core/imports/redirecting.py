"""Letting a record speak of another entity: with all that refers to it, and with what it had filled in taken back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.imports.records import OWNED, references_of, said_before, translation
from core.imports.replacing import Replaced, put_others
from core.imports.services import ImportServices, Words
from core.kernel.audit.entries import plain
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.origins.bulk import forget_speaking_of, mark_rows_spoken_of
from core.origins.conflicts import current_fields
from core.origins.keeping import Changed, note_changes
from core.origins.writing import Incoming, RecordUnfit, Writer
from core.sdk.connectors import EntityKind

_AT_ONCE: Final = 1_000
_FIRST: Final = UUID(int=0)

_OWN: Final = """
SELECT id FROM origins WHERE institution_id = $1 AND connection_id = $2 AND kind = $3 AND external_id = $4
"""
_TURN: Final = "UPDATE origins SET entity_id = $3, made = $4 WHERE institution_id = $1 AND id = ANY ($2::uuid[])"
_MOOT: Final = """
UPDATE origin_conflicts SET state = 'moot', settled_at = $3
 WHERE institution_id = $1 AND origin_id = ANY ($2::uuid[]) AND state = 'open'
"""
_DEPENDENT: Final = """
SELECT id, entity_id, mapped::text AS mapped FROM origins
 WHERE institution_id = $1 AND connection_id = $2 AND kind = $3 AND mapped ->> $4 = $5 AND id > $6
 ORDER BY id LIMIT $7
"""
_REFERRED: Final = """
SELECT o.kind, o.external_id, o.entity_id
  FROM unnest($2::text[], $3::text[]) AS g(kind, external_id)
  JOIN origins o ON o.connection_id = $4 AND o.kind = g.kind AND o.external_id = g.external_id
   AND o.kind IN ('study_periods', 'subjects', 'groups', 'learners', 'staff', 'guardians')
 WHERE o.institution_id = $1
"""
_FILLED: Final = """
SELECT c.fields::text AS fields FROM origin_changes c JOIN origins o ON o.id = c.origin_id
 WHERE c.institution_id = $1 AND o.connection_id = $2 AND o.kind = $3 AND o.external_id = $4
   AND c.change IN ('matched', 'changed', 'settled')
 ORDER BY c.id
"""


@dataclass(frozen=True, slots=True)
class Person:
    """A record of a connection, and the entity of which it speaks."""

    connection_id: UUID
    kind: EntityKind
    external_id: str
    entity_id: UUID


async def redirect(work: Work, services: ImportServices, person: Person, target: UUID, *, made: bool) -> int:
    """Let a record, and every record of its connection that refers to it, speak of `target`; return how many refer."""
    institution = work.scope.institution_id
    rows = await work.rows(_OWN, [institution, person.connection_id, person.kind.value, person.external_id])
    own = [row["id"] for row in rows]
    await work.run(_MOOT, [institution, own, work.now])
    moved = 0
    for kind, writer in services.writers.items():
        names = [name for name, referred in references_of(kind).items() if referred is person.kind]
        words = await services.connections.words(work, person.connection_id, kind) if names else Words()
        for name in names:
            moved += await _turn_dependents(work, writer, words, person, name, target)
    await work.run(_TURN, [institution, own, target, made])
    table = services.writers[person.kind].table
    await mark_rows_spoken_of(work, table, [target])
    await forget_speaking_of(work, table, person.entity_id)
    change = {"entity": (person.entity_id, target)}
    await note_changes(work, None, [Changed(each, "redirected", change) for each in own])
    return moved


async def _turn_dependents(work: Work, writer: Writer, words: Words, person: Person, name: str, target: UUID) -> int:
    moved, last = 0, _FIRST
    while True:
        place = [person.connection_id, writer.kind.value, name, person.external_id, last, _AT_ONCE]
        rows = await work.rows(_DEPENDENT, [work.scope.institution_id, *place])
        if not rows:
            return moved
        last = rows[-1]["id"]
        said = {row["id"]: said_before(writer.kind, row["mapped"]) for row in rows}
        known = await _known(work, person, writer.kind, list(said.values()))
        incoming: list[Incoming] = []
        others: list[Replaced] = []
        for row in rows:
            data = said[row["id"]]
            whole, changed = _turned(writer, data | translation(words, data), known, name, person.entity_id, target)
            if changed.keys() & OWNED.get(writer.kind, frozenset()):
                others.append(Replaced(row["id"], row["entity_id"], new_id(), whole))
            elif changed:
                incoming.append(Incoming(row["entity_id"], changed))
        if incoming:
            await writer.update(work, incoming)
        await put_others(work, writer, None, others)
        moved += len(incoming) + len(others)


async def _known(
    work: Work, person: Person, kind: EntityKind, said: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], UUID]:
    keys = {(ref.value, each[name]) for each in said for name, ref in references_of(kind).items() if each.get(name)}
    kinds, externals = [key[0] for key in keys], [key[1] for key in keys]
    rows = await work.rows(_REFERRED, [work.scope.institution_id, kinds, externals, person.connection_id])
    return {(row["kind"], row["external_id"]): row["entity_id"] for row in rows}


def _turned(
    writer: Writer, said: Mapping[str, Any], known: Mapping[tuple[str, str], UUID], name: str, before: UUID, after: UUID
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return the columns of a record that refers to somebody else, and those of them that differ."""
    data = dict(said)
    for each, kind in references_of(writer.kind).items():
        if data.get(each):
            found = known.get((kind.value, data[each]))
            if found is None:
                del data[each]
            else:
                data[each] = found
    try:
        then, now = writer.columns({**data, name: before}), writer.columns({**data, name: after})
    except RecordUnfit:
        return {}, {}
    return now, {column: value for column, value in now.items() if then.get(column) != value}


async def restore_filled(work: Work, writer: Writer, person: Person) -> tuple[str, ...]:
    """Take out of an entity what a record had written into it, where it still stands; return the columns."""
    values = [work.scope.institution_id, person.connection_id, person.kind.value, person.external_id]
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    for row in await work.rows(_FILLED, values):
        for column, change in json.loads(row["fields"]).items():
            first.setdefault(column, change["before"])
            last[column] = change["after"]
    current = (await current_fields(work, writer, [person.entity_id])).get(person.entity_id, {})
    restored = {column: value for column, value in first.items() if current.get(column) == plain(last[column])}
    if restored:
        await writer.update(work, [Incoming(person.entity_id, restored)])
    return tuple(sorted(restored))
