"""What nobody has to ask for: holds and changes take cases off approved transfers, and packages that hold them go.

A package holds copies. Before a case that was taken off can be destroyed some day, no package may hold it any more.
"""

from typing import Final
from uuid import UUID

from core.exits.contents import list_digest
from core.exits.lines import take_off
from core.exits.models import Transfer, TransferState
from core.exits.packages import defer_removal, present_package, supersede
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.scope import Scope, installation_scope

_SOURCE: Final = "exits"
_UNREMOVED: Final = """
SELECT p.id, p.transfer_id FROM transfer_packages p
 WHERE p.institution_id = $1 AND p.state = 'superseded' AND p.bytes_gone_at IS NULL AND NOT EXISTS (
   SELECT FROM jobs j WHERE j.institution_id = p.institution_id AND j.subject_type = 'transfer'
      AND j.subject_id = p.transfer_id::text AND j.state IN ('queued', 'running'))
 ORDER BY p.id
"""


async def settle_transfers(database: Database) -> int:
    """Supersede packages that are not those of their lists, and have those removed whose removal was given up.

    Returns how many packages. For a loop of the worker; can be repeated.
    """
    async with database.work(installation_scope(source=_SOURCE)) as work:
        rows = await work.rows("SELECT id FROM institutions")
    settled = 0
    for row in rows:
        scope = Scope(institution_id=row["id"], source=_SOURCE)
        async with database.work(scope) as work:
            unremoved = await work.rows(_UNREMOVED, [scope.institution_id])
            for each in unremoved:
                defer_removal(work, each["transfer_id"], each["id"])
            approved = await Transfer.filter(state=TransferState.APPROVED).order_by("id").values_list("id", flat=True)
        settled += len(unremoved)
        for transfer_id in approved:
            async with database.work(scope) as work:
                settled += await _settle(work, transfer_id)  # type: ignore[arg-type]
    return settled


async def _settle(work: Work, transfer_id: UUID) -> bool:
    locked = await Transfer.filter(id=transfer_id, state=TransferState.APPROVED).select_for_update().first()
    if locked is None:
        return False
    going = await take_off(work, locked)
    package = await present_package(transfer_id)
    if package is None or package.state != "ready" or package.list_digest == list_digest(going):
        return False
    await supersede(work, transfer_id)
    return True
