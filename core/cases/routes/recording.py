"""Addresses of what people record of a case."""

from uuid import UUID

from fastapi import Response

from core.access.dependencies import Services
from core.access.gate import Caller
from core.access.permissions import Permission
from core.access.services import AccessServices
from core.cases.errors import FactRevoked, UnknownEventCode
from core.cases.models import CaseFact
from core.cases.opening import find_case
from core.cases.recording import Acceptance, NewFact, find_fact, record_fact, revoke_fact
from core.cases.requests import AnswerIn, AppraisalIn, EventIn, NeedEndedIn, ProlongationIn, RevocationIn
from core.cases.routes.dependencies import STEP, Accepter, Appraiser, Decider, Reader, Writer
from core.cases.schemas import FactOut
from core.kernel.clock import today as today_in
from core.kernel.errors import Forbidden, Invalid, NotFound
from core.kernel.keyset import Listing
from core.web.conditional import ExpectedRevision, IfMatch, etag
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["cases"])

_ANSWERS = frozenset({"answer", "gate", "age"})


@router.get(
    "/cases/{case_id}/facts", responses=problem_responses(NotFound, BadCursor), summary="List what was recorded"
)
async def list_case_facts(case_id: UUID, caller: Reader, services: Services, page: Paging) -> Page[FactOut]:
    """Events, answers and decisions with their evidence, and what was taken back, in order."""
    async with services.database.work(caller.scope):
        await find_case(case_id)
        return await paged(Listing(CaseFact.filter(case_id=case_id), ("id",)), page, FactOut.of)


@router.get("/case-facts/{fact_id}", responses=problem_responses(NotFound), summary="Read what was recorded")
async def read_case_fact(fact_id: UUID, caller: Reader, services: Services) -> FactOut:
    """What was recorded, by whom, and on which evidence."""
    async with services.database.work(caller.scope):
        return FactOut.of(await find_fact(fact_id))


@router.post(
    "/cases/{case_id}/events",
    status_code=201,
    responses=problem_responses(*STEP, UnknownEventCode),
    summary="Record an event",
)
async def create_case_event(
    response: Response, case_id: UUID, event: EventIn, expected: IfMatch, caller: Writer, services: Services
) -> FactOut:
    """Record what a term counts from, with the document that proves it; of several dates the later counts."""
    return await _recorded(response, case_id, event.to_fact(), Acceptance(), (expected, caller, services))


@router.post(
    "/cases/{case_id}/answers",
    status_code=201,
    responses=problem_responses(*STEP),
    summary="Say whether a condition is met",
)
async def create_case_answer(
    response: Response, case_id: UUID, answer: AnswerIn, expected: IfMatch, caller: Accepter, services: Services
) -> FactOut:
    """Answer a condition of the rule; where nobody has, the longer term holds. An earlier date has to be accepted."""
    if answer.missing:
        raise Invalid(fields=answer.missing)
    accepted = Acceptance(earlier=answer.earlier_accepted)
    return await _recorded(response, case_id, answer.to_fact(), accepted, (expected, caller, services))


@router.post(
    "/cases/{case_id}/decisions",
    status_code=201,
    responses=problem_responses(*STEP),
    summary="Decide that a case is no longer needed",
)
async def create_case_decision(
    response: Response, case_id: UUID, decision: NeedEndedIn, expected: IfMatch, caller: Decider, services: Services
) -> FactOut:
    """Record the decision of commission or head; it counts once the least time of keeping has passed."""
    return await _recorded(response, case_id, decision.to_fact(), Acceptance(), (expected, caller, services))


@router.post(
    "/cases/{case_id}/appraisals",
    status_code=201,
    responses=problem_responses(*STEP),
    summary="Record the commission's appraisal",
)
async def create_case_appraisal(
    response: Response, case_id: UUID, appraisal: AppraisalIn, expected: IfMatch, caller: Appraiser, services: Services
) -> FactOut:
    """Record what the commission decided of the value of a case whose term is over («ЭПК»)."""
    return await _recorded(response, case_id, appraisal.to_fact(), Acceptance(), (expected, caller, services))


