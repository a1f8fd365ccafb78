"""Copies beside the records: what imports keep of people goes with the last file of theirs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from core.disposal.execution.people import lock_people
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.scope import Scope
from core.origins.forgetting import EndingAct, forget_copies, forget_late, note_destroyed

_SOURCE: Final = "disposal"
_LATEST: Final = timedelta(hours=1)
"""Longer than any transaction of a run."""
_PEOPLE: Final = "SELECT person_id FROM people_without_records($1, $2) AS t (person_id)"
_INSTITUTIONS: Final = "SELECT institution_id FROM institutions_with_people_to_forget($1) AS t (institution_id)"


async def end_copies(work: Work, act: EndingAct, case_ids: Sequence[UUID]) -> list[UUID]:
    """Let what imports keep go, of the people whose last file went with these cases; in the transaction of the proof.

    To be called once the cases are destroyed, by a transaction that sees what is being destroyed. Whom a hold covers
    that came after the point of no return waits for its end. Returns these people, whose cards are locked.
    """
    rows = await work.rows(_PEOPLE, [work.scope.institution_id, list(case_ids)])
    people = [row["person_id"] for row in rows]
    if people:
        await lock_people(work, people)
        await note_destroyed(work, people, act)
        await forget_copies(work, people)
    return people


async def forget_waiting(database: Database, clock: Clock) -> int:
    """End what waited for the end of a hold, or came in at the last moment; return how many waited. For a loop."""
    forgotten, since = 0, clock() - _LATEST
    for row in await database.ask(_INSTITUTIONS, [since]):
        async with database.work(Scope(institution_id=row["institution_id"], source=_SOURCE)) as work:
            await forget_late(work, since)
            forgotten += await forget_copies(work)
    return forgotten
