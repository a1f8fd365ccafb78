"""Documents come into a case and move to another one; every movement leaves its trace.

What a document is belongs to the feature of documents, which stands above this one and calls these verbs.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.cases.errors import CaseHeld, VolumeClosed
from core.cases.holds import holds_over
from core.cases.models import Case, Movement, Volume
from core.cases.volumes import require_open
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.nomenclature.drafting import actor

_ABOUT = """
INSERT INTO case_persons (institution_id, case_id, person_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A document on its way into a case."""

    document_id: UUID
    dated_on: date
    """Day of the document, or of its arrival where it has none."""
    person_id: UUID | None
    """Whom it is about."""
    from_case_id: UUID | None = None


async def take_in(work: Work, filed: Filed, case_id: UUID, volume_id: UUID | None, reason: str) -> Case:
    """Note that a document is in a case from now on, in a volume if one is named; raise what keeps it out.

    Raises `NotFound` for case or volume, `CaseNotOpen` for either case, `VolumeClosed`, or `CaseHeld` when it would
    leave a case that a hold covers.
    """
    # Both cases in the order of their ids, so that two movements never wait for each other.
    cases = {each: await require_open(each) for each in sorted({case_id, filed.from_case_id or case_id})}
    if filed.from_case_id is not None and filed.from_case_id != case_id:
        holds = await holds_over(work, filed.from_case_id)
        if holds:
            raise CaseHeld(holds=holds)
    await _require_volume(case_id, volume_id)
    case = cases[case_id]
    await Movement.create(
        document_id=filed.document_id,
        from_case_id=filed.from_case_id,
        to_case_id=case_id,
        volume_id=volume_id,
        reason=reason,
        moved_by=actor(work),
        moved_at=work.now,
    )
    latest = max(filed.dated_on, case.last_document_on or filed.dated_on, case.opened_on)
    await Case.filter(id=case_id).update(last_document_on=latest, revision=case.revision + 1)
    if filed.person_id is not None:
        await note_person(work, case_id, filed.person_id)
    return case


async def note_person(work: Work, case_id: UUID, person_id: UUID) -> None:
    """Note that a case is about a person: from now on a hold on the person covers the case."""
    await work.run(_ABOUT, [work.scope.institution_id, case_id, person_id])


async def _require_volume(case_id: UUID, volume_id: UUID | None) -> None:
    if volume_id is None:
        return
    volume = await Volume.get_or_none(id=volume_id, case_id=case_id)
    if volume is None:
        raise NotFound(volume=str(volume_id))
    if volume.closed_on is not None:
        raise VolumeClosed
