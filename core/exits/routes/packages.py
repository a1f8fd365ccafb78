"""Addresses of the packages of transfers."""

from base64 import b64encode
from contextlib import AsyncExitStack
from typing import Any, Final
from uuid import UUID

from fastapi import Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from core.access.dependencies import Services
from core.exits.contents import list_digest
from core.exits.errors import PackageNotReady, PackageOutdated, TransferStepRefused
from core.exits.lines import living_lines, off_now
from core.exits.lives import find_transfer
from core.exits.models import Transfer, TransferPackage, TransferState
from core.exits.packages import present_package, ready_package
from core.exits.packing import MEDIA_TYPE
from core.exits.routes.dependencies import CHANGING, Exits, Officer, Reader, Taker
from core.exits.schemas import PackageOut
from core.exits.services import ExitServices
from core.exits.transferring import pack_again
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StorageUnavailable
from core.web.conditional import IfMatch
from core.web.problems import problem_responses
from core.web.routing import Router
from storage.errors import ObjectAbsent
from storage.vault import ObjectStream

router = Router()
_PACKAGE: Final = "/transfers/{transfer_id}/package"
_BYTES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A ZIP file that holds one bag.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


async def _is_lost(exits: ExitServices, package: TransferPackage) -> bool:
    """Tell whether storage does not have a finished package, as after a restore: backups leave packages out."""
    if package.state != "ready":
        return False
    try:
        await exits.vault.stat(package.object_key, package.storage_version_id)
    except ObjectAbsent:
        return True
    return False


async def _is_current(work: Work, transfer: Transfer, package: TransferPackage) -> bool:
    if transfer.state is TransferState.ACCEPTED:
        return package.id == transfer.accepted_package_id
    lines = await living_lines(transfer.id)
    off = await off_now(work, lines)
    return package.list_digest == list_digest([line for line in lines if line.id not in off])


@router.get(_PACKAGE, responses=problem_responses(NotFound, PackageNotReady), summary="Read how a package stands")
async def read_transfer_package(transfer_id: UUID, caller: Reader, services: Services) -> PackageOut:
    """Whether it is made, and if it was stopped, which files stand against it."""
    async with services.database.work(caller.scope) as work:
        transfer = await find_transfer(transfer_id)
        package = await present_package(transfer_id)
        if package is None:
            raise PackageNotReady(state="none")
        return PackageOut.of(package, current=await _is_current(work, transfer, package))


@router.post(
    _PACKAGE,
    status_code=202,
    responses=problem_responses(*CHANGING, TransferStepRefused, StorageUnavailable),
    summary="Request a package",
)
async def request_transfer_package(transfer_id: UUID, expected: IfMatch, caller: Officer, exits: Exits) -> PackageOut:
    """Have it made of the present list; asked for again, it answers the one that is there or being made."""
    async with exits.database.work(caller.scope):
        await find_transfer(transfer_id)
        present = await present_package(transfer_id)
    lost = present.id if present is not None and await _is_lost(exits, present) else None
    async with exits.database.work(caller.scope) as work:
        found = await find_transfer(transfer_id)
        expected.require(found.revision)
        package = await pack_again(work, found, lost=lost)
        return PackageOut.of(package, current=await _is_current(work, found, package))


class _Streamed(StreamingResponse):
    """An answer that gives the connection to the storage back however it ends, also when it never begins."""

    def __init__(self, stack: AsyncExitStack, stream: ObjectStream, headers: dict[str, str]) -> None:
        super().__init__(stream, headers=headers)
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await super().__call__(scope, receive, send)


@router.get(
    f"{_PACKAGE}/content",
    response_class=Response,
    responses=_BYTES | problem_responses(NotFound, PackageNotReady, PackageOutdated, StorageUnavailable),
    summary="Read the package",
)
async def read_transfer_package_content(transfer_id: UUID, caller: Taker, exits: Exits) -> Response:
    """The ZIP file for the archive; never one that holds a case which was taken off."""
    async with exits.database.work(caller.scope) as work:
        transfer = await find_transfer(transfer_id)
        package = await ready_package(transfer_id)
        if not await _is_current(work, transfer, package):
            raise PackageOutdated(cases=[])
        work.record("transfer.package_opened", "transfer", transfer_id, {"package": str(package.id)})
    digest = bytes(package.sha256 or b"")
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(package.size),
        "Content-Disposition": f'attachment; filename="transfer-{transfer_id}.zip"',
        "ETag": f'"{digest.hex()}"',
        "Repr-Digest": f"sha-256=:{b64encode(digest).decode()}:",
        "Cache-Control": "private, no-store",
    }
    stack = AsyncExitStack()
    opened = exits.vault.open(package.object_key, package.storage_version_id)
    return _Streamed(stack, await stack.enter_async_context(opened), headers)
