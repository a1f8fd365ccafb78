"""Addresses of what concerns one learner: the extract, statements of will, special needs."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from core.access.dependencies import Services
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.people.keeping import find_person
from core.results import special_needs, will
from core.results.errors import ImpossibleResultDate, SpecialNeedEnded, WillRecorded, WillWithdrawn
from core.results.extract import extract_of
from core.results.models import SpecialNeed, WillStatement
from core.results.routes.dependencies import NeedsReader, NeedsWriter, Reader, WillWriter
from core.results.routes.results import scales_of
from core.results.schemas.learners import ExtractOut, NeedEndIn, NeedIn, NeedOut, WillIn, WillOut, WillWithdrawalIn
from core.web.errors import BadCursor
from core.web.fields import Day
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["results"])


@router.get(
    "/people/{person_id}/results-extract", responses=problem_responses(NotFound), summary="Read a learner's extract"
)
async def read_results_extract(
    person_id: UUID,
    caller: Reader,
    services: Services,
    period_id: Annotated[UUID | None, Query(description="Of this study period; left out: of the whole study.")] = None,
    since: Annotated[Day | None, Query(description="From this day of lesson or mark on.")] = None,
    until: Annotated[Day | None, Query(description="Up to this day of lesson or mark.")] = None,
) -> ExtractOut:
    """All results of one learner by kinds, without diagnostics, restricted kinds and what was struck out."""
    async with services.database.work(caller.scope) as work:
        extract = await extract_of(work, person_id, period_id=period_id, since=since, until=until)
        scales = await scales_of(row for each in extract.kinds for row in (*each.final, *each.current))
    return ExtractOut.of(extract, scales)


@router.post(
    "/people/{person_id}/will-statements",
    status_code=201,
    responses=problem_responses(NotFound, ImpossibleResultDate, WillRecorded),
    summary="Record a statement of will",
)
async def record_will_statement(person_id: UUID, wanted: WillIn, caller: WillWriter, services: Services) -> WillOut:
    """Write down that a learner or a representative wants results to be accounted for."""
    async with services.database.work(caller.scope) as work:
        return WillOut.of(await will.record_will(work, person_id, wanted.to_will()))


@router.get(
    "/people/{person_id}/will-statements",
    responses=problem_responses(NotFound, BadCursor),
    summary="List a learner's statements of will",
)
async def list_will_statements(person_id: UUID, caller: Reader, services: Services, page: Paging) -> Page[WillOut]:
    """The newest first, withdrawn ones too."""
    async with services.database.work(caller.scope) as work:
        await find_person(person_id)
        shown = await paged(Listing(WillStatement.filter(person_id=person_id), ("-id",)), page, WillOut.of)
        work.record("will_statement.listed", "person", person_id, {"shown": len(shown.items)})
    return shown


@router.post(
    "/will-statements/{statement_id}/withdrawal",
    responses=problem_responses(NotFound, ImpossibleResultDate, WillWithdrawn),
    summary="Record the withdrawal of a statement of will",
)
async def withdraw_will_statement(
    statement_id: UUID, wanted: WillWithdrawalIn, caller: WillWriter, services: Services
) -> WillOut:
    """Write down that a statement is withdrawn; what was entered before stays, nothing new is entered by it."""
    async with services.database.work(caller.scope) as work:
        statement = await will.find_will(statement_id)
        return WillOut.of(await will.withdraw_will(work, statement, **wanted.model_dump()))


@router.post(
    "/people/{person_id}/special-needs",
    status_code=201,
    responses=problem_responses(NotFound, ImpossibleResultDate),
    summary="Record a special need or a talent",
)
async def record_special_need(person_id: UUID, wanted: NeedIn, caller: NeedsWriter, services: Services) -> NeedOut:
    """Write down what a learner needs, or is talented in; few may read it, and it is found by no search."""
    async with services.database.work(caller.scope) as work:
        return NeedOut.of(await special_needs.record_need(work, person_id, **wanted.model_dump()))


@router.get(
    "/people/{person_id}/special-needs",
    responses=problem_responses(NotFound, BadCursor),
    summary="List a learner's special needs",
)
async def list_special_needs(person_id: UUID, caller: NeedsReader, services: Services, page: Paging) -> Page[NeedOut]:
    """The newest first, ended ones too."""
    async with services.database.work(caller.scope) as work:
        await find_person(person_id)
        shown = await paged(Listing(SpecialNeed.filter(person_id=person_id), ("-id",)), page, NeedOut.of)
        work.record("special_need.listed", "person", person_id, {"shown": len(shown.items)})
    return shown


@router.post(
    "/special-needs/{need_id}/ending",
    responses=problem_responses(NotFound, ImpossibleResultDate, SpecialNeedEnded),
    summary="Record the end of a special need",
)
async def end_special_need(need_id: UUID, wanted: NeedEndIn, caller: NeedsWriter, services: Services) -> NeedOut:
    """Write down its last day, and why."""
    async with services.database.work(caller.scope) as work:
        need = await special_needs.find_need(need_id)
        return NeedOut.of(await special_needs.end_need(work, need, ends_on=wanted.ends_on, reason=wanted.reason))
