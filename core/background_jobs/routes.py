"""Routes by which people follow background jobs and stop them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from core.access.dependencies import Services, allow
from core.access.errors import CsrfRefused, NotSignedIn
from core.access.gate import Caller
from core.access.permissions import Permission
from core.background_jobs.schemas import JobState, JobView
from core.kernel.errors import Forbidden, NotFound, StaleState
from core.kernel.jobs.cancellation import request_cancellation
from core.kernel.keyset import Listing
from core.kernel.models import JobRow
from core.web.errors import BadCursor
from core.web.fields import CleanLine
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1/jobs", tags=["background jobs"])

Reader = Annotated[Caller, Depends(allow(Permission.JOBS_READ))]
Canceller = Annotated[Caller, Depends(allow(Permission.JOBS_CANCEL))]
Word = Annotated[CleanLine, Field(min_length=1, max_length=200)] | None


@router.get("", summary="Background jobs", responses=problem_responses(NotSignedIn, Forbidden, BadCursor))
async def list_jobs(
    services: Services,
    caller: Reader,
    page: Paging,
    *,
    state: Annotated[JobState | None, Query(description="Only those that are so far.")] = None,
    kind: Annotated[Word, Query(description="Only those that do this.", examples=["document.render_preview"])] = None,
    subject_type: Annotated[Word, Query(description="Only those about such.", examples=["document"])] = None,
    subject_id: Annotated[Word, Query(description="Only those about this one.")] = None,
) -> Page[JobView]:
    """List the jobs of this institution, the newest first."""
    said = {"state": state and state.value, "kind": kind, "subject_type": subject_type, "subject_id": subject_id}
    conditions = {name: value for name, value in said.items() if value is not None}
    async with services.database.work(caller.scope):
        return await paged(Listing(JobRow.all().filter(**conditions), ("-id",)), page, JobView.of)


@router.get("/{job_id}", summary="One background job", responses=problem_responses(NotSignedIn, Forbidden, NotFound))
async def read_job(job_id: UUID, services: Services, caller: Reader) -> JobView:
    """Show how far a job is."""
    async with services.database.work(caller.scope):
        return await _job(job_id)


@router.post(
    "/{job_id}/cancellation",
    summary="Stop a background job",
    status_code=202,
    responses=problem_responses(NotSignedIn, CsrfRefused, Forbidden, NotFound, StaleState),
)
async def cancel_job(job_id: UUID, services: Services, caller: Canceller) -> JobView:
    """Ask a job to stop: one that waits is cancelled at once, one that runs at its next step. What is done stays."""
    async with services.database.work(caller.scope) as work:
        await request_cancellation(work, job_id)
        return await _job(job_id)


async def _job(job_id: UUID) -> JobView:
    row = await JobRow.all().filter(id=job_id).first()
    if row is None:
        raise NotFound
    return JobView.of(row)
