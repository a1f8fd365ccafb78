"""Results that no snapshot of a period holds: none goes with a line of an act unless it was decided that it may."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from core.disposal.errors import DisposalStepRefused, NothingUnarchived, ResultsNotArchived
from core.disposal.lives import lock_act
from core.disposal.models import DisposalAct, DisposalActLine, UnarchivedResultsDecision
from core.disposal.snapshots import going
from core.inventories.policy import single_person_mode
from core.kernel.database.work import Work
from core.nomenclature.drafting import actor
from retention.disposal_facts import FROZEN
from retention.transitions import SAME_PERSON, Refusal

_SHOWN: Final = 50
_STEP: Final = "decide_on_results"
_FROZEN: Final = Refusal(
    "list_frozen", "The list is frozen since it was submitted; let the commission request changes first."
)
_DECIDE: Final = """
INSERT INTO unarchived_results_decisions
  (id, institution_id, line_id, results, reason, evidence, decided_by, decided_at)
VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ON CONSTRAINT unarchived_results_decided_once DO NOTHING
"""


async def require_archived(unarchived: Mapping[UUID, int]) -> None:
    """Raise `ResultsNotArchived` unless it was decided of each line, by its id, that so many results may go."""
    decided: dict[UUID, int] = {}
    for row in await UnarchivedResultsDecision.filter(line_id__in=list(unarchived)) if unarchived else ():
        decided[row.line_id] = max(row.results, decided.get(row.line_id, 0))
    left = sorted((line, results) for line, results in unarchived.items() if results > decided.get(line, 0))
    if left:
        said = [{"line": str(line), "results": str(results)} for line, results in left[:_SHOWN]]
        raise ResultsNotArchived(lines=said, count=len(left))


async def decide_unarchived(
    work: Work, act: DisposalAct, line: DisposalActLine, *, reason: str, evidence: str, today: date
) -> int:
    """Write down that the results which nobody has archived may go with a line; return how many they are.

    Decided by somebody else than the author, while the list is open; results that come later need another decision.
    Raises `DisposalStepRefused`, `NothingUnarchived` or `StaleState`.
    """
    locked = await lock_act(act)
    against = [_FROZEN] if locked.state in FROZEN else []
    if locked.author_id == actor(work) and await single_person_mode() is None:
        against.append(SAME_PERSON)
    if against:
        codes, remedies = [each.code for each in against], [each.remedy for each in against]
        raise DisposalStepRefused(state=locked.state.value, step=_STEP, reasons=codes, remedies=remedies)
    there = await going(work, [line.case_id], act_id=act.id, today=today)
    results: int = sum(each["unarchived"] for each in there[line.case_id].carried)
    if not line.living or not results:
        raise NothingUnarchived
    values = [work.scope.institution_id, line.id, results, reason, evidence, actor(work), work.now]
    if await work.run(_DECIDE, values):
        said = {"act": str(act.id), "line": str(line.id), "results": results, "reason": reason, "evidence": evidence}
        work.record("disposal_act.results_decided", "case", line.case_id, said)
    return results
