"""What the source has no longer: told after a complete read only, and nothing is removed."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from core.imports.differences import keep_gone
from core.imports.hand import RunInHand
from core.imports.plans import Setting
from core.imports.storing import mark_gone
from core.kernel.database.work import Work

_COMPLETE: Final = """
SELECT partition FROM import_run_partitions
 WHERE institution_id = $1 AND run_id = $2 AND stream = $3 AND state = 'complete' AND NOT keyless ORDER BY partition
"""
# Of the records that stand in this part: those that this run did not meet in it.
_MISSED: Final = """
SELECT o.id FROM origins o
 WHERE o.institution_id = $1 AND o.connection_id = $4 AND o.stream = $3 AND o.partition = $5
   AND o.gone_at IS NULL AND o.forgotten_at IS NULL
EXCEPT
SELECT unnest(s.origins) FROM import_seen s
 WHERE s.institution_id = $1 AND s.run_id = $2 AND s.stream = $3 AND s.partition = $5
"""
# Those of them that were met in another part: they have moved there.
_ELSEWHERE: Final = """
SELECT DISTINCT ON (id) id, partition
  FROM (SELECT unnest(s.origins) AS id, s.partition FROM import_seen s
         WHERE s.institution_id = $1 AND s.run_id = $2 AND s.stream = $3 AND s.partition <> $5) seen
 WHERE id = ANY ($4::uuid[])
 ORDER BY id, partition
"""
_MOVE: Final = """
UPDATE origins o SET partition = g.partition FROM unnest($2::uuid[], $3::text[]) AS g(id, partition)
 WHERE o.institution_id = $1 AND o.id = g.id
"""


async def complete_parts(hand: RunInHand, stream: str) -> list[str]:
    """Return the parts of a stream that this run has read to the end, and of which it knows every record's key."""
    async with hand.chunk() as work:
        rows = await work.rows(_COMPLETE, [work.scope.institution_id, hand.run.id, stream])
    return [row["partition"] for row in rows]


async def mark_what_left(hand: RunInHand, setting: Setting, parts: list[str]) -> int:
    """Mark what complete reads did not return as gone; what moved stands where it was met. Return how many are gone.

    A dry run only tells of it.
    """
    marked = 0
    stream = hand.streams[setting.stream]
    for part in parts:
        place = replace(setting, partition=part)
        async with hand.chunk() as work:
            left, moved = await _left(work, place)
            if hand.dry:
                await keep_gone(work, place, left)
            else:
                left = await _mark(work, place, left, moved)
            await hand.count(work, stream, {"gone": len(left)})
        stream.counts["gone"] += len(left)
        marked += len(left)
    return marked


async def _left(work: Work, setting: Setting) -> tuple[list[UUID], dict[UUID, str]]:
    """Return the records that no part has any more, and of those that stand in another part: in which."""
    institution = work.scope.institution_id
    place = [setting.run_id, setting.stream, setting.connection_id, setting.partition]
    missed = [row["id"] for row in await work.rows(_MISSED, [institution, *place])]
    if not missed:
        return [], {}
    values = [institution, setting.run_id, setting.stream, missed, setting.partition]
    moved: dict[UUID, str] = {row["id"]: row["partition"] for row in await work.rows(_ELSEWHERE, values)}
    return [each for each in missed if each not in moved], moved


async def _mark(work: Work, setting: Setting, left: list[UUID], moved: dict[UUID, str]) -> list[UUID]:
    if moved:
        await work.run(_MOVE, [work.scope.institution_id, list(moved), list(moved.values())])
    marked, _ = await mark_gone(work, setting, left, gone=True)
    return marked
