"""The two clocks over the cases of a person: the archival term, and the purpose of processing."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.cases.models import Case
from core.cases.verdicts import judge_all
from core.consents.models import Consent, PersonalDataEvent
from core.consents.recording import state_of, withdrawals_of
from core.institutions.registry import present_day
from core.kernel.database.work import Work
from core.people.keeping import find_person
from retention.two_clocks import Consequence, DutyEvent, Purpose, consequence
from retention.verdicts import Verdict

_CASES: Final = """
SELECT case_id FROM case_persons WHERE institution_id = $1 AND person_id = $2
UNION
SELECT c.id FROM cases c JOIN personal_files f ON f.institution_id = c.institution_id AND f.id = c.subject_id
 WHERE c.institution_id = $1 AND c.subject_kind = 'personal_file' AND f.person_id = $2
"""
_GONE: Final = ("destroyed", "transferred", "returned", "merged")


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """What both clocks say of one case."""

    case: Case
    verdict: Verdict
    consequence: Consequence


async def purpose_of(work: Work, person_id: UUID) -> Purpose:
    """Return where the purpose of processing stands for a person.

    It has ended when somebody recorded that every purpose is reached and no consent that was given later is current.
    A withdrawn consent alone does not end it: learners' data are mostly processed on other grounds (152-ФЗ ст. 6).
    """
    every = {"person_id": person_id, "event": DutyEvent.PURPOSE_REACHED.value, "purpose": ""}
    latest = await PersonalDataEvent.filter(**every).order_by("-happened_on").first()
    if latest is None:
        return Purpose.LASTS
    later = await Consent.filter(person_id=person_id, given_on__gt=latest.happened_on)
    withdrawn, today = await withdrawals_of(later), await present_day(work)
    current = any(state_of(each, withdrawn.get(each.id), today) == "current" for each in later)
    return Purpose.LASTS if current else Purpose.ENDED


async def clocks_of(work: Work, person_id: UUID) -> tuple[Purpose, list[CaseClocks]]:
    """Return the purpose and what follows for each case of a person that is still here; raise `NotFound`.

    The archival term governs: a document is never to go before it is over.
    """
    await find_person(person_id)
    purpose = await purpose_of(work, person_id)
    ids = [row["case_id"] for row in await work.rows(_CASES, [work.scope.institution_id, person_id])]
    cases = await Case.filter(id__in=ids).exclude(state__in=_GONE).order_by("id")
    judged = await judge_all(work, cases, today=await present_day(work)) if cases else {}
    found = [CaseClocks(each, judged[each.id].verdict, consequence(judged[each.id].verdict, purpose)) for each in cases]
    return purpose, found
