"""Addresses of re-dating: previews, their lines, and what people accept of them."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.cases.routes.dependencies import Reader, ReaderLanguage
from core.kernel.clock import today as today_in
from core.kernel.errors import DelotekaError, NotFound, StaleState
from core.kernel.keyset import Listing
from core.redating.accepting import accept
from core.redating.errors import (
    NothingToAccept,
    RedatingAccepted,
    RedatingDigestDiffers,
    RedatingNotReady,
    RedatingOutdated,
    RedatingRunning,
    RedatingScopeInvalid,
)
from core.redating.models import Kind, Part, RedatingAcceptance, RedatingPreview
from core.redating.previewing import ask_preview, find_redating
from core.redating.reading import read_lines, tell_ends
from core.redating.schemas import RedatingAcceptanceIn, RedatingIn, RedatingLineOut, RedatingOut, Result
from core.web.errors import BadCursor
from core.web.fields import CleanLine
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1/redatings", tags=["re-dating"])

Accepter = Annotated[Caller, Depends(allow(Permission.CASES_ACCEPT))]
Head = Annotated[Caller, Depends(allow(Permission.CASES_SHORTEN))]

_ACCEPTING: Final[tuple[type[DelotekaError], ...]] = (
    NotFound,
    RedatingNotReady,
    RedatingDigestDiffers,
    NothingToAccept,
    RedatingOutdated,
    RedatingAccepted,
)
_FIRST: Final = UUID(int=0)


async def _shown(row: RedatingPreview) -> RedatingOut:
    accepted = await RedatingAcceptance.filter(preview_id=row.id).order_by("id")
    await tell_ends(row, *accepted)
    return RedatingOut.of(row, accepted)


@router.get("", responses=problem_responses(BadCursor), summary="List previews of re-dating")
async def list_redatings(caller: Reader, services: Services, page: Paging) -> Page[RedatingOut]:
    """The newest first."""
    async with services.database.work(caller.scope):
        listing = Listing(RedatingPreview.all(), ("-id",))
        rows, following = await listing.after(page.position(listing.position_types()), page.limit)
        accepted = await RedatingAcceptance.filter(preview_id__in=[row.id for row in rows]).order_by("id")
        await tell_ends(*rows, *accepted)
    shown = [RedatingOut.of(row, [each for each in accepted if each.preview_id == row.id]) for row in rows]
    return page.closed(shown, following)


@router.post(
    "",
    status_code=201,
    responses=problem_responses(NotFound, StaleState, RedatingScopeInvalid, RedatingRunning),
    summary="Ask what changed rules would do to closed cases",
)
async def create_redating(response: Response, wanted: RedatingIn, caller: Accepter, services: Services) -> RedatingOut:
    """Begin a preview; a background job computes it, and nothing changes before somebody accepts it."""
    today = today_in(services.clock, caller.time_zone)
    async with services.database.work(caller.scope) as work:
        made = await ask_preview(work, wanted.to_scope(), today=today)
        response.headers["Location"] = f"/api/v1/redatings/{made.id}"
        return await _shown(made)


@router.get("/{redating_id}", responses=problem_responses(NotFound), summary="Read a preview of re-dating")
async def read_redating(redating_id: UUID, caller: Reader, services: Services) -> RedatingOut:
    """How many cases it re-dates in which way, and what was accepted of it."""
    async with services.database.work(caller.scope):
        return await _shown(await find_redating(redating_id))


@router.get(
    "/{redating_id}/lines", responses=problem_responses(NotFound, BadCursor), summary="List the cases of a preview"
)
async def list_redating_lines(  # noqa: PLR0913, PLR0917 - filters
    redating_id: UUID,
    caller: Reader,
    services: Services,
    page: Paging,
    language: ReaderLanguage,
    kind: Annotated[Kind | None, Query(description="Only those of this kind.")] = None,
    result: Annotated[Result | None, Query(description="Only those of which this became.")] = None,
    reason: Annotated[CleanLine | None, Query(max_length=100, description="Only those left for this reason.")] = None,
    *,
    due: Annotated[bool, Query(description="Only those that an act might take at once.")] = False,
    held: Annotated[bool, Query(description="Only those that a hold covered.")] = False,
) -> Page[RedatingLineOut]:
    """Each case with what keeps it and what would, in the order of their ids; the rest is unaffected."""
    position = page.position((UUID,))
    given: dict[str, str | bool | None] = {"kind": kind and kind.value, "result": result, "reason": reason}
    filters = {name: value for name, value in {**given, "due": due, "held": held}.items() if value}
    async with services.database.work(caller.scope) as work:
        await find_redating(redating_id)
        after = _FIRST if position is None else position[0]
        rows, more = await read_lines(work, redating_id, after=after, limit=page.limit, filters=filters)
    shown = [RedatingLineOut.of(row, language) for row in rows]
    return page.closed(shown, (rows[-1]["case_id"],) if more else None)


@router.post(
    "/{redating_id}/acceptance",
    status_code=201,
    responses=problem_responses(*_ACCEPTING),
    summary="Accept what keeps cases as long or longer",
)
async def accept_redating(
    redating_id: UUID, wanted: RedatingAcceptanceIn, caller: Accepter, services: Services
) -> RedatingOut:
    """Accept the lines `unchanged`, `later` and `blocked`; a background job dates these cases anew."""
    return await _accept(redating_id, wanted, caller, services, Part.LATER)


@router.post(
    "/{redating_id}/earlier-acceptance",
    status_code=201,
    responses=problem_responses(*_ACCEPTING),
    summary="Accept that cases are free earlier",
)
async def accept_earlier_redating(
    redating_id: UUID, wanted: RedatingAcceptanceIn, caller: Head, services: Services
) -> RedatingOut:
    """Accept, in so many words, the lines `earlier` and `unblocked`; storage keeps its locks until they end."""
    return await _accept(redating_id, wanted, caller, services, Part.EARLIER)


async def _accept(
    redating_id: UUID, wanted: RedatingAcceptanceIn, caller: Caller, services: Services, part: Part
) -> RedatingOut:
    async with services.database.work(caller.scope) as work:
        preview = await find_redating(redating_id)
        await accept(work, preview, part, digest=wanted.digest, reason=wanted.reason)
        return await _shown(preview)
