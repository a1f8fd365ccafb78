"""Addresses of transfers to archives."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query, Response

from core.access.dependencies import Services
from core.cases.asking import asking
from core.exits import transferring
from core.exits.contents import files_here
from core.exits.errors import (
    CaseLeaving,
    CasesNotTransferable,
    ImpossibleExitDate,
    NothingToTransfer,
    PackageMismatch,
    PackageNotReady,
    PackageOutdated,
    TransferNumberTaken,
    TransferStepRefused,
)
from core.exits.forms import transfer_act
from core.exits.lines import held_lines
from core.exits.lives import find_transfer, find_transfer_line
from core.exits.models import Transfer, TransferLine, TransferState
from core.exits.packages import present_package
from core.exits.requests import ExitReasonIn, TransferAcceptanceIn, TransferApprovalIn, TransferIn
from core.exits.routes.dependencies import CHANGING, Canceller, Exits, Head, Officer, Reader
from core.exits.schemas import TransferDetailOut, TransferLineOut, TransferOut
from core.institutions.registry import present
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.papers.errors import PaperNotSet, PaperTooLarge
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()
_ONE: Final = "/transfers/{transfer_id}"
_STEP: Final = (*CHANGING, TransferStepRefused)
PDF: Final[dict[int | str, dict[str, Any]]] = {200: {"description": "PDF/A-2b.", "content": {"application/pdf": {}}}}


def _said(response: Response, row: Transfer) -> TransferOut:
    response.headers["ETag"] = etag(row.revision)
    return TransferOut.of(row)


@router.get("/transfers", responses=problem_responses(BadCursor), summary="List transfers to archives")
async def list_transfers(
    caller: Reader,
    services: Services,
    page: Paging,
    state: Annotated[TransferState | None, Query(description="Only those in this state.")] = None,
) -> Page[TransferOut]:
    """The newest first."""
    wanted = {} if state is None else {"state": state}
    async with services.database.work(caller.scope):
        return await paged(Listing(Transfer.filter(**wanted), ("-id",)), page, TransferOut.of)


@router.post(
    "/transfers",
    status_code=201,
    responses=problem_responses(NotFound, NothingToTransfer, CasesNotTransferable, CaseLeaving),
    summary="Prepare a transfer to an archive",
)
async def create_transfer(response: Response, wanted: TransferIn, caller: Officer, services: Services) -> TransferOut:
    """List the cases that are to go; they stay what they are until the archive has signed."""
    async with services.database.work(caller.scope) as work:
        made = await transferring.prepare_transfer(work, wanted.to_new())
    response.headers["Location"] = f"/api/v1/transfers/{made.id}"
    return _said(response, made)


@router.get(_ONE, responses=problem_responses(NotFound), summary="Read a transfer")
async def read_transfer(response: Response, transfer_id: UUID, caller: Reader, services: Services) -> TransferDetailOut:
    """Where it stands, and which of its files still lie here."""
    async with services.database.work(caller.scope) as work:
        found = await find_transfer(transfer_id)
        lines = TransferLine.filter(transfer_id=transfer_id, state__in=["listed", "transferred"])
        case_ids: list[UUID] = await lines.values_list("case_id", flat=True)  # type: ignore[assignment]
        shown = TransferDetailOut.of_all(found, len(case_ids), await files_here(work, case_ids))
        work.record("transfer.read", "transfer", transfer_id)
    response.headers["ETag"] = etag(found.revision)
    return shown


@router.get(f"{_ONE}/lines", responses=problem_responses(NotFound, BadCursor), summary="List the cases of a transfer")
async def list_transfer_lines(
    transfer_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[TransferLineOut]:
    """In the order of the act; those that were taken off are shown with the reason."""
    async with services.database.work(caller.scope) as work:
        await find_transfer(transfer_id)
        held = await held_lines(work, transfer_id)
        listing = Listing(TransferLine.filter(transfer_id=transfer_id), ("position", "id"))
        shown = await paged(listing, page, lambda row: TransferLineOut.of(row, held))
        work.record("transfer.lines_listed", "transfer", transfer_id, {"shown": len(shown.items)})
    return shown


@router.get(
    f"{_ONE}/act",
    response_class=Response,
    responses=PDF | problem_responses(NotFound, PaperNotSet, PaperTooLarge),
    summary="Print the transfer act",
)
async def export_transfer_act(transfer_id: UUID, caller: Reader, exits: Exits) -> Response:
    """«Акт приёма-передачи» as PDF/A-2b; with the digest of the package once it is made."""
    async with exits.database.work(caller.scope) as work:
        found = await find_transfer(transfer_id)
        lines = TransferLine.filter(transfer_id=transfer_id, state__in=["listed", "transferred"])
        package = await present_package(transfer_id)
        digest = bytes(package.sha256).hex() if package and package.sha256 else ""
        act = transfer_act(await present(work), found, await lines.order_by("position"), package_sha256=digest)
        work.record("transfer.printed", "transfer", transfer_id, {"digest": act.digest})
    return Response(await exits.press.set_pdf(act), media_type="application/pdf")


@router.post(
    "/transfer-lines/{transfer_line_id}/exclusion",
    responses=problem_responses(*_STEP),
    summary="Take a case off a transfer",
)
async def exclude_transfer_line(
    response: Response,
    transfer_line_id: UUID,
    wanted: ExitReasonIn,
    expected: IfMatch,
    caller: Officer,
    services: Services,
) -> TransferOut:
    """The case stays; a package that holds it has to be made anew. `If-Match` names the revision of the transfer."""
    async with services.database.work(caller.scope) as work:
        line = await find_transfer_line(transfer_line_id)
        found = await find_transfer(line.transfer_id)
        expected.require(found.revision)
        return _said(response, await transferring.exclude_transfer_line(work, found, line, wanted.reason))


@router.post(
    f"{_ONE}/approval",
    responses=problem_responses(*_STEP, ImpossibleExitDate, TransferNumberTaken),
    summary="Approve a transfer",
)
async def approve_transfer(
    response: Response,
    transfer_id: UUID,
    wanted: TransferApprovalIn,
    expected: IfMatch,
    caller: Head,
    services: Services,
) -> TransferOut:
    """Approve under a number what somebody else prepared; the package is begun at once."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        found = await find_transfer(transfer_id)
        expected.require(found.revision)
        who = asking(work, caller.roles)
        day = wanted.approved_on or today
        return _said(response, await transferring.approve_transfer(work, found, who, wanted.number, day, today=today))


