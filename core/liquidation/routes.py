"""Addresses of the end of an institution."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.cases.errors import CaseStepRefused, ImpossibleCaseDate
from core.cases.models import Liquidation
from core.cases.opening import find_case
from core.cases.routes.dependencies import Reader
from core.cases.schemas import CaseOut
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.liquidation.errors import LiquidationBySame, LiquidationExists, LiquidationSettled
from core.liquidation.liquidating import (
    confirm_liquidation,
    find_liquidation,
    record_liquidation,
    release_case,
    revoke_liquidation,
)
from core.liquidation.schemas import CaseReleaseIn, LiquidationIn, LiquidationOut, LiquidationReasonIn
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["cases"])

Officer = Annotated[Caller, Depends(allow(Permission.DISPOSAL_PREPARE))]
Head = Annotated[Caller, Depends(allow(Permission.RETENTION_CONFIGURE))]

_CHANGING: Final = (NotFound, StaleState, PreconditionFailed, PreconditionRequired)


def _said(response: Response, row: Liquidation) -> LiquidationOut:
    response.headers["ETag"] = etag(row.revision)
    return LiquidationOut.of(row)


@router.get("/liquidations", responses=problem_responses(BadCursor), summary="List what is recorded of a liquidation")
async def list_liquidations(caller: Reader, services: Services, page: Paging) -> Page[LiquidationOut]:
    """The newest first; at most one of them is not revoked."""
    async with services.database.work(caller.scope):
        return await paged(Listing(Liquidation.all(), ("-id",)), page, LiquidationOut.of)


@router.get("/liquidations/{liquidation_id}", responses=problem_responses(NotFound), summary="Read a liquidation")
async def read_liquidation(
    response: Response, liquidation_id: UUID, caller: Reader, services: Services
) -> LiquidationOut:
    """Who recorded and who confirmed it."""
    async with services.database.work(caller.scope):
        return _said(response, await find_liquidation(liquidation_id))


@router.post(
    "/liquidations",
    status_code=201,
    responses=problem_responses(LiquidationExists, ImpossibleCaseDate),
    summary="Record that the institution ended",
)
async def create_liquidation(
    response: Response, wanted: LiquidationIn, caller: Officer, services: Services
) -> LiquidationOut:
    """Record it with the entry that shows it; nothing follows before somebody else confirms."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        made = await record_liquidation(work, wanted.liquidated_on, wanted.evidence, today=today)
    response.headers["Location"] = f"/api/v1/liquidations/{made.id}"
    return _said(response, made)


@router.post(
    "/liquidations/{liquidation_id}/confirmation",
    responses=problem_responses(*_CHANGING, LiquidationSettled, LiquidationBySame),
    summary="Confirm that the institution ended",
)
async def confirm_recorded_liquidation(
    response: Response, liquidation_id: UUID, expected: IfMatch, caller: Head, services: Services
) -> LiquidationOut:
    """Confirm as another person: terms that run until the liquidation end with its day; no case is released by it."""
    async with services.database.work(caller.scope) as work:
        found = await find_liquidation(liquidation_id)
        expected.require(found.revision)
        return _said(response, await confirm_liquidation(work, found))


@router.post(
    "/liquidations/{liquidation_id}/revocation",
    responses=problem_responses(*_CHANGING, LiquidationSettled),
    summary="Take back that the institution ended",
)
async def revoke_recorded_liquidation(
    response: Response,
    liquidation_id: UUID,
    wanted: LiquidationReasonIn,
    expected: IfMatch,
    caller: Head,
    services: Services,
) -> LiquidationOut:
    """Take a wrong record back; cases that were released and not destroyed are kept again by their verdicts."""
    async with services.database.work(caller.scope) as work:
        found = await find_liquidation(liquidation_id)
        expected.require(found.revision)
        return _said(response, await revoke_liquidation(work, found, wanted.reason))


@router.post(
    "/cases/{case_id}/liquidation",
    responses=problem_responses(*_CHANGING, CaseStepRefused),
    summary="Release a case of an institution that ended",
)
async def release_case_on_liquidation(
    response: Response, case_id: UUID, wanted: CaseReleaseIn, expected: IfMatch, caller: Head, services: Services
) -> CaseOut:
    """Say that no archive takes a case that was kept until the liquidation; a disposal act may then take it."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        case = await find_case(case_id)
        expected.require(case.revision)
        released = await release_case(work, case, wanted.evidence, today=today)
    response.headers["ETag"] = etag(released.revision)
    return CaseOut.of(released)
