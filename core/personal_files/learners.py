"""Whose personal file it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Learner:
    """The learner («обучающийся») a personal file belongs to."""

    id: UUID
    names: str
    """Present and former names, for the search."""
    blocked: bool = False
    """Whether the personal file is blocked from use (152-ФЗ ст. 3 п. 7)."""


async def learner_of(work: Work, personal_file_id: UUID) -> Learner:
    """Return the learner of a personal file of the current institution; raise `NotFound`."""
    rows = await work.rows(
        "SELECT learner_id, names, blocked FROM learners_of_files WHERE institution_id = $1 AND personal_file_id = $2",
        [work.scope.institution_id, personal_file_id],
    )
    return _learner(rows, personal_file_id)


async def find_learner(database: Database, scope: Scope, personal_file_id: UUID) -> Learner:
    """Do what `learner_of` does outside of any unit of work, with one question."""
    return _learner(await database.call(scope, "find_learner_of_file", personal_file_id), personal_file_id)


def _learner(rows: Sequence[dict[str, Any]], personal_file_id: UUID) -> Learner:
    if not rows:
        raise NotFound(personal_file=str(personal_file_id))
    return Learner(rows[0]["learner_id"], rows[0]["names"], rows[0]["blocked"])
