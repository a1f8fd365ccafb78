"""Addresses of the lines of acts."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from core.access.dependencies import Services
from core.cases.asking import asking
from core.disposal.errors import DisposalLinesRefused, NothingUnarchived
from core.disposal.holding import held_lines
from core.disposal.listing import exclude_line
from core.disposal.lives import find_act, find_line
from core.disposal.models import DisposalActLine
from core.disposal.requests import ExclusionIn, ResultsDecisionIn
from core.disposal.routes.dependencies import CHANGING, STEP, Excluder, Member, Reader, ReaderLanguage
from core.disposal.schemas import ActOut, LineDetailOut, LineOut, ResultsDecidedOut
from core.disposal.snapshots import what_keeps_learners
from core.disposal.unarchived import decide_unarchived
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()


@router.get(
    "/disposal-acts/{act_id}/lines",
    responses=problem_responses(NotFound, BadCursor),
    summary="List the lines of a disposal act",
)
async def list_disposal_act_lines(
    act_id: UUID,
    caller: Reader,
    services: Services,
    page: Paging,
    living: Annotated[bool | None, Query(description="Only those still on the act, or only those taken off.")] = None,
) -> Page[LineOut]:
    """By section, index and title."""
    async with services.database.work(caller.scope) as work:
        await find_act(act_id)
        wanted = DisposalActLine.filter(act_id=act_id)
        listing = Listing(
            wanted if living is None else wanted.filter(living=living), ("section", "class_index", "title", "id")
        )
        rows, following = await listing.after(page.position(listing.position_types()), page.limit)
        held = await held_lines(work, act_id)
        work.record("disposal_act.lines_listed", "disposal_act", act_id, {"shown": len(rows)})
        return page.closed([LineOut.of(row, held) for row in rows], following)


@router.get(
    "/disposal-act-lines/{line_id}",
    responses=problem_responses(NotFound),
    summary="Why a case stands on a disposal act",
)
async def read_disposal_act_line(
    line_id: UUID, caller: Reader, services: Services, language: ReaderLanguage
) -> LineDetailOut:
    """The line with every step of the computation that ended its term, every file that will go, and who stays."""
    async with services.database.work(caller.scope) as work:
        found = await find_line(line_id)
        held = await held_lines(work, found.act_id)
        kept = await what_keeps_learners(work, found, today=today_in(services.clock, caller.time_zone))
        work.record("disposal_act.line_read", "case", found.case_id, {"act": str(found.act_id)})
        return LineDetailOut.of_all(found, held, kept, language)


@router.post(
    "/disposal-act-lines/{line_id}/exclusion",
    responses=problem_responses(*CHANGING, DisposalLinesRefused),
    summary="Take a case off a disposal act",
)
async def exclude_disposal_act_line(
    response: Response, line_id: UUID, wanted: ExclusionIn, expected: IfMatch, caller: Excluder, services: Services
) -> ActOut:
    """Take a case off while the list is open, with a reason; `If-Match` names the revision of the act."""
    async with services.database.work(caller.scope) as work:
        line = await find_line(line_id)
        act = await find_act(line.act_id)
        expected.require(act.revision)
        today = today_in(services.clock, caller.time_zone)
        act = await exclude_line(work, act, line, wanted.reason, asking(work, caller.roles), today=today)
    response.headers["ETag"] = etag(act.revision)
    return ActOut.of(act)


@router.post(
    "/disposal-act-lines/{line_id}/results-decision",
    responses=problem_responses(*STEP, NothingUnarchived),
    summary="Decide that results need not be archived",
)
async def decide_on_results_of_line(
    line_id: UUID, wanted: ResultsDecisionIn, expected: IfMatch, caller: Member, services: Services
) -> ResultsDecidedOut:
    """Say why results that no snapshot of a period holds may go with a line; not by the author of the act."""
    async with services.database.work(caller.scope) as work:
        line = await find_line(line_id)
        act = await find_act(line.act_id)
        expected.require(act.revision)
        today = today_in(services.clock, caller.time_zone)
        results = await decide_unarchived(work, act, line, reason=wanted.reason, evidence=wanted.evidence, today=today)
    return ResultsDecidedOut(line_id=line_id, results=results)
