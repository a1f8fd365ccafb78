"""Addresses of what an institution decides for itself, and of its year."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.cases.errors import FinalRecordExists, TermsUndecided, YearNotOver
from core.cases.final_record import count_year, find_final_record, make_final_record
from core.cases.policy import decide_policy, latest_policy
from core.cases.requests import RetentionPolicyIn
from core.cases.routes.dependencies import Reader
from core.cases.schemas import FinalRecordOut, RetentionPolicyOut
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound
from core.nomenclature.finding import find_nomenclature
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["cases"])

Head = Annotated[Caller, Depends(allow(Permission.RETENTION_CONFIGURE))]
Officer = Annotated[Caller, Depends(allow(Permission.NOMENCLATURE_WRITE))]


@router.get("/retention-policy", summary="Read how terms are read")
async def read_retention_policy(caller: Reader, services: Services) -> RetentionPolicyOut:
    """What the institution decided about the reading of terms; while it has not, everything is kept longer."""
    async with services.database.work(caller.scope):
        return RetentionPolicyOut.of(await latest_policy())


@router.post("/retention-policies", status_code=201, summary="Decide how terms are read")
async def create_retention_policy(
    response: Response, wanted: RetentionPolicyIn, caller: Head, services: Services
) -> RetentionPolicyOut:
    """Decide anew; dates that were computed stay until they are computed anew, and then none moves earlier silently."""
    async with services.database.work(caller.scope) as work:
        made = await decide_policy(work, wanted.model_dump())
    response.headers["Location"] = "/api/v1/retention-policy"
    return RetentionPolicyOut.of(made)


@router.get(
    "/nomenclatures/{nomenclature_id}/final-record",
    responses=problem_responses(NotFound),
    summary="Read the final record of a year",
)
async def read_final_record(nomenclature_id: UUID, caller: Reader, services: Services) -> FinalRecordOut:
    """As it was made at the end of the year; before that, as it would be now."""
    async with services.database.work(caller.scope) as work:
        found = await find_nomenclature(nomenclature_id)
        made = await find_final_record(found)
        counted = await count_year(work, found.year) if made is None else made.content["counted"]
    return FinalRecordOut.of(found.year, counted, made)


@router.post(
    "/nomenclatures/{nomenclature_id}/final-record",
    status_code=201,
    responses=problem_responses(NotFound, YearNotOver, FinalRecordExists, TermsUndecided),
    summary="Make the final record of a year",
)
async def create_final_record(
    response: Response, nomenclature_id: UUID, caller: Officer, services: Services
) -> FinalRecordOut:
    """Fix how many cases of which category were opened in a year that is over."""
    async with services.database.work(caller.scope) as work:
        found = await find_nomenclature(nomenclature_id)
        made = await make_final_record(work, found, today=today_in(services.clock, caller.time_zone))
    response.headers["Location"] = f"/api/v1/nomenclatures/{nomenclature_id}/final-record"
    return FinalRecordOut.of(found.year, made.content["counted"], made)
