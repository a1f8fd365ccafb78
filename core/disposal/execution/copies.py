"""Copies beside the records: what imports keep of people goes with the last file of theirs."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.scope import Scope
from core.origins.forgetting import EndingAct, forget_copies, note_destroyed

_SOURCE: Final = "disposal"
_PEOPLE: Final = "SELECT person_id FROM people_without_records($1, $2) AS t (person_id)"
_INSTITUTIONS: Final = "SELECT institution_id FROM institutions_with_people_to_forget() AS t (institution_id)"


async def end_copies(work: Work, act: EndingAct, case_ids: Sequence[UUID]) -> None:
    """Let what imports keep go, of the people whose last file went with these cases; in the transaction of the proof.

    To be called once the cases are destroyed, by a transaction that sees what is being destroyed. Whom a hold covers
    that came after the point of no return waits for its end.
    """
    rows = await work.rows(_PEOPLE, [work.scope.institution_id, list(case_ids)])
    if rows:
        await note_destroyed(work, [row["person_id"] for row in rows], act)
        await forget_copies(work)


async def forget_waiting(database: Database) -> int:
    """End what waited for the end of a hold; return of how many people. For a loop."""
    forgotten = 0
    for row in await database.ask(_INSTITUTIONS, []):
        async with database.work(Scope(institution_id=row["institution_id"], source=_SOURCE)) as work:
            forgotten += await forget_copies(work)
    return forgotten
