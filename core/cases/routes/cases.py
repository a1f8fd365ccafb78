"""Addresses of cases: opening, listing, correcting, closing, opening again."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Response

from core.access.dependencies import Services
from core.cases import closing
from core.cases.errors import ClassNotInForce, ImpossibleCaseDate, NoCarrier
from core.cases.holds import holds_over
from core.cases.models import Case, Movement, Volume
from core.cases.opening import edit_case, find_case, open_case
from core.cases.requests import CaseIn, CasePatch, ClosingIn, ReopeningIn
from core.cases.routes.dependencies import CHANGING, STEP, Reader, Writer
from core.cases.schemas import CaseDetailOut, CaseOut, MovementOut
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor
from core.web.fields import Day
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router
from retention.case_facts import CaseState

router = Router(tags=["cases"])


async def _filters(
    state: CaseState | None = None,
    year: Annotated[int | None, Query(ge=1900, le=2999, description="Only those opened in this office year.")] = None,
    class_id: Annotated[UUID | None, Query(description="Only those of this row of a nomenclature.")] = None,
    lineage_id: Annotated[UUID | None, Query(description="Only those of this class, through all years.")] = None,
    subject_id: Annotated[
        UUID | None, Query(description="Only the one that is this personal file, register or export.")
    ] = None,
) -> dict[str, Any]:
    given = {"state": state, "year": year, "class_id": class_id, "lineage_id": lineage_id, "subject_id": subject_id}
    return {name: value for name, value in given.items() if value is not None}


Filters = Annotated[dict[str, Any], Depends(_filters)]


@router.get("/cases", responses=problem_responses(BadCursor), summary="List cases")
async def list_cases(caller: Reader, services: Services, page: Paging, wanted: Filters) -> Page[CaseOut]:
    """The newest first."""
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(Case.filter(**wanted), ("-id",)), page, CaseOut.of)
        filters = {name: str(value) for name, value in wanted.items()}
        work.record("case.listed", "case", "", {"filters": filters, "shown": len(shown.items)})
    return shown


@router.get("/due-cases", responses=problem_responses(BadCursor), summary="List what is due")
async def list_due_cases(
    caller: Reader,
    services: Services,
    page: Paging,
    due_on: Annotated[Day | None, Query(description="Due by this day; left out: the institution's today.")] = None,
) -> Page[CaseOut]:
    """Cases whose earliest date has come, the longest due first; holds and open decisions still stand against acts."""
    day = due_on or today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        due = Case.filter(state__in=[CaseState.RETAINED, CaseState.EXPIRED], earliest_act_date__lte=day)
        shown = await paged(Listing(due, ("earliest_act_date", "id")), page, CaseOut.of)
        work.record("case.listed", "case", "", {"filters": {"due_on": day.isoformat()}, "shown": len(shown.items)})
    return shown


@router.post(
    "/cases",
    status_code=201,
    responses=problem_responses(NotFound, ClassNotInForce, ImpossibleCaseDate, NoCarrier),
    summary="Open a case",
)
async def create_case(response: Response, wanted: CaseIn, caller: Writer, services: Services) -> CaseOut:
    """Open a case with its first volume under a row of the nomenclature that is in force on the day of opening."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        made = await open_case(work, wanted.to_new_case(today), today=today)
    response.headers["Location"] = f"/api/v1/cases/{made.id}"
    return _said(response, made)


@router.get("/cases/{case_id}", responses=problem_responses(NotFound), summary="Read a case")
async def read_case(response: Response, case_id: UUID, caller: Reader, services: Services) -> CaseDetailOut:
    """The case with its volumes, and which holds cover it."""
    async with services.database.work(caller.scope) as work:
        found = await find_case(case_id)
        volumes = await Volume.filter(case_id=case_id).order_by("number", "part")
        holds = await holds_over(work, case_id)
        work.record("case.read", "case", case_id)
    # No 304 here: holds come and go without the revision of the case.
    response.headers["ETag"] = etag(found.revision)
    return CaseDetailOut.of_all(found, volumes, holds)


@router.patch("/cases/{case_id}", responses=problem_responses(*CHANGING), summary="Correct a case")
async def change_case(
    response: Response, case_id: UUID, changes: CasePatch, expected: IfMatch, caller: Writer, services: Services
) -> CaseOut:
    """Change title, place or note."""
    async with services.database.work(caller.scope) as work:
        found = await find_case(case_id)
        expected.require(found.revision)
        found = await edit_case(work, found, changes.changes())
    return _said(response, found)


@router.get(
    "/cases/{case_id}/movements",
    responses=problem_responses(NotFound, BadCursor),
    summary="List which documents came into a case",
)
async def list_case_movements(case_id: UUID, caller: Reader, services: Services, page: Paging) -> Page[MovementOut]:
    """In the order in which they came; those that left again are still listed here."""
    async with services.database.work(caller.scope):
        await find_case(case_id)
        return await paged(Listing(Movement.filter(to_case_id=case_id), ("id",)), page, MovementOut.of)


@router.post("/cases/{case_id}/closing", responses=problem_responses(*STEP), summary="Close a case")
async def close_one_case(
    response: Response, case_id: UUID, wanted: ClosingIn, expected: IfMatch, caller: Writer, services: Services
) -> CaseOut:
    """Close a case on the day of its last document or of the formal closing; its term begins, and is computed."""
    async with services.database.work(caller.scope) as work:
        found = await find_case(case_id)
        expected.require(found.revision)
        found = await closing.close_case(
            work,
            found,
            closed_on=wanted.closed_on,
            today=today_in(services.clock, caller.time_zone),
            close_volumes=wanted.close_volumes,
        )
    return _said(response, found)


@router.post("/cases/{case_id}/reopening", responses=problem_responses(*STEP), summary="Open a case again")
async def reopen_one_case(
    response: Response, case_id: UUID, decision: ReopeningIn, expected: IfMatch, caller: Writer, services: Services
) -> CaseOut:
    """Open a case again that was closed by mistake or too early, as long as it is on no act."""
    async with services.database.work(caller.scope) as work:
        found = await find_case(case_id)
        expected.require(found.revision)
        found = await closing.reopen_case(
            work, found, decision.reason, today=today_in(services.clock, caller.time_zone)
        )
    return _said(response, found)


def _said(response: Response, case: Case) -> CaseOut:
    response.headers["ETag"] = etag(case.revision)
    return CaseOut.of(case)
