"""That a case was dated anew because a person accepted what a changed rule does to it."""

from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from core.kernel.database.work import Work

_OF_CASE: Final = """
SELECT acceptance_id, redating_id, rule_before AS rule_before_id, rule_after AS rule_after_id, outcome_before,
       outcome_after, earliest_before, earliest_after, accepted_by, accepted_at
  FROM case_redatings WHERE institution_id = $1 AND case_id = $2 ORDER BY applied_at DESC, acceptance_id DESC
"""


class CaseRedating(NamedTuple):
    """Who accepted which preview, and what it did to one case."""

    acceptance_id: UUID
    redating_id: UUID
    """The preview."""
    rule_before_id: UUID | None
    rule_after_id: UUID
    outcome_before: str
    outcome_after: str
    earliest_before: date | None
    earliest_after: date | None
    accepted_by: UUID
    accepted_at: datetime


async def redatings_of(work: Work, case_id: UUID) -> list[CaseRedating]:
    """Return every acceptance that dated a case anew, the latest first."""
    return [CaseRedating(**row) for row in await work.rows(_OF_CASE, [work.scope.institution_id, case_id])]
