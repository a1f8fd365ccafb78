"""The yearly cycle: in the first quarter the service proposes the act for what has become due, once a year."""

from datetime import date
from typing import Final

from core.disposal.models import DisposalProposal
from core.disposal.selection import select_cases
from core.institutions.registry import present_day
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.kernel.scope import Scope, installation_scope

_SOURCE: Final = "disposal"
_LAST_MONTH: Final = 3
_PROPOSE: Final = """
INSERT INTO disposal_proposals (id, institution_id, year, cases, volumes, first_year, last_year, proposed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (institution_id, year) DO NOTHING
"""


async def propose_yearly_acts(database: Database) -> int:
    """Propose an act to every institution in whose calendar it is time and that has something due; return how many."""
    async with database.work(installation_scope(source=_SOURCE)) as work:
        rows = await work.rows("SELECT id FROM institutions")
    proposed = 0
    for row in rows:
        async with database.work(Scope(institution_id=row["id"], source=_SOURCE)) as work:
            proposed += await propose_of_year(work, today=await present_day(work))
    return proposed


async def propose_of_year(work: Work, *, today: date) -> bool:
    """Say once a year, in its first quarter, that cases are due; return whether that was said now.

    Nothing enters an act by that: a records officer makes the act.
    """
    if today.month > _LAST_MONTH or await DisposalProposal.filter(year=today.year).exists():
        return False
    proposal = (await select_cases(work, None, today=today)).proposal
    if proposal is None:
        return False
    span = [proposal.cases, proposal.volumes, proposal.first_year, proposal.last_year]
    made = new_id()
    if await work.run(_PROPOSE, [made, work.scope.institution_id, today.year, *span, work.now]) != 1:
        return False
    work.record("disposal.proposed", "disposal_proposal", made, {"year": today.year, "cases": proposal.cases})
    work.emit("disposal.proposed", {"proposal": str(made)})
    return True
