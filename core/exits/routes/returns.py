"""Addresses of returns to owners."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Query, Response

from core.access.dependencies import Services
from core.cases.errors import CaseStepRefused
from core.exits import returning
from core.exits.errors import (
    CaseLeaving,
    ImpossibleExitDate,
    NothingToReturn,
    ReceiptNumberTaken,
    ReturnStepRefused,
)
from core.exits.forms import receipt
from core.exits.models import OwnerReturn
from core.exits.requests import ExitReasonIn, ReturnIn, ReturnReceiptIn
from core.exits.routes.dependencies import CHANGING, Clerk, Exits, Officer, ReturnReader
from core.exits.routes.transfers import PDF
from core.exits.schemas import ReturnOut
from core.institutions.registry import present
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.papers.errors import PaperNotSet
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()
_ONE: Final = "/returns/{return_id}"
_AGAINST: Final = (NothingToReturn, CaseLeaving, ReturnStepRefused, CaseStepRefused)


def _said(response: Response, row: OwnerReturn) -> ReturnOut:
    response.headers["ETag"] = etag(row.revision)
    return ReturnOut.of(row)


@router.get("/returns", responses=problem_responses(BadCursor), summary="List returns to owners")
async def list_returns(
    caller: ReturnReader,
    services: Services,
    page: Paging,
    state: Annotated[
        Literal["prepared", "confirmed", "cancelled"] | None, Query(description="Only those in this state.")
    ] = None,
    case_id: Annotated[UUID | None, Query(description="Only those of this case.")] = None,
    document_id: Annotated[UUID | None, Query(description="Only those of this document.")] = None,
) -> Page[ReturnOut]:
    """The register of receipts, the newest first."""
    given = {"state": state, "case_id": case_id, "document_id": document_id}
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(OwnerReturn.filter(**wanted), ("-id",)), page, ReturnOut.of)
        filters = {name: str(value) for name, value in wanted.items()}
        work.record("return.listed", "return", "", {"filters": filters, "shown": len(shown.items)})
    return shown


@router.post("/returns", status_code=201, responses=problem_responses(NotFound, *_AGAINST), summary="Prepare a return")
async def create_return(response: Response, wanted: ReturnIn, caller: Clerk, services: Services) -> ReturnOut:
    """Prepare the return of a case, or of one document; print the receipt and let the owner sign it."""
    async with services.database.work(caller.scope) as work:
        made = await returning.prepare_return(work, wanted.to_new())
    response.headers["Location"] = f"/api/v1/returns/{made.id}"
    return _said(response, made)


@router.get(_ONE, responses=problem_responses(NotFound), summary="Read a return")
async def read_return(response: Response, return_id: UUID, caller: ReturnReader, services: Services) -> ReturnOut:
    """What is returned to whom, and whether the receipt is signed."""
    async with services.database.work(caller.scope) as work:
        found = await returning.find_return(return_id)
        work.record("return.read", "return", return_id)
    return _said(response, found)


@router.get(
    f"{_ONE}/receipt",
    response_class=Response,
    responses=PDF | problem_responses(NotFound, PaperNotSet),
    summary="Print the receipt",
)
async def export_receipt(return_id: UUID, caller: ReturnReader, exits: Exits) -> Response:
    """«Расписка в получении документов» as PDF/A-2b."""
    async with exits.database.work(caller.scope) as work:
        found = await returning.find_return(return_id)
        paper = receipt(await present(work), found)
        work.record("return.printed", "return", return_id, {"digest": paper.digest})
    return Response(await exits.press.set_pdf(paper), media_type="application/pdf")


@router.post(
    f"{_ONE}/confirmation",
    responses=problem_responses(*CHANGING, *_AGAINST, ImpossibleExitDate, ReceiptNumberTaken),
    summary="Confirm a return",
)
async def confirm_return(
    response: Response, return_id: UUID, wanted: ReturnReceiptIn, expected: IfMatch, caller: Officer, services: Services
) -> ReturnOut:
    """Record that the receipt is signed, as another person than who prepared it; there is no way back."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        found = await returning.find_return(return_id)
        expected.require(found.revision)
        confirmed = await returning.confirm_return(
            work, found, caller.roles, wanted.number, wanted.day(today), today=today
        )
        return _said(response, confirmed)


@router.post(
    f"{_ONE}/cancellation", responses=problem_responses(*CHANGING, ReturnStepRefused), summary="Cancel a return"
)
async def cancel_return(
    response: Response, return_id: UUID, wanted: ExitReasonIn, expected: IfMatch, caller: Clerk, services: Services
) -> ReturnOut:
    """Give up what was prepared."""
    async with services.database.work(caller.scope) as work:
        found = await returning.find_return(return_id)
        expected.require(found.revision)
        return _said(response, await returning.cancel_return(work, found, wanted.reason))