@router.post(
    "/cases/{case_id}/prolongations",
    status_code=201,
    responses=problem_responses(*STEP),
    summary="Keep a case longer",
)
async def create_case_prolongation(
    response: Response, case_id: UUID, wanted: ProlongationIn, expected: IfMatch, caller: Appraiser, services: Services
) -> FactOut:
    """Record that the commission keeps a closed case longer; the date only moves later, and nobody takes that back."""
    return await _recorded(response, case_id, wanted.to_fact(), Acceptance(), (expected, caller, services))


async def _recorded(
    response: Response,
    case_id: UUID,
    fact: NewFact,
    accepted: Acceptance,
    asked: tuple[ExpectedRevision, Caller, AccessServices],
) -> FactOut:
    expected, caller, services = asked
    async with services.database.work(caller.scope) as work:
        case = await find_case(case_id)
        expected.require(case.revision)
        made = await record_fact(work, case, fact, accepted, today=today_in(services.clock, caller.time_zone))
        after = await find_case(case_id)
    response.headers["Location"] = f"/api/v1/case-facts/{made.id}"
    response.headers["ETag"] = etag(after.revision)
    return FactOut.of(made)


@router.post(
    "/case-events/{fact_id}/revocation",
    responses=problem_responses(*STEP, FactRevoked),
    summary="Take an event back",
)
async def revoke_case_event(
    response: Response, fact_id: UUID, wanted: RevocationIn, expected: IfMatch, caller: Reader, services: Services
) -> FactOut:
    """Take back an event that was recorded by mistake; the case waits for it again, or goes by those that are left.

    Needs `cases.write`, or with `earlier_accepted` instead `cases.accept`: only then may the date get earlier.
    """
    needed = Permission.CASES_ACCEPT if wanted.earlier_accepted else Permission.CASES_WRITE
    if not caller.may(needed):
        raise Forbidden(needed=[needed.value])
    return await _revoked(response, fact_id, wanted, frozenset({"event"}), (expected, caller, services))


@router.post(
    "/case-answers/{fact_id}/revocation",
    responses=problem_responses(*STEP, FactRevoked),
    summary="Take an answer back",
)
async def revoke_case_answer(
    response: Response, fact_id: UUID, wanted: RevocationIn, expected: IfMatch, caller: Accepter, services: Services
) -> FactOut:
    """Take back what was said of a condition; the longer term holds again."""
    return await _revoked(response, fact_id, wanted, _ANSWERS, (expected, caller, services))


@router.post(
    "/case-decisions/{fact_id}/revocation",
    responses=problem_responses(*STEP, FactRevoked),
    summary="Take back that a case is no longer needed",
)
async def revoke_case_decision(
    response: Response, fact_id: UUID, wanted: RevocationIn, expected: IfMatch, caller: Decider, services: Services
) -> FactOut:
    """Say that the documents are needed after all; the case waits again."""
    return await _revoked(response, fact_id, wanted, frozenset({"need_ended"}), (expected, caller, services))


async def _revoked(
    response: Response,
    fact_id: UUID,
    wanted: RevocationIn,
    kinds: frozenset[str],
    asked: tuple[ExpectedRevision, Caller, AccessServices],
) -> FactOut:
    expected, caller, services = asked
    accepted = Acceptance(earlier=wanted.earlier_accepted)
    async with services.database.work(caller.scope) as work:
        fact = await find_fact(fact_id)
        if fact.kind not in kinds:
            raise NotFound
        case = await find_case(fact.case_id)
        expected.require(case.revision)
        case = await revoke_fact(
            work, case, fact, wanted.reason, accepted, today=today_in(services.clock, caller.time_zone)
        )
    response.headers["ETag"] = etag(case.revision)
    return FactOut.of(fact)
