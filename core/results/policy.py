"""How the institution accounts for results: who confirms, whose will is needed, whether outside ones are credited."""

from collections.abc import Mapping
from typing import Any, Final

from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.ids import INSTALLATION, new_id
from core.results.errors import ProcedureMissing
from core.results.models import ResultPolicy

EDITABLE: Final = ("two_persons", "will_needed", "credits_outside", "credit_procedure")

_CHANGE: Final = """
INSERT INTO result_policies AS p
  (id, institution_id, two_persons, will_needed, credits_outside, credit_procedure, revision, changed_at, changed_by)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)
ON CONFLICT (institution_id) DO UPDATE SET two_persons = excluded.two_persons, will_needed = excluded.will_needed,
  credits_outside = excluded.credits_outside, credit_procedure = excluded.credit_procedure, revision = p.revision + 1,
  changed_at = excluded.changed_at, changed_by = excluded.changed_by
 WHERE p.revision = $9
"""


async def present_policy(work: Work) -> ResultPolicy:
    """Return the policy of the institution; revision 0 with the defaults while nobody has decided."""
    found = await ResultPolicy.first()
    return found or ResultPolicy(revision=0, changed_at=work.now, changed_by=INSTALLATION)


async def change_policy(work: Work, policy: ResultPolicy, changes: Mapping[str, Any]) -> ResultPolicy:
    """Write `changes` over the revision that `policy` shows; raise `ProcedureMissing` or `StaleState`.

    It holds from now on: what was entered before stays as it is.
    """
    after = {name: changes.get(name, getattr(policy, name)) for name in EDITABLE}
    if after["credits_outside"] and not after["credit_procedure"]:
        raise ProcedureMissing
    before = {name: getattr(policy, name) for name in EDITABLE}
    if after == before:
        return policy
    values = [new_id(), work.scope.institution_id, *after.values()]
    actor = work.scope.actor_id or INSTALLATION
    if await work.run(_CHANGE, [*values, work.now, actor, policy.revision]) != 1:
        raise StaleState
    work.record("result_policy.changed", "result_policy", "", {"before": before, "after": after})
    return await ResultPolicy.all().get()
