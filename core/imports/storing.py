"""Writing a planned batch down: entities by the features' writers, origins, letters, proposals. All or nothing."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import UUID

from core.imports.destroyed import DESTROYED
from core.imports.plans import Change, Letter, Plan, Proposed, Setting, moment
from core.imports.records import OWNED, PERSONS
from core.imports.replacing import Replaced, put_others
from core.kernel.audit.entries import plain
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.origins.bulk import mark_rows_spoken_of
from core.origins.conflicts import Disagreement, HandEditOf, current_fields, edits_of, policy_of, raise_conflicts
from core.origins.keeping import Changed, Said, Source, keep_changed, keep_gone, keep_new, note_changes
from core.origins.writing import FieldPolicy, Incoming

_LETTERS: Final = """
INSERT INTO import_letters (id, institution_id, connection_id, run_id, stream, partition, kind, external_id, class,
  reason, missing, hash, mapped, raw, source_updated_at, first_at, last_at)
SELECT g.id, $1, $2, $3, $4, $5, $6, g.external_id, g.class, g.reason, g.missing, decode(g.hash, 'hex'), g.mapped,
       coalesce(g.raw, '{}'), g.updated, $7, $7
  FROM jsonb_to_recordset($8::jsonb) AS g(id uuid, external_id text, class text, reason text, missing jsonb, hash text,
       mapped jsonb, raw jsonb, updated timestamptz)
ON CONFLICT (connection_id, stream, external_id) WHERE state = 'open' AND external_id <> ''
DO UPDATE SET run_id = excluded.run_id, partition = excluded.partition, class = excluded.class,
  reason = excluded.reason, missing = excluded.missing, hash = excluded.hash, mapped = excluded.mapped,
  raw = excluded.raw, source_updated_at = excluded.source_updated_at, attempts = import_letters.attempts + 1,
  last_at = excluded.last_at
"""
# A good record of a file says nothing of its bytes.
_CLOSE: Final = """
UPDATE import_letters SET state = 'closed', ended_at = $5
 WHERE institution_id = $1 AND connection_id = $2 AND stream = $3 AND external_id = ANY ($4::text[]) AND state = 'open'
   AND class <> 'file'
"""
_PROPOSALS: Final = """
INSERT INTO import_proposals (id, institution_id, connection_id, run_id, stream, partition, kind, external_id,
  candidates, hash, mapped, raw, source_updated_at, raised_at)
SELECT g.id, $1, $2, $3, $4, $5, $6, g.external_id, g.candidates, decode(g.hash, 'hex'), g.mapped, g.raw, g.updated, $7
  FROM jsonb_to_recordset($8::jsonb) AS g(id uuid, external_id text, candidates jsonb, hash text, mapped jsonb,
       raw jsonb, updated timestamptz)
ON CONFLICT (connection_id, kind, external_id) WHERE state = 'open'
DO UPDATE SET run_id = excluded.run_id, stream = excluded.stream, partition = excluded.partition,
  candidates = excluded.candidates, hash = excluded.hash, mapped = excluded.mapped, raw = excluded.raw,
  source_updated_at = excluded.source_updated_at, revision = import_proposals.revision + 1
 WHERE (import_proposals.hash, import_proposals.candidates) IS DISTINCT FROM (excluded.hash, excluded.candidates)
"""
_MOOT: Final = """
UPDATE import_proposals SET state = 'moot', decided_at = $4
 WHERE institution_id = $1 AND connection_id = $2 AND kind = $5 AND external_id = ANY ($3::text[]) AND state = 'open'
