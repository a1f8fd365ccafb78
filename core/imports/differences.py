"""What a dry run finds: field by field, what a batch would do."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from core.imports.destroyed import DESTROYED
from core.imports.plans import Change, Plan, Setting
from core.kernel.audit.entries import plain
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.origins.conflicts import current_fields

_KEEP: Final = """
INSERT INTO import_differences (id, institution_id, run_id, stream, kind, external_id, outcome, entity_id, fields)
SELECT g.id, $1, $2, $3, $4, g.external_id, g.outcome, g.entity_id, g.fields
  FROM jsonb_to_recordset($5::jsonb) AS g(id uuid, external_id text, outcome text, entity_id uuid, fields jsonb)
"""
_GONE: Final = """
INSERT INTO import_differences (id, institution_id, run_id, stream, kind, external_id, outcome, entity_id, fields)
SELECT g.id, $1, $2, $3, $4, o.external_id, 'gone', o.entity_id, '{}'
  FROM unnest($5::uuid[], $6::uuid[]) AS g(id, origin_id) JOIN origins o ON o.institution_id = $1 AND o.id = g.origin_id
"""
_FORGET: Final = "DELETE FROM import_differences WHERE institution_id = $1 AND run_id = $2"
_FORGET_PARTS: Final = "DELETE FROM import_run_partitions WHERE institution_id = $1 AND run_id = $2"
_FORGET_SEEN: Final = "DELETE FROM import_seen WHERE institution_id = $1 AND run_id = $2"
_FORGET_STREAMS: Final = """
UPDATE import_run_streams SET state = 'waiting', reason = '', message = '', retry_at = NULL, partitions = NULL,
       counts = '{}'
 WHERE institution_id = $1 AND run_id = $2
"""


async def begin_anew(work: Work, run_id: UUID) -> None:
    """Take back what a dry run has told so far: whoever takes it over does not know what it would have made by then."""
    for query in (_FORGET, _FORGET_PARTS, _FORGET_SEEN, _FORGET_STREAMS):
        await work.run(query, [work.scope.institution_id, run_id])


async def keep_gone(work: Work, setting: Setting, origins: Sequence[UUID]) -> None:
    """Write down which records would be marked as gone."""
    if origins:
        place = [setting.run_id, setting.stream, setting.kind.value]
        await work.run(_GONE, [work.scope.institution_id, *place, [new_id() for _ in origins], list(origins)])


async def keep_differences(work: Work, setting: Setting, made: Plan) -> None:
    """Write down what a plan would do to the registry; what stays the same is not told."""
    known = [change.entity_id for change in (*made.matched, *made.changed)]
    current = await current_fields(work, setting.writer, known)
    rows = [
        {"id": new_id(), **row}
        for row in (
            *(_row(change, "new", {}) for change in made.new),
            *(_row(change, "changed", current.get(change.entity_id, {})) for change in (*made.matched, *made.changed)),
            *_others(made),
        )
    ]
    if rows:
        said = json.dumps(rows, ensure_ascii=False, default=str)
        place = [setting.run_id, setting.stream, setting.kind.value]
        await work.run(_KEEP, [work.scope.institution_id, *place, said])


def _row(change: Change, outcome: str, current: dict[str, Any]) -> dict[str, Any]:
    fields = {
        name: {"before": current.get(name), "after": plain(value)}
        for name, value in change.columns.items()
        if plain(value) != current.get(name)
    }
    return {
        "external_id": change.item.external_id,
        "outcome": outcome,
        "entity_id": change.entity_id,
        "fields": fields,
    }


def _others(made: Plan) -> Iterator[dict[str, Any]]:
    for item, known in made.gone:
        yield {"external_id": item.external_id, "outcome": "gone", "entity_id": known.entity_id, "fields": {}}
    for proposed in made.proposed:
        said = {"candidates": list(proposed.candidates), "record": json.loads(proposed.item.mapped)}
        yield {"external_id": proposed.item.external_id, "outcome": "unmatched", "fields": said}
    for letter in made.letters:
        record = {} if letter.letter_class == DESTROYED else {"record": json.loads(letter.item.mapped)}
        said = {"reason": letter.reason} | record
        yield {"external_id": letter.item.external_id, "outcome": "dead", "fields": said}
