"""Background jobs, as the API shows them."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.kernel.models import JobRow


class JobState(StrEnum):
    """What a job is doing."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobView(BaseModel):
    """A background job."""

    id: UUID
    kind: str = Field(description="What it does.", examples=["document.render_preview"])
    subject_type: str = Field(examples=["document"])
    subject_id: str = Field(examples=["0198c5a0-7d2e-7c1b-9f00-4a1de6d2b3c4"])
    state: JobState
    done: int = Field(description="Steps that are done.")
    total: int | None = Field(description="Steps altogether; null while nobody knows.")
    message: str = Field(description="What it is at, or the code of the error it met last; may be empty.")
    attempts: int = Field(description="How often it was started.")
    requested_by: UUID | None = Field(description="Account; null for the system.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None = Field(
        description="When somebody asked it to stop; it stops at its next step."
    )

    @classmethod
    def of(cls, job: JobRow) -> Self:
        """Show a job."""
        return cls(
            id=job.id,
            kind=job.kind,
            subject_type=job.subject_type,
            subject_id=job.subject_id,
            state=JobState(job.state),
            done=job.done,
            total=job.total,
            message=job.message,
            attempts=job.attempts,
            requested_by=job.requested_by,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            cancel_requested_at=job.cancel_requested_at,
        )
