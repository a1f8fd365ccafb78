"""The rows of learners in the registry: they end with the last file, in the transaction of its proof."""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.origins.forgetting import EndingAct
from core.search.entries import remove_entries

_SOURCE: Final = "disposal"
_LOCK: Final = "SELECT id FROM people WHERE institution_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE"
_APPROVED: Final = """
SELECT DISTINCT ON (p.id) p.id AS person_id, each -> 'counts' AS counts
  FROM disposal_act_lines l CROSS JOIN jsonb_array_elements(l.carried) AS each
  JOIN people p ON p.institution_id = $1 AND p.id = (each ->> 'person_id')::uuid
 WHERE l.institution_id = $1 AND l.act_id = $2 AND l.state = 'destroyed' AND p.id = ANY ($3::uuid[])
 ORDER BY p.id
"""
_NOTE: Final = """
INSERT INTO ended_people (id, institution_id, person_id, act, counts, noted_at)
SELECT n.id, $1, n.person_id, $2::jsonb, n.counts, $3
  FROM jsonb_to_recordset($4::jsonb) AS n(id uuid, person_id uuid, counts jsonb)
ON CONFLICT ON CONSTRAINT ended_people_once
DO UPDATE SET act = EXCLUDED.act, counts = EXCLUDED.counts, noted_at = EXCLUDED.noted_at
"""
_WAITING: Final = "SELECT person_id FROM ended_people WHERE institution_id = $1 AND ended_at IS NULL"
_GATE: Final = "CALL pass_gate_of_holds($1)"
# Only what people approved, of whom nothing keeps; a trigger looks again.
_FREE: Final = """
SELECT e.person_id FROM ended_people e
  JOIN registry_rows_of($2::uuid[]) AS r ON r.person_id = e.person_id AND r.counts = e.counts
 WHERE e.institution_id = $1 AND e.person_id = ANY ($2::uuid[]) AND e.ended_at IS NULL
   AND NOT EXISTS (SELECT FROM holds_over_copies($1, e.person_id))
   AND e.person_id NOT IN (
     SELECT k.person_id FROM what_keeps_people($2::uuid[], NULL, '{}', $3::timestamptz::date) AS k)
 ORDER BY e.person_id
"""
_KEPT: Final = """
SELECT k.person_id, k.keeper FROM what_keeps_people($2::uuid[], NULL, '{}', $3::timestamptz::date) AS k
 UNION
SELECT p, 'hold' FROM unnest($2::uuid[]) AS p WHERE EXISTS (SELECT FROM holds_over_copies($1, p))
 UNION
SELECT e.person_id, 'more_than_approved' FROM ended_people e JOIN registry_rows_of($2::uuid[]) AS r USING (person_id)
 WHERE e.institution_id = $1 AND e.ended_at IS NULL AND r.counts <> e.counts
 ORDER BY 1, 2
"""
# Entries of the audit trail about the learners and their rows that still say something.
_TOLD: Final = """
WITH things (kind, id) AS (
  SELECT 'person', unnest($2::uuid[])
  UNION ALL SELECT 'result', id FROM results WHERE institution_id = $1 AND person_id = ANY ($2::uuid[])
  UNION ALL SELECT 'attendance', id FROM attendance WHERE institution_id = $1 AND person_id = ANY ($2::uuid[])
  UNION ALL SELECT 'reward', id FROM rewards WHERE institution_id = $1 AND person_id = ANY ($2::uuid[])
  UNION ALL SELECT 'enrolment', id FROM enrolments WHERE institution_id = $1 AND person_id = ANY ($2::uuid[])
  UNION ALL SELECT 'representative', id FROM representatives WHERE institution_id = $1 AND person_id = ANY ($2::uuid[])
  UNION ALL SELECT 'special_need', id FROM special_needs WHERE institution_id = $1 AND person_id = ANY ($2::uuid[])
  UNION ALL SELECT 'will_statement', id FROM will_statements WHERE institution_id = $1 AND person_id = ANY ($2::uuid[])
  UNION ALL SELECT 'consent', id FROM consents WHERE institution_id = $1 AND person_id = ANY ($2::uuid[])
  UNION ALL SELECT 'duty', id FROM duties WHERE institution_id = $1 AND person_id = ANY ($2::uuid[])
  UNION ALL
  SELECT 'personal_data_event', id FROM personal_data_events WHERE institution_id = $1 AND person_id = ANY ($2::uuid[]))
SELECT DISTINCT t.kind, t.id FROM things t
  JOIN audit_entries e ON e.institution_id = $1 AND e.object_type = t.kind AND e.object_id = t.id::text
  JOIN audit_payloads p ON p.entry_id = e.id AND p.payload <> '{}'
 WHERE t.kind <> 'person'
"""
_END: Final = """
UPDATE ended_people SET ended_at = $3
 WHERE institution_id = $1 AND person_id = ANY ($2::uuid[]) AND ended_at IS NULL
RETURNING person_id, act ->> 'id' AS act, counts::text AS counts
"""
_BLANK: Final = """
SELECT blank_audit_payloads(e.kind, e.object, e.reason)
  FROM unnest($1::text[], $2::text[], $3::uuid[]) AS e(kind, object, reason)
"""
_UNNAME: Final = """
UPDATE ended_people SET names = '' WHERE institution_id = $1 AND act ->> 'id' = $2 AND names <> ''
"""
_INSTITUTIONS: Final = "SELECT institution_id FROM institutions_with_people_to_end() AS t (institution_id)"


