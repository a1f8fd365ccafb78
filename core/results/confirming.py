"""Confirming results: a right of its own, and where the policy says so that of another person (№ 32)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.results.errors import OwnEntry, ResultConfirmed, ResultStruckOut
from core.results.models import Result
from core.results.policy import present_policy
from core.results.sight import Sight, hidden_kinds

_CONFIRM: Final = """
UPDATE results SET state = 'confirmed', confirmed_by = $4, confirmed_at = $5, revision = revision + 1,
  changed_at = $5, changed_by = $4
 WHERE institution_id = $1 AND id = $2 AND revision = $3 AND state = 'entered'
"""
_CONFIRM_ALL: Final = """
UPDATE results SET state = 'confirmed', confirmed_by = $2, confirmed_at = $3, revision = revision + 1,
  changed_at = $3, changed_by = $2
 WHERE institution_id = $1 AND group_id = $4 AND period_id = $5 AND ($6::uuid IS NULL OR subject_id = $6)
   AND state = 'entered' AND gone_at IS NULL AND NOT coalesce(kind_id = ANY ($7::uuid[]), false)
   AND NOT ($8 AND coalesce(entered_by = $2, false))
"""
_LEFT: Final = """
SELECT count(*) AS left FROM results
 WHERE institution_id = $1 AND group_id = $2 AND period_id = $3 AND ($4::uuid IS NULL OR subject_id = $4)
   AND state = 'entered' AND gone_at IS NULL AND NOT coalesce(kind_id = ANY ($5::uuid[]), false)
"""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of the results of a group in a period."""

    confirmed: int
    left: int
    """Entered by the very person, whom another one has to confirm."""


async def confirm(work: Work, result: Result) -> Result:
    """Confirm a result at the revision that `result` shows.

    Raises `ResultStruckOut`, `ResultConfirmed`, `OwnEntry` or `StaleState`.
    """
    if result.state == "struck_out":
        raise ResultStruckOut
    if result.state == "confirmed":
        raise ResultConfirmed
    policy = await present_policy(work)
    if policy.two_persons and result.entered_by == work.scope.actor_id:
        raise OwnEntry
    values = [work.scope.institution_id, result.id, result.revision, work.scope.actor_id, work.now]
    try:
        changed = await work.run(_CONFIRM, values)
    except IntegrityError as error:
        if violated_constraint(error) == "results_two_persons":
            raise OwnEntry from error
        raise
    if changed != 1:
        raise StaleState
    work.record("result.confirmed", "result", result.id)
    work.emit("result.confirmed", {"result": str(result.id), "person": str(result.person_id)})
    return await Result.get(id=result.id)


async def confirm_all(
    work: Work, sight: Sight, *, group_id: UUID, period_id: UUID, subject_id: UUID | None
) -> Confirmed:
    """Confirm what one sees of a group's results in a period; own entries are left where two persons are needed."""
    policy = await present_policy(work)
    hidden = await hidden_kinds(sight.without("restricted"))
    place = [group_id, period_id, subject_id]
    scope = work.scope
    values = [scope.institution_id, scope.actor_id, work.now, *place, hidden, policy.two_persons]
    confirmed = await work.run(_CONFIRM_ALL, values)
    left = (await work.rows(_LEFT, [scope.institution_id, *place, hidden]))[0]["left"]
    facts = {"group": group_id, "period": period_id, "subject": subject_id}
    said = {name: str(value) for name, value in facts.items() if value} | {"confirmed": confirmed}
    work.record("result.group_confirmed", "group", group_id, said)
    return Confirmed(confirmed, left)
