"""Whose personal file it is."""

from dataclasses import dataclass
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Learner:
    """The learner («обучающийся») a personal file belongs to."""

    id: UUID
    names: str
    """Present and former names, for the search."""


async def learner_of(work: Work, personal_file_id: UUID) -> Learner:
    """Return the learner of a personal file of the current institution; raise `NotFound`."""
    rows = await work.rows(
        "SELECT p.id, concat_ws(' ', p.family_name, p.given_name, p.patronymic, p.former_names) AS names"
        " FROM personal_files f JOIN people p ON p.institution_id = f.institution_id AND p.id = f.person_id"
        " WHERE f.institution_id = $1 AND f.id = $2",
        [work.scope.institution_id, personal_file_id],
    )
    if not rows:
        raise NotFound(personal_file=str(personal_file_id))
    return Learner(rows[0]["id"], rows[0]["names"])