async def lock_people(work: Work, people: Collection[UUID]) -> None:
    """Keep what is known of learners as it is until the end of the transaction; before the gate of holds is passed."""
    if people:
        await work.rows(_LOCK, [work.scope.institution_id, list(people)])


async def end_people(work: Work, act: EndingAct, people: Collection[UUID]) -> None:
    """Let the rows of learners go whose last file this act has destroyed; in the transaction of the proof.

    Only what people approved ends: whom something keeps that came later, or who has got further rows, stays noted.
    """
    if not people:
        return
    institution = work.scope.institution_id
    approved = await work.rows(_APPROVED, [institution, act.id, list(people)])
    if not approved:
        return
    said = [
        {"id": str(new_id()), "person_id": str(row["person_id"]), "counts": json.loads(row["counts"])}
        for row in approved
    ]
    await work.run(_NOTE, [institution, json.dumps(act.as_json(), ensure_ascii=False), work.now, json.dumps(said)])
    await _end(work, [row["person_id"] for row in approved])


async def end_waiting_people(database: Database) -> int:
    """End whom nothing keeps any more; return how many. For a loop."""
    ended = 0
    for row in await database.ask(_INSTITUTIONS):
        async with database.work(Scope(institution_id=row["institution_id"], source=_SOURCE)) as work:
            waiting = [each["person_id"] for each in await work.rows(_WAITING, [row["institution_id"]])]
            await lock_people(work, waiting)
            ended += await _end(work, waiting)
    return ended


async def what_keeps(work: Work, people: Collection[UUID]) -> dict[UUID, list[str]]:
    """Return what keeps learners who are noted and have not ended: `case`, `hold`, `more_than_approved` and others."""
    found: dict[UUID, list[str]] = {}
    if people:
        for row in await work.rows(_KEPT, [work.scope.institution_id, list(people), work.now]):
            found.setdefault(row["person_id"], []).append(row["keeper"])
    return found


async def _end(work: Work, people: Sequence[UUID]) -> int:
    institution = work.scope.institution_id
    await work.run(_GATE, [institution])
    free = [row["person_id"] for row in await work.rows(_FREE, [institution, list(people), work.now])]
    if not free:
        return 0
    told = await work.rows(_TOLD, [institution, free])
    ended = await work.rows(_END, [institution, free, work.now])
    await silence(work, ended, told, "destroyed")
    return len(ended)


async def told_of(work: Work, people: Collection[UUID]) -> list[dict[str, Any]]:
    """Return of which rows of learners the trail says something, as `kind` and `id`; to be asked before the end."""
    return await work.rows(_TOLD, [work.scope.institution_id, list(people)])


async def silence(work: Work, ended: Sequence[dict[str, Any]], told: Sequence[dict[str, Any]], end: str) -> None:
    """Write the end of learners into the trail, blank what it says of them and their rows, and let nobody find them.

    `ended` have `person_id`, `act` and `counts`; `end` is `destroyed`, or `erased` by a restore.
    """
    reasons = [
        ("person", row["person_id"], work.record(f"person.{end}", "person", row["person_id"], _said(row)))
        for row in ended
    ]
    reasons += [(row["kind"], row["id"], work.record(f"{row['kind']}.{end}", row["kind"], row["id"])) for row in told]
    await work.flush()
    kinds, objects, entries = zip(*reasons, strict=True) if reasons else ((), (), ())
    await work.rows(_BLANK, [list(kinds), [str(each) for each in objects], list(entries)])
    await remove_entries(work, "person", [row["person_id"] for row in ended])
    for row in ended:
        work.emit(f"person.{end}", {"person": str(row["person_id"])})


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {"act": row["act"], "rows": json.loads(row["counts"])}


async def forget_names(work: Work, act_id: UUID) -> None:
    """Forget the names of learners whom an act has ended: it is certified, and its papers name them."""
    await work.run(_UNNAME, [work.scope.institution_id, str(act_id)])
