"""A batch of which the registry refuses something: what it takes is kept, what it refuses becomes dead letters."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg
from tortoise.exceptions import IntegrityError, OperationalError

from core.imports.chunks import why_refused
from core.imports.planning import plan
from core.imports.plans import Change, Letter, Plan, Setting
from core.imports.storing import Write, store
from core.kernel.database.work import Work
from core.kernel.errors import Conflict, Invalid

REFUSALS: Final = (IntegrityError, OperationalError, asyncpg.PostgresError, Invalid, Conflict)
"""What a writer or the database says of records that the registry does not take."""
TRY_AGAIN: Final = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.QueryCanceledError)
"""What says nothing of the records: the transaction is repeated as a whole."""
_Verdict = tuple[str, UUID | None]
_PIECES: Final = 8
"""Parts into which a refused piece is divided: 1 bad record of 1,000 is found in 33 attempts, 500 in some 1,100."""


async def store_sifted(work: Work, setting: Setting, made: Plan) -> Counter[str]:
    """Write a plan down as `store` does, without the records that are refused; these become letters.

    All in the transaction of `work`. What is refused is weighed once more beside what has been written by then: a
    reference to a refused record is missing now, and the second of two that say the same finds the first.
    """
    sieve, before = _Sieve(work), _verdicts(made)
    counts = await store(work, setting, made, sieve.keep)
    if not sieve.refused:
        return counts
    again = await plan(work, setting, [change.item for change, _ in sieve.refused])
    _let_stand(again, before, sieve.refused)
    last = _Sieve(work)
    counts += await store(work, setting, again, last.keep)
    left = Plan(letters=[Letter(change.item, reason, "refused") for change, reason in last.refused])
    counts += await store(work, setting, left)
    # The caller learns from the plan what was met.
    made.met += again.met
    made.letters += again.letters + left.letters
    return counts


class _Sieve:
    """Writes what is taken, and holds what is not."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.refused: list[tuple[Change, str]] = []

    async def keep(self, changes: Sequence[Change], write: Write) -> tuple[list[UUID], Collection[str]]:
        """Write changes, by pieces where something of them is refused."""
        met = await self._write(changes, write)
        return met, {change.item.external_id for change, _ in self.refused}

    async def _write(self, changes: Sequence[Change], write: Write) -> list[UUID]:
        if not changes:
            return []
        try:
            async with self._work.attempt():
                return await write(changes)
        except TRY_AGAIN:
            raise
        except REFUSALS as error:
            if len(changes) == 1:
                self.refused.append((changes[0], why_refused(error)))
                return []
        size = -(-len(changes) // _PIECES)
        met: list[UUID] = []
        for start in range(0, len(changes), size):
            met += await self._write(changes[start : start + size], write)
        return met


def _let_stand(again: Plan, before: Mapping[str, _Verdict], refused: Sequence[tuple[Change, str]]) -> None:
    """Let what is weighed as before stay refused, without another attempt."""
    alike = {external_id for external_id, verdict in _verdicts(again).items() if verdict == before[external_id]}
    again.leave_out(alike)
    again.letters += [
        Letter(change.item, reason, "refused") for change, reason in refused if change.item.external_id in alike
    ]


def _verdicts(made: Plan) -> dict[str, _Verdict]:
    """Return, by external id, what a plan means to do with records, and with which entity that was there before."""
    new: dict[str, _Verdict] = {change.item.external_id: ("new", None) for change in made.new}
    matched: dict[str, _Verdict] = {each.item.external_id: ("matched", each.entity_id) for each in made.matched}
    return new | matched | {change.item.external_id: ("changed", change.entity_id) for change in made.changed}
