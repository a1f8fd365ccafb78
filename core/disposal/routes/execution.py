"""Addresses of the execution of acts."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request, Response

from core.access.dependencies import Services
from core.cases.asking import asking
from core.disposal.errors import ImpossibleDecisionDate
from core.disposal.execution.ending import ask_for_space
from core.disposal.execution.errors import (
    ExecutionNotAnnounced,
    NoPaperToRecord,
    PaperAlreadyRecorded,
    ReviewersUnavailable,
    VacuumNotDue,
)
from core.disposal.execution.models import DisposalObject
from core.disposal.execution.paper_carriers import record_paper
from core.disposal.execution.reading import progress_of
from core.disposal.execution.schemas import ExecutionOut, ObjectOut, PaperEndIn, PaperRecordedOut
from core.disposal.execution.services import ExecutionServices
from core.disposal.execution.starting import announce, confirm
from core.disposal.lives import find_act, find_line
from core.disposal.routes.dependencies import STEP, Executor, Reader
from core.disposal.schemas import ActOut
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()
_EXECUTION: Final = "/disposal-acts/{act_id}/execution"


async def execution_services(request: Request) -> ExecutionServices:
    """Return what the composition root put at `app.state.execution`."""
    services: ExecutionServices = request.app.state.execution
    return services


Executing = Annotated[ExecutionServices, Depends(execution_services)]


@router.post(_EXECUTION, responses=problem_responses(*STEP), summary="Announce the execution of a disposal act")
async def announce_disposal_act_execution(
    response: Response, act_id: UUID, expected: IfMatch, caller: Executor, services: Services
) -> ActOut:
    """Say as the first of two executors that an approved act shall be executed, or a partial one gone on with.

    Nothing is destroyed before another executor confirms.
    """
    async with services.database.work(caller.scope) as work:
        found = await find_act(act_id)
        expected.require(found.revision)
        today = today_in(services.clock, caller.time_zone)
        act = await announce(work, found, asking(work, caller.roles), today=today)
    response.headers["ETag"] = etag(act.revision)
    return ActOut.of(act)


@router.post(
    f"{_EXECUTION}/confirmation",
    responses=problem_responses(*STEP, ExecutionNotAnnounced, ReviewersUnavailable),
    summary="Confirm the execution of a disposal act",
)
async def confirm_disposal_act_execution(
    response: Response, act_id: UUID, expected: IfMatch, caller: Executor, services: Services, executing: Executing
) -> ActOut:
    """Start it as the second executor; from here on there is no way back, only holds save lines that have not begun."""
    async with services.database.work(caller.scope):
        found = await find_act(act_id)
    expected.require(found.revision)
    today = today_in(services.clock, caller.time_zone)
    act = await confirm(executing, caller.scope, caller.roles, found, today=today)
    response.headers["ETag"] = etag(act.revision)
    return ActOut.of(act)


@router.get(_EXECUTION, responses=problem_responses(NotFound), summary="What a disposal act does at this moment")
async def read_disposal_act_execution(act_id: UUID, caller: Reader, services: Services) -> ExecutionOut:
    """Lines by state, versions written down and absent, who started it, and whether space was given back."""
    async with services.database.work(caller.scope) as work:
        found = await find_act(act_id)
        return ExecutionOut.of_act(found, await progress_of(work, found))


@router.get(
    "/disposal-act-lines/{line_id}/objects",
    responses=problem_responses(NotFound, BadCursor),
    summary="List what went with a line, with its proof",
)
async def list_disposal_act_line_objects(
    line_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[ObjectOut]:
    """Every version of every object, by key; written down before anything was deleted."""
    async with services.database.work(caller.scope) as work:
        line = await find_line(line_id)
        work.record("disposal_act.line_read", "case", line.case_id, {"act": str(line.act_id)})
        listing = Listing(DisposalObject.filter(line_id=line_id), ("key", "version_id"))
        return await paged(listing, page, ObjectOut.of)


@router.post(
    "/disposal-acts/{act_id}/space",
    status_code=202,
    response_class=Response,
    responses=problem_responses(NotFound, VacuumNotDue),
    summary="Give the space of destroyed files back once more",
)
async def give_disposal_act_space_back(act_id: UUID, caller: Executor, services: Services) -> Response:
    """Repeat what the execution does by itself at its end, where that failed; a job does it."""
    async with services.database.work(caller.scope) as work:
        await ask_for_space(work, await find_act(act_id))
    return Response(status_code=202)


@router.post(
    "/disposal-acts/{act_id}/paper-destruction",
    responses=problem_responses(NotFound, NoPaperToRecord, PaperAlreadyRecorded, ImpossibleDecisionDate, StaleState),
    summary="Record that paper was destroyed",
)
async def record_disposal_act_paper(
    act_id: UUID, wanted: PaperEndIn, caller: Executor, services: Services
) -> PaperRecordedOut:
    """Say of destroyed cases when and how their paper ended; destroying the scan never does that by itself."""
    async with services.database.work(caller.scope) as work:
        act = await find_act(act_id)
        today = today_in(services.clock, caller.time_zone)
        count = await record_paper(work, act, wanted.line_ids, wanted.to_end(), today=today)
    return PaperRecordedOut(lines=count, destroyed_on=wanted.destroyed_on)