@router.post(
    f"{_ONE}/acceptance",
    responses=problem_responses(
        *_STEP, PackageNotReady, PackageOutdated, PackageMismatch, CasesNotTransferable, ImpossibleExitDate
    ),
    summary="Record that the archive accepted",
)
async def accept_transfer(
    response: Response,
    transfer_id: UUID,
    wanted: TransferAcceptanceIn,
    expected: IfMatch,
    caller: Officer,
    services: Services,
) -> TransferOut:
    """From here on the cases are transferred, for good; their files stay here, read-only."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        found = await find_transfer(transfer_id)
        expected.require(found.revision)
        who = asking(work, caller.roles)
        accepted = wanted.to_acceptance()
        return _said(response, await transferring.accept_transfer(work, found, who, accepted, today=today))


@router.post(f"{_ONE}/cancellation", responses=problem_responses(*_STEP), summary="Cancel a transfer")
async def cancel_transfer(
    response: Response,
    transfer_id: UUID,
    wanted: ExitReasonIn,
    expected: IfMatch,
    caller: Canceller,
    services: Services,
) -> TransferOut:
    """Give it up before the archive has signed; the cases stay, the package is removed."""
    async with services.database.work(caller.scope) as work:
        found = await find_transfer(transfer_id)
        expected.require(found.revision)
        who = asking(work, caller.roles)
        return _said(response, await transferring.cancel_transfer(work, found, who, wanted.reason))
