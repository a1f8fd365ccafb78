"""Addresses of decisions about terms that were not understood."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.nomenclature import decisions
from core.nomenclature.errors import (
    DecisionAnswered,
    DecisionNotUnderstood,
    DecisionPending,
    SamePerson,
    TermUnderstood,
)
from core.nomenclature.finding import find_class
from core.nomenclature.models import TermDecision
from core.nomenclature.routes.dependencies import Reader
from core.nomenclature.schemas import NomenclatureReasonIn, TermDecisionIn, TermDecisionOut
from core.nomenclature.term_reading import RuleCells
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()

Proposer = Annotated[Caller, Depends(allow(Permission.TERMS_DECIDE))]
Confirmer = Annotated[Caller, Depends(allow(Permission.TERMS_CONFIRM))]


@router.post(
    "/record-classes/{class_id}/term-decisions",
    status_code=201,
    responses=problem_responses(NotFound, TermUnderstood, DecisionNotUnderstood, DecisionPending, StaleState),
    summary="Propose how a term is read",
)
async def create_term_decision(
    response: Response, class_id: UUID, wanted: TermDecisionIn, caller: Proposer, services: Services
) -> TermDecisionOut:
    """Say what a term means that was not understood; it holds once a second person has confirmed it."""
    cells = RuleCells(term=wanted.term, footnote=wanted.note)
    proposal = decisions.Proposal(cells=cells, basis=wanted.basis, reason=wanted.reason)
    async with services.database.work(caller.scope) as work:
        made = await decisions.propose(work, await find_class(class_id), proposal)
    response.headers["Location"] = f"/api/v1/term-decisions/{made.id}"
    return TermDecisionOut.of(made)


@router.get("/term-decisions", responses=problem_responses(BadCursor), summary="List decisions about terms")
async def list_term_decisions(
    caller: Reader,
    services: Services,
    page: Paging,
    state: Annotated[
        Literal["proposed", "confirmed", "rejected"] | None, Query(description="Only those in this state.")
    ] = None,
    class_id: Annotated[UUID | None, Query(description="Only those proposed for this row.")] = None,
) -> Page[TermDecisionOut]:
    """The newest first."""
    wanted: dict[str, Any] = {"state": state, "class_id": class_id}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    async with services.database.work(caller.scope):
        return await paged(Listing(TermDecision.filter(**wanted), ("-id",)), page, TermDecisionOut.of)


@router.get("/term-decisions/{decision_id}", responses=problem_responses(NotFound), summary="Read a decision")
async def read_term_decision(decision_id: UUID, caller: Reader, services: Services) -> TermDecisionOut:
    """What was proposed, on which basis, and what the second person answered."""
    async with services.database.work(caller.scope):
        return TermDecisionOut.of(await decisions.find_decision(decision_id))


@router.post(
    "/term-decisions/{decision_id}/confirmation",
    responses=problem_responses(NotFound, SamePerson, DecisionAnswered),
    summary="Confirm how a term is read",
)
async def confirm_term_decision(
    decision_id: UUID, answer: NomenclatureReasonIn, caller: Confirmer, services: Services
) -> TermDecisionOut:
    """Confirm another person's proposal: it is a new version of the rule, and dates are computed anew."""
    async with services.database.work(caller.scope) as work:
        found = await decisions.find_decision(decision_id)
        return TermDecisionOut.of(await decisions.confirm(work, found, answer.reason))


@router.post(
    "/term-decisions/{decision_id}/rejection",
    responses=problem_responses(NotFound, SamePerson, DecisionAnswered),
    summary="Reject how a term is read",
)
async def reject_term_decision(
    decision_id: UUID, answer: NomenclatureReasonIn, caller: Confirmer, services: Services
) -> TermDecisionOut:
    """Refuse another person's proposal; the term stays to be decided."""
    async with services.database.work(caller.scope) as work:
        found = await decisions.find_decision(decision_id)
        return TermDecisionOut.of(await decisions.reject(work, found, answer.reason))