"""


Write = Callable[[Sequence[Change]], Awaitable[list[UUID]]]
"""Writes changes of one outcome and returns the origins that are new."""
Keep = Callable[[Sequence[Change], Write], Awaitable[tuple[list[UUID], Collection[str]]]]
"""Has changes written; returns the origins that are new, and the external ids of what it has left out."""


async def keep_all(changes: Sequence[Change], write: Write) -> tuple[list[UUID], Collection[str]]:
    """Write changes together: one that is refused refuses all."""
    return await write(changes), ()


async def store(work: Work, setting: Setting, made: Plan, keep: Keep = keep_all) -> Counter[str]:
    """Write a plan down; return how many records were new, changed, the same, gone, unmatched, dead.

    Whatever the database or a writer refuses leaves nothing of the batch behind: the caller's transaction ends. `keep`
    may know better; it answers for what it leaves out.
    """
    source = Source(
        connection_id=setting.connection_id,
        run_id=setting.run_id,
        stream=setting.stream,
        partition=setting.partition,
        kind=setting.kind,
    )
    left_out: set[str] = set()
    for changes, write in ((made.new, _create), (made.matched, _match), (made.changed, _change)):
        met, without = await keep(changes, partial(write, work, setting, source))
        made.met += met
        left_out.update(without)
    made.leave_out(left_out)
    gone, _ = await mark_gone(work, setting, [row.id for _, row in made.gone], gone=True)
    returned, _ = await mark_gone(work, setting, [row.id for row in made.returned], gone=False)
    if made.good:
        await _settle_letters(work, setting, made.good)
    await keep_letters(work, setting, made.letters)
    await _keep_proposals(work, setting, made.proposed)
    same = [row for row in made.same if row.last_run_id != setting.run_id]
    counts = Counter(
        new=len(made.new),
        matched=len(made.matched),
        changed=len(made.changed),
        same=len(same),
        gone=len(gone),
        returned=len(returned),
        unmatched=len(made.proposed),
        dead=len(made.letters),
        ignored=made.ignored,
    )
    return +counts


def counts_of(made: Plan) -> Counter[str]:
    """Return what a plan would do, as `store` says it."""
    return +Counter(
        new=len(made.new),
        matched=len(made.matched),
        changed=len(made.changed),
        same=len(made.same),
        gone=len(made.gone),
        returned=len(made.returned),
        unmatched=len(made.proposed),
        dead=len(made.letters),
        ignored=made.ignored,
    )


async def _create(work: Work, setting: Setting, source: Source, changes: Sequence[Change]) -> list[UUID]:
    if not changes:
        return []
    await setting.writer.create(work, [Incoming(change.entity_id, change.columns) for change in changes])
    said = [_said(setting, change, made=True) for change in changes]
    await keep_new(work, source, said)
    _record(work, setting, "imported", changes)
    return [each.origin_id for each in said]


async def _match(work: Work, setting: Setting, source: Source, changes: Sequence[Change]) -> list[UUID]:
    """Let what the registry knows already be filled where it says nothing; what it says was entered before."""
    if not changes:
        return []
    current = await current_fields(work, setting.writer, [change.entity_id for change in changes])
    said = [_said(setting, change, made=False) for change in changes]
    incoming, notes, raised = [], [], []
    for change, each in zip(changes, said, strict=True):
        here = current.get(change.entity_id, {})
        filled, others = _filled(setting, change, here)
        notes.append(Changed(each.origin_id, "matched", {name: (here[name], value) for name, value in filled.items()}))
        if filled:
            incoming.append(Incoming(change.entity_id, filled))
        for name in others:
            hand = HandEditOf(value=here[name], edited_by=None, edited_at=None)
            raised.append(_disagreement(change, name, each.origin_id, change.columns[name], hand))
    await keep_new(work, source, said)
    await _write(work, setting, incoming, notes, raised)
    await _speak_of(work, setting, current, {each.entity_id for each in incoming})
    _record(work, setting, "matched", changes)
    return [each.origin_id for each in said]


def _filled(setting: Setting, change: Change, here: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what a record fills in, and the columns of which a person has to settle who is right."""
    filled: dict[str, Any] = {}
    others: list[str] = []
    for name, value in change.columns.items():
        if name not in here or plain(value) == here[name] or value in (None, ""):
            continue
        if here[name] in (None, ""):
            filled[name] = value
        elif policy_of(setting.writer, name) is FieldPolicy.CONFLICT:
            others.append(name)
    return filled, others


async def _speak_of(work: Work, setting: Setting, current: Mapping[UUID, Mapping[str, Any]], told: set[UUID]) -> None:
    """Say that a source speaks of entities in which it has changed nothing, and that it has those that were gone."""
    silent = [entity for entity, here in current.items() if here.get("imported") is False and entity not in told]
    await mark_rows_spoken_of(work, setting.writer.table, silent)
    back = [entity for entity, here in current.items() if here.get("gone_at")]
    if back:
        await setting.writer.mark_gone(work, back, None)


async def _change(work: Work, setting: Setting, source: Source, changes: Sequence[Change]) -> list[UUID]:
    """Write what the source has changed, where no hand has; none of the origins is new."""
    if not changes:
        return []
    entities = [change.entity_id for change in changes]
    current = await current_fields(work, setting.writer, entities)
    changes = await _replace_others(work, setting, changes, current)
    edits = await edits_of(work, setting.kind.value, entities)
    said = [_said(setting, change, made=change.made) for change in changes]
    incoming, notes, raised = [], [], []
    for change, each in zip(changes, said, strict=True):
        here = current.get(change.entity_id, {})
        written: dict[str, Any] = {}
        for name, value in change.columns.items():
            hand = edits.get((change.entity_id, name))
            if name in here and here[name] == plain(value):
                continue
            if hand is None:
                written[name] = value
            elif policy_of(setting.writer, name) is FieldPolicy.CONFLICT:
                raised.append(_disagreement(change, name, each.origin_id, value, hand))
        if written:
            incoming.append(Incoming(change.entity_id, written))
        fields = {name: (here.get(name), value) for name, value in written.items()}
        notes.append(Changed(each.origin_id, "changed", fields))
    await keep_changed(work, source, said)
    await _write(work, setting, incoming, notes, raised)
    _record(work, setting, "changed", [change for change in changes if change.columns])
    return []


