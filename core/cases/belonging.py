"""Personal files, registers and exports are cases of their classes: each is one case, and a case is one of them."""

from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.cases.errors import CaseHasSubject, SubjectHasCase
from core.cases.filing import note_person
from core.cases.models import Case, Movement
from core.cases.opening import find_case
from core.cases.volumes import require_open
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import StaleState


async def attach_subject(work: Work, case_id: UUID, kind: str, subject_id: UUID, *, person_id: UUID | None) -> Case:
    """Say that an open case is this personal file, register or export; the caller has seen that it exists.

    Asked for again, it answers the same. Raises `NotFound`, `CaseNotOpen`, `CaseHasSubject`, `SubjectHasCase` or
    `StaleState`.
    """
    case = await require_open(case_id)
    if (case.subject_kind, case.subject_id) == (kind, subject_id):
        return case
    if case.subject_id is not None or await Movement.filter(to_case_id=case_id).exists():
        raise CaseHasSubject
    other = await Case.get_or_none(subject_kind=kind, subject_id=subject_id)
    if other is not None:
        raise SubjectHasCase(case=str(other.id), address=f"/api/v1/cases/{other.id}")
    try:
        await Case.filter(id=case_id).update(subject_kind=kind, subject_id=subject_id, revision=case.revision + 1)
    except IntegrityError as error:
        if violated_constraint(error) == "cases_one_of_a_subject":
            raise StaleState from error
        raise
    if person_id is not None:
        await note_person(work, case_id, person_id)
    work.record("case.attached", "case", case_id, {"kind": kind, "subject": str(subject_id)})
    return await find_case(case_id)
