"""Addresses of study periods."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from core.access.dependencies import Services
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.people.errors import EndsBeforeStart
from core.people.schemas import StudyYear
from core.studies import periods
from core.studies.errors import PeriodsInCircle, StudyPeriodsOverlap
from core.studies.models import PeriodKind, StudyPeriod
from core.studies.periods import edit_period, find_period
from core.studies.routes.dependencies import Reader, Writer
from core.studies.schemas import PeriodIn, PeriodOut, PeriodPatch
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.fields import Day
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["studies"])


@router.get("/study-periods", responses=problem_responses(BadCursor), summary="List study periods")
async def list_periods(
    caller: Reader,
    services: Services,
    page: Paging,
    study_year: Annotated[StudyYear | None, Query(description="Only those of this study year.")] = None,
    kind: Annotated[PeriodKind | None, Query(description="Only those of this kind.")] = None,
    on: Annotated[Day | None, Query(description="Only those that have this day.")] = None,
    overlapping: Annotated[
        bool | None, Query(description="Only those that a source made overlap, or only the others.")
    ] = None,
) -> Page[PeriodOut]:
    """In the order of their first days."""
    given = {
        "study_year": study_year,
        "kind": kind,
        "overlapping": overlapping,
        "starts_on__lte": on,
        "ends_on__gte": on,
    }
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(StudyPeriod.filter(**wanted), ("starts_on", "id")), page, PeriodOut.of)
        work.record("study_period.listed", "study_period", "", {"filters": wanted, "shown": len(shown.items)})
    return shown


@router.post(
    "/study-periods",
    status_code=201,
    responses=problem_responses(StudyPeriodsOverlap, EndsBeforeStart, NotFound),
    summary="Make a study period",
)
async def create_period(response: Response, wanted: PeriodIn, caller: Writer, services: Services) -> PeriodOut:
    """Make a study year or a reporting period."""
    async with services.database.work(caller.scope) as work:
        period = await periods.create_period(work, wanted.to_wanted())
    response.headers["Location"] = f"/api/v1/study-periods/{period.id}"
    response.headers["ETag"] = etag(period.revision)
    return PeriodOut.of(period)


@router.get(
    "/study-periods/{study_period_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a study period"
)
async def read_period(
    request: Request, response: Response, study_period_id: UUID, caller: Reader, services: Services
) -> PeriodOut:
    """What is known of a study period."""
    async with services.database.work(caller.scope) as work:
        period = await find_period(study_period_id)
        fresh(request, response, period.revision)
        work.record("study_period.read", "study_period", study_period_id)
    return PeriodOut.of(period)


@router.patch(
    "/study-periods/{study_period_id}",
    responses=problem_responses(
        NotFound,
        StudyPeriodsOverlap,
        EndsBeforeStart,
        PeriodsInCircle,
        StaleState,
        PreconditionFailed,
        PreconditionRequired,
    ),
    summary="Correct a study period",
)
async def change_period(
    response: Response,
    study_period_id: UUID,
    changes: PeriodPatch,
    expected: IfMatch,
    caller: Writer,
    services: Services,
) -> PeriodOut:
    """Change the members that are sent."""
    async with services.database.work(caller.scope) as work:
        period = await find_period(study_period_id)
        expected.require(period.revision)
        period = await edit_period(work, period, changes.changes())
    response.headers["ETag"] = etag(period.revision)
    return PeriodOut.of(period)