async def _replace_others(
    work: Work, setting: Setting, changes: Sequence[Change], current: Mapping[UUID, Mapping[str, Any]]
) -> list[Change]:
    """Let records that speak of another entity now (a mark of somebody else) make it; return what is left to change."""
    owned = OWNED.get(setting.kind, frozenset())
    left: list[Change] = []
    others: list[Replaced] = []
    for change in changes:
        here = current.get(change.entity_id, {})
        if change.known and any(
            name in here and plain(change.columns[name]) != here[name] for name in owned & change.columns.keys()
        ):
            others.append(Replaced(change.known.id, change.entity_id, new_id(), change.whole))
            left.append(replace(change, entity_id=others[-1].after, columns={}))
        else:
            left.append(change)
    await put_others(work, setting.writer, setting.run_id, others)
    return left


def _disagreement(change: Change, name: str, origin_id: UUID, value: object, hand: HandEditOf) -> Disagreement:
    return Disagreement(entity_id=change.entity_id, field=name, origin_id=origin_id, source_value=value, hand=hand)


async def _write(
    work: Work,
    setting: Setting,
    incoming: Sequence[Incoming],
    notes: Sequence[Changed],
    raised: Sequence[Disagreement],
) -> None:
    if incoming:
        await setting.writer.update(work, incoming)
    await note_changes(work, setting.run_id, notes)
    await raise_conflicts(work, setting.kind.value, setting.run_id, raised)


async def mark_gone(
    work: Work, setting: Setting, origins: Sequence[UUID], *, gone: bool
) -> tuple[list[UUID], list[UUID]]:
    """Mark records as gone at the source, or as returned, and tell the feature; return records and entities."""
    marked, entities = await keep_gone(work, setting.run_id, origins, gone=gone)
    if entities:
        await setting.writer.mark_gone(work, entities, work.now if gone else None)
    return marked, entities


def _said(setting: Setting, change: Change, *, made: bool) -> Said:
    item = change.item
    return Said(
        origin_id=change.known.id if change.known else new_id(),
        external_id=item.external_id,
        entity_id=change.entity_id,
        made=made,
        hash=item.hash,
        mapped=item.mapped,
        raw=setting.reader.raw_text(item),
        source_updated_at=item.source_updated_at,
    )


def _record(work: Work, setting: Setting, verb: str, changes: Sequence[Change]) -> None:
    """Say in the audit trail of whom a batch wrote; of results and the like the run itself tells."""
    if changes and setting.kind in PERSONS:
        said = {"run": str(setting.run_id), "ids": [str(change.entity_id) for change in changes]}
        work.record(f"{setting.kind.value}.{verb}", "connection", setting.connection_id, said)


async def keep_letters(work: Work, setting: Setting, letters: Sequence[Letter]) -> None:
    """Write dead letters down; one that is open already counts another attempt."""
    if letters:
        rows = [_letter_row(setting, letter) for letter in letters]
        await put_letters(work, setting, rows)


async def put_letters(work: Work, setting: Setting, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of dead letters down."""
    place = [setting.connection_id, setting.run_id, setting.stream, setting.partition, setting.kind.value]
    said = json.dumps(rows, ensure_ascii=False, default=str)
    await work.run(_LETTERS, [work.scope.institution_id, *place, work.now, said])


def _letter_row(setting: Setting, letter: Letter) -> dict[str, Any]:
    item, missing = letter.item, letter.missing
    # Of what was destroyed nothing is kept, not here either.
    kept = letter.letter_class != DESTROYED
    return {
        "id": new_id(),
        "external_id": item.external_id,
        "class": letter.letter_class,
        "reason": letter.reason,
        "missing": None if missing is None else {"kind": missing[0].value, "external_id": missing[1]},
        "hash": item.hash.hex() if kept else None,
        "mapped": json.loads(item.mapped) if kept else None,
        "raw": json.loads(setting.reader.raw_text(item)) if kept else None,
        "updated": moment(item.source_updated_at),
    }


async def _settle_letters(work: Work, setting: Setting, good: Sequence[str]) -> None:
    institution, connection = work.scope.institution_id, setting.connection_id
    await work.run(_CLOSE, [institution, connection, setting.stream, list(good), work.now])
    if setting.writer.proposes:
        await work.run(_MOOT, [institution, connection, list(good), work.now, setting.kind.value])


async def _keep_proposals(work: Work, setting: Setting, proposed: Sequence[Proposed]) -> None:
    if not proposed:
        return
    rows = [
        {
            "id": new_id(),
            "external_id": each.item.external_id,
            "candidates": each.candidates,
            "hash": each.item.hash.hex(),
            "mapped": json.loads(each.item.mapped),
            "raw": json.loads(setting.reader.raw_text(each.item)),
            "updated": moment(each.item.source_updated_at),
        }
        for each in proposed
    ]
    place = [setting.connection_id, setting.run_id, setting.stream, setting.partition, setting.kind.value]
    said = json.dumps(rows, ensure_ascii=False, default=str)
    await work.run(_PROPOSALS, [work.scope.institution_id, *place, work.now, said])
