"""Addresses of filing into cases."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from pydantic import Field

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.cases.errors import CaseHeld, CaseNotOpen, VolumeClosed
from core.documents.editing import find_document
from core.documents.errors import DESTROYED, DocumentStepRefused
from core.documents.filing import Place, file_document
from core.documents.refusals import issued_paper
from core.documents.routes.dependencies import Services
from core.documents.schemas import DocumentOut
from core.kernel.errors import NotFound, StaleState
from core.web.conditional import IfMatch, etag
from core.web.errors import PreconditionFailed, PreconditionRequired
from core.web.fields import CleanText, Identifier, RequestBody
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()

Filer = Annotated[Caller, Depends(allow(Permission.CASES_WRITE))]


class FilingIn(RequestBody):
    """Where a document is filed."""

    case_id: Identifier = Field(description="An open case.")
    volume_id: Identifier | None = Field(default=None, description="An open volume of it, if one is meant.")
    reason: Annotated[CleanText, Field(max_length=1000, description="Why; needed to move what is in another case.")] = (
        ""
    )


@router.post(
    "/documents/{document_id}/filing",
    responses=problem_responses(
        NotFound,
        *DESTROYED,
        DocumentStepRefused,
        CaseNotOpen,
        CaseHeld,
        VolumeClosed,
        StaleState,
        PreconditionFailed,
        PreconditionRequired,
    ),
    summary="File a document into a case",
)
async def file_one_document(
    response: Response, document_id: UUID, wanted: FilingIn, expected: IfMatch, caller: Filer, services: Services
) -> DocumentOut:
    """Make a kept document part of an open case; from then on only an executed disposal act ends it.

    A filed document moves to another open case with a reason, and the trace stays.
    """
    place = Place(case_id=wanted.case_id, volume_id=wanted.volume_id, reason=wanted.reason)
    async with services.database.work(caller.scope) as work:
        found = await find_document(document_id)
        expected.require(found.revision)
        if found.institutional:
            raise issued_paper(found)
        found = await file_document(work, found, place)
    response.headers["ETag"] = etag(found.revision)
    return DocumentOut.of(found)
