"""Addresses of the steps from a draft to a nomenclature in force."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound, StaleState
from core.nomenclature import approval
from core.nomenclature.errors import (
    ImpossibleMinutesDate,
    NomenclatureEmpty,
    NomenclatureStepRefused,
    SamePerson,
)
from core.nomenclature.finding import find_version
from core.nomenclature.models import NomenclatureVersion
from core.nomenclature.routes.dependencies import Writer
from core.nomenclature.schemas import ApprovalIn, MinutesIn, NomenclatureReasonIn, NomenclatureVersionOut
from core.web.conditional import ExpectedRevision, IfMatch, etag
from core.web.errors import PreconditionFailed, PreconditionRequired
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()

Commission = Annotated[Caller, Depends(allow(Permission.NOMENCLATURE_AGREE))]
Head = Annotated[Caller, Depends(allow(Permission.NOMENCLATURE_APPROVE))]
Returner = Annotated[Caller, Depends(allow(Permission.NOMENCLATURE_RETURN))]
_STEP = (NotFound, NomenclatureStepRefused, StaleState, PreconditionFailed, PreconditionRequired)
_PATH = "/nomenclature-versions/{version_id}"


async def _expected(version_id: UUID, expected: ExpectedRevision) -> NomenclatureVersion:
    version = await find_version(version_id)
    expected.require(version.revision)
    return version


def _said(response: Response, version: NomenclatureVersion) -> NomenclatureVersionOut:
    response.headers["ETag"] = etag(version.revision)
    return NomenclatureVersionOut.of(version)


@router.post(
    f"{_PATH}/submission", responses=problem_responses(*_STEP, NomenclatureEmpty), summary="Submit a nomenclature"
)
async def submit_nomenclature(
    response: Response, version_id: UUID, expected: IfMatch, caller: Writer, services: Services
) -> NomenclatureVersionOut:
    """Fix the rows of a draft and put it before the commission."""
    async with services.database.work(caller.scope) as work:
        version = await approval.submit(work, await _expected(version_id, expected))
    return _said(response, version)


@router.post(
    f"{_PATH}/agreement",
    responses=problem_responses(*_STEP, SamePerson, ImpossibleMinutesDate),
    summary="Record the commission's agreement",
)
async def agree_to_nomenclature(
    response: Response, version_id: UUID, minutes: MinutesIn, expected: IfMatch, caller: Commission, services: Services
) -> NomenclatureVersionOut:
    """Write down the minutes by which the commission agrees; nobody who worked on the draft may do it."""
    said = approval.Minutes(date=minutes.held_on, number=minutes.number, members=minutes.members)
    async with services.database.work(caller.scope) as work:
        version = await _expected(version_id, expected)
        version = await approval.agree(work, version, said, today=today_in(services.clock, caller.time_zone))
    return _said(response, version)


@router.post(
    f"{_PATH}/approval",
    responses=problem_responses(*_STEP, SamePerson, ImpossibleMinutesDate),
    summary="Approve a nomenclature",
)
async def approve_nomenclature(
    response: Response, version_id: UUID, wanted: ApprovalIn, expected: IfMatch, caller: Head, services: Services
) -> NomenclatureVersionOut:
    """Approve what the commission agreed to; from its day on it is in force, and nothing changes it any more."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        version = await _expected(version_id, expected)
        version = await approval.approve(
            work, version, number=wanted.number, approved_on=wanted.approved_on or today, today=today
        )
    return _said(response, version)


@router.post(f"{_PATH}/return", responses=problem_responses(*_STEP), summary="Return a nomenclature to its draft")
async def return_nomenclature(
    response: Response,
    version_id: UUID,
    decision: NomenclatureReasonIn,
    expected: IfMatch,
    caller: Returner,
    services: Services,
) -> NomenclatureVersionOut:
    """Make a submitted or agreed version a draft again; what was agreed is void."""
    async with services.database.work(caller.scope) as work:
        version = await approval.send_back(work, await _expected(version_id, expected), decision.reason)
    return _said(response, version)


@router.post(f"{_PATH}/abandonment", responses=problem_responses(*_STEP), summary="Abandon an amendment")
async def abandon_nomenclature(
    response: Response,
    version_id: UUID,
    decision: NomenclatureReasonIn,
    expected: IfMatch,
    caller: Writer,
    services: Services,
) -> NomenclatureVersionOut:
    """End the draft of an amendment that nobody needs; the approved version stays as it is."""
    async with services.database.work(caller.scope) as work:
        version = await approval.abandon(work, await _expected(version_id, expected), decision.reason)
    return _said(response, version)
