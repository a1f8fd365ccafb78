"""Whose personal file it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.errors import NotFound


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
    if not rows:
        raise NotFound(personal_file=str(personal_file_id))
    return learner_in(rows[0])


def learner_in(row: Mapping[str, Any]) -> Learner:
    """Return the learner that a row of `learners_of_files` speaks of."""
    return Learner(row["learner_id"], row["names"], row["blocked"])
