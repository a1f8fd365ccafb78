"""What an act will do, told at any moment: lines as the paper groups them, files that will go, and what stands open."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from core.disposal.gates import Looked, look
from core.disposal.holding import held_lines
from core.disposal.models import DisposalAct
from core.disposal.selection import due_case
from core.kernel.database.work import Work
from retention.act_lines import LineState
from retention.disposal import ACT
from retention.selection import Proposal, propose

_CELLS = (
    "section",
    "class_index",
    "class_title",
    "first_year",
    "last_year",
    "nomenclature_year",
    "volumes",
    "term",
    "article",
)
_GOING = frozenset({LineState.LISTED.value, LineState.FAILED.value})
_LINES = f"""
SELECT id, case_id, state, living, {", ".join(_CELLS)} FROM disposal_act_lines
 WHERE institution_id = $1 AND act_id = $2 ORDER BY id
"""  # noqa: S608 - columns named in the code
_FILES = """
SELECT count(DISTINCT file ->> 0) AS documents, count(*) AS files,
       coalesce(sum((file ->> 3)::bigint), 0)::bigint AS size
  FROM disposal_act_lines l, jsonb_array_elements(l.content) AS file
 WHERE l.institution_id = $1 AND l.id = ANY ($2::uuid[])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """An act in numbers, as it is now."""

    looked: Looked
    states: dict[str, int]
    """Lines by state; one that a hold has taken off counts as held before it is marked."""
    table: Proposal | None
    """Lines that will be destroyed, grouped; None if there are none."""
    documents: int
    files: int
    size: int
    """Bytes."""
    next_steps: tuple[str, ...]


async def summarise(work: Work, act: DisposalAct, *, today: date) -> Summary:
    """Look at an act from all sides; changes nothing."""
    lines = await work.rows(_LINES, [work.scope.institution_id, act.id])
    held = await held_lines(work, act.id)
    going = [line for line in lines if line["living"] and line["id"] not in held and line["state"] in _GOING]
    [files] = await work.rows(_FILES, [work.scope.institution_id, [line["id"] for line in going]])
    states = Counter("held" if line["id"] in held else line["state"] for line in lines)
    return Summary(
        looked=await look(work, act, today=today),
        states=dict(states),
        table=propose(due_case(line["case_id"], line) for line in going),
        **files,
        next_steps=tuple(step.name for step in ACT.steps_from(act.state)),
    )
