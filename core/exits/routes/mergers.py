"""Addresses of mergers of cases."""

from uuid import UUID

from fastapi import Response

from core.access.dependencies import Services
from core.cases.opening import find_case
from core.exits.errors import CaseLeaving, MergerRefused
from core.exits.merging import merge_cases
from core.exits.models import CaseMerger
from core.exits.requests import MergerIn
from core.exits.routes.dependencies import CHANGING, CaseReader, Officer
from core.exits.schemas import MergerOut
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.web.conditional import IfMatch
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()


@router.get(
    "/cases/{case_id}/mergers",
    responses=problem_responses(NotFound, BadCursor),
    summary="List which cases went into a case",
)
async def list_case_mergers(case_id: UUID, caller: CaseReader, services: Services, page: Paging) -> Page[MergerOut]:
    """In the order in which they came."""
    async with services.database.work(caller.scope):
        await find_case(case_id)
        return await paged(Listing(CaseMerger.filter(into_case_id=case_id), ("id",)), page, MergerOut.of)


@router.post(
    "/cases/{case_id}/merger",
    status_code=201,
    responses=problem_responses(*CHANGING, MergerRefused, CaseLeaving),
    summary="Merge a case into another one",
)
async def merge_case(
    response: Response, case_id: UUID, wanted: MergerIn, expected: IfMatch, caller: Officer, services: Services
) -> MergerOut:
    """Let an open case go into another one of its class; documents and volumes follow; there is no way back."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        found = await find_case(case_id)
        expected.require(found.revision)
        made = await merge_cases(work, found, wanted.into_case_id, wanted.reason, today=today)
    response.headers["Location"] = f"/api/v1/cases/{wanted.into_case_id}/mergers"
    return MergerOut.of(made)
