"""Addresses of blockings."""

from uuid import UUID

from fastapi import Response

from core.access.dependencies import Services
from core.consents import blocking
from core.consents.errors import BlockingExists, BlockingLifted, OwnBlocking
from core.consents.models import Blocking
from core.consents.routes.dependencies import Blocker, Reader, ReaderLanguage
from core.consents.schemas import BlockingIn, BlockingLiftingIn, BlockingOut
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.personal_files.filing import find_personal_file
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["blockings"])


@router.post(
    "/personal-files/{personal_file_id}/blockings",
    status_code=201,
    responses=problem_responses(NotFound, BlockingExists),
    summary="Block a personal file",
)
async def place_blocking(
    response: Response,
    personal_file_id: UUID,
    wanted: BlockingIn,
    caller: Blocker,
    services: Services,
    language: ReaderLanguage,
) -> BlockingOut:
    """Keep a personal file from use, from now on, although it is kept: few read its documents, nobody changes them."""
    async with services.database.work(caller.scope) as work:
        made = await blocking.place_blocking(work, personal_file_id, **wanted.model_dump())
        until = await blocking.kept_until(personal_file_id)
    response.headers["Location"] = f"/api/v1/blockings/{made.id}"
    return BlockingOut.of(made, until, language)


@router.get(
    "/personal-files/{personal_file_id}/blockings",
    responses=problem_responses(NotFound, BadCursor),
    summary="List a personal file's blockings",
)
async def list_blockings(
    personal_file_id: UUID, caller: Reader, services: Services, page: Paging, language: ReaderLanguage
) -> Page[BlockingOut]:
    """Why it is or was blocked, the newest first."""
    async with services.database.work(caller.scope) as work:
        await find_personal_file(personal_file_id)
        until = await blocking.kept_until(personal_file_id)
        listing = Listing(Blocking.filter(personal_file_id=personal_file_id), ("-id",))
        shown = await paged(listing, page, lambda row: BlockingOut.of(row, until, language))
        work.record("blocking.listed", "personal_file", personal_file_id, {"shown": len(shown.items)})
    return shown


@router.get("/blockings/{blocking_id}", responses=problem_responses(NotFound), summary="Read a blocking")
async def read_blocking(blocking_id: UUID, caller: Reader, services: Services, language: ReaderLanguage) -> BlockingOut:
    """Why a personal file is or was blocked, who placed it and who lifted it."""
    async with services.database.work(caller.scope) as work:
        found = await blocking.find_blocking(blocking_id)
        until = await blocking.kept_until(found.personal_file_id)
        work.record("blocking.read", "blocking", blocking_id)
    return BlockingOut.of(found, until, language)


@router.post(
    "/blockings/{blocking_id}/lifting",
    responses=problem_responses(NotFound, BlockingLifted, OwnBlocking),
    summary="Lift a blocking",
)
async def lift_blocking(
    blocking_id: UUID, wanted: BlockingLiftingIn, caller: Blocker, services: Services, language: ReaderLanguage
) -> BlockingOut:
    """End a blocking that another person placed; there is no way back but to place a new one."""
    async with services.database.work(caller.scope) as work:
        found = await blocking.find_blocking(blocking_id)
        found = await blocking.lift_blocking(work, found, reason=wanted.reason, evidence=wanted.evidence)
        until = await blocking.kept_until(found.personal_file_id)
    return BlockingOut.of(found, until, language)
