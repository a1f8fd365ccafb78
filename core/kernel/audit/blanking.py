"""Blanking: a lawful destruction takes what identifies a person out of the trail and leaves the chain whole."""

from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.errors import Conflict


class BlankingRefused(Conflict):
    """The entry given as the reason does not say that this very object was destroyed, withdrawn or erased."""

    code = "blanking_refused"
    title = "The audit trail keeps this payload"
    remedy = "Record an entry about the same object whose action ends with destroyed, withdrawn or erased first."


async def blank_payloads(work: Work, object_type: str, object_id: UUID | str, reason_entry_id: UUID) -> int:
    """Blank the payloads of every entry about one object; return how many.

    `reason_entry_id` is what `work.record` returned for the destruction (152-FZ art. 21): an entry about the same
    object whose action ends with `destroyed`, `withdrawn` or `erased`. Its own payload stays, so it must not
    identify anybody. Salts go with the payloads. Repeating it changes nothing. Raises `BlankingRefused` otherwise.
    """
    await work.flush()
    grounds = await work.rows(
        "SELECT EXISTS (SELECT FROM audit_entries WHERE institution_id = $1 AND id = $2 AND object_type = $3"
        r" AND object_id = $4 AND action ~ '\.(destroyed|withdrawn|erased)$') AS found",
        [work.scope.institution_id, reason_entry_id, object_type, str(object_id)],
    )
    if not grounds[0]["found"]:
        raise BlankingRefused(object_type=object_type, object_id=str(object_id), reason_entry_id=str(reason_entry_id))
    rows = await work.rows(
        "SELECT blank_audit_payloads($1, $2, $3) AS blanked", [object_type, str(object_id), reason_entry_id]
    )
    return int(rows[0]["blanked"])
