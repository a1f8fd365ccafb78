"""Paper is destroyed by people: they record when, how, how much, and on what evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.disposal.errors import ImpossibleDecisionDate
from core.disposal.execution.errors import NoPaperToRecord, PaperAlreadyRecorded
from core.disposal.execution.models import PaperDestruction
from core.disposal.models import DisposalAct
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor

_LINES: Final = """
SELECT l.id, l.case_id, l.state, c.paper_fate FROM disposal_act_lines l
  JOIN cases c ON c.institution_id = l.institution_id AND c.id = l.case_id
 WHERE l.institution_id = $1 AND l.act_id = $2 AND ($3::uuid[] IS NULL AND l.state = 'destroyed'
   AND c.paper_fate = 'kept' OR l.id = ANY ($3)) ORDER BY c.id FOR UPDATE OF c
"""
_FATES: Final = """
UPDATE cases SET paper_fate = 'destroyed', revision = revision + 1
 WHERE institution_id = $1 AND id = ANY ($2::uuid[]) AND state = 'destroyed' AND paper_fate = 'kept'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperEnd:
    """How paper was destroyed."""

    destroyed_on: date
    way: str
    """`shredded`, `burnt` or `handed_over` for recycling."""
    weight_grams: int | None
    """Of all the paper together, in grams."""
    evidence: str
    """Hand-over note («приёмо-сдаточная накладная») or minutes of the shredding."""


async def record_paper(
    work: Work, act: DisposalAct, line_ids: Sequence[UUID] | None, end: PaperEnd, *, today: date
) -> int:
    """Record the end of the paper of destroyed lines, or with None of all whose paper is still there; return how many.

    Raises `NoPaperToRecord`, `PaperAlreadyRecorded`, `ImpossibleDecisionDate` or `StaleState`.
    """
    earliest = act.approved_on or today
    if not earliest <= end.destroyed_on <= today:
        raise ImpossibleDecisionDate(earliest=earliest.isoformat(), latest=today.isoformat())
    values: list[Any] = [work.scope.institution_id, act.id, None if line_ids is None else list(line_ids)]
    rows = await work.rows(_LINES, values)
    _require_paper(rows, line_ids)
    for row in rows:
        await PaperDestruction.create(
            id=new_id(),
            line_id=row["id"],
            destroyed_on=end.destroyed_on,
            way=end.way,
            weight_grams=end.weight_grams,
            evidence=end.evidence,
            recorded_by=actor(work),
            recorded_at=work.now,
        )
        said = {"act": str(act.id), "line": str(row["id"]), "way": end.way, "on": end.destroyed_on.isoformat()}
        work.record("case.paper_destroyed", "case", row["case_id"], said)
    if await work.run(_FATES, [work.scope.institution_id, [row["case_id"] for row in rows]]) != len(rows):
        raise StaleState
    work.emit("disposal_act.paper_destroyed", {"act": str(act.id)})
    return len(rows)


def _require_paper(rows: Sequence[dict[str, Any]], wanted: Sequence[UUID] | None) -> None:
    done = [str(row["id"]) for row in rows if row["paper_fate"] == "destroyed"]
    if done:
        raise PaperAlreadyRecorded(lines=done)
    fitting = {row["id"] for row in rows if row["state"] == "destroyed" and row["paper_fate"] == "kept"}
    missing = sorted(str(each) for each in wanted or () if each not in fitting)
    if missing or not fitting:
        raise NoPaperToRecord(lines=missing)
