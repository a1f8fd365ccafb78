"""What an act will do, told at any moment: lines as the paper groups them, files that will go, and what stands open."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from core.disposal.gates import Looked, look
from core.disposal.holding import held_lines
from core.disposal.models import DisposalAct, DisposalActLine
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
    lines = await DisposalActLine.filter(act_id=act.id).order_by("id")
    held = await held_lines(work, act.id)
    going = [
        line
        for line in lines
        if line.living and line.id not in held and line.state in {LineState.LISTED, LineState.FAILED}
    ]
    files = [entry for line in going for entry in line.content]
    states = Counter("held" if line.id in held else line.state.value for line in lines)
    return Summary(
        looked=await look(work, act, today=today),
        states=dict(states),
        table=propose(due_case(line.case_id, {name: getattr(line, name) for name in _CELLS}) for line in going),
        documents=len({entry[0] for entry in files}),
        files=len(files),
        size=sum(int(entry[3]) for entry in files),
        next_steps=tuple(step.name for step in ACT.steps_from(act.state)),
    )
