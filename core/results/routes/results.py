"""Addresses of results: entering, correcting, confirming, striking out; lists of a learner and of a group."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from tortoise.expressions import Q

from core.access.dependencies import Services
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.errors import Forbidden, NotFound, StaleState
from core.kernel.keyset import Listing
from core.origins.provenance import provenance_of
from core.origins.schemas import ProvenanceOut
from core.people.grouping import find_group
from core.people.keeping import find_person
from core.results import confirming, entering
from core.results.errors import (
    CreditOff,
    CreditUnproved,
    FinalOfWhat,
    FinalResultExists,
    ImpossibleResultDate,
    OwnEntry,
    ResultConfirmed,
    ResultStruckOut,
    TargetNotAssessed,
    UnknownMark,
    UnknownReference,
    UnknownTaxonomy,
    WillMissing,
)
from core.results.history import changes_of
from core.results.models import MarkScale, Result
from core.results.routes.dependencies import Confirmer, Enterer, Reader
from core.results.schemas.results import (
    ChangeOut,
    ResultConfirmationIn,
    ResultConfirmationOut,
    ResultIn,
    ResultOut,
    ResultPatch,
    StrikeIn,
)
from core.results.sight import Sight, hidden_kinds
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.fields import Day
from core.web.paging import Page, PageRequest, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["results"])

PeriodFilter = Annotated[UUID | None, Query(alias="period_id", description="Only those of this study period.")]
SubjectFilter = Annotated[UUID | None, Query(alias="subject_id", description="Only those in this subject.")]
StandingFilter = Annotated[Literal["current", "final"] | None, Query(description="Only current or final ones.")]
Since = Annotated[Day | None, Query(description="Only those of this day of lesson or mark, and later ones.")]
Restricted = Annotated[
    bool, Query(description="Also those of restricted kinds; needs the permission `special_needs.read`.")
]

_REFUSALS = (
    *(UnknownReference, UnknownTaxonomy, TargetNotAssessed, UnknownMark, FinalOfWhat, FinalResultExists),
    *(ImpossibleResultDate, CreditOff, CreditUnproved, WillMissing, Forbidden),
)


async def scales_of(rows: Iterable[Result]) -> dict[UUID, MarkScale]:
    """Return the scales of these results by their ids."""
    wanted = {row.scale_id for row in rows if row.scale_id is not None}
    return {scale.id: scale for scale in await MarkScale.filter(id__in=list(wanted))} if wanted else {}


async def _shown(result: Result) -> ResultOut:
    return ResultOut.of(result, await scales_of([result]))


async def _listed(page: PageRequest, caller: Caller, *, restricted: bool, wanted: dict[str, Any]) -> Page[ResultOut]:
    if restricted and not caller.may(Permission.SPECIAL_NEEDS_READ):
        raise Forbidden(needed=[Permission.SPECIAL_NEEDS_READ.value])
    sight = Sight.of(caller)
    hidden = await hidden_kinds(sight if restricted else sight.without("restricted"))
    chosen = Result.filter(**{name: value for name, value in wanted.items() if value is not None})
    if hidden:
        chosen = chosen.filter(Q(kind_id__isnull=True) | Q(kind_id__not_in=hidden))
    listing = Listing(chosen, ("-day", "-id"))
    rows, following = await listing.after(page.position(listing.position_types()), page.limit)
    scales = await scales_of(rows)
    return page.closed([ResultOut.of(row, scales) for row in rows], following)


@router.get(
    "/people/{person_id}/results",
    responses=problem_responses(NotFound, BadCursor, Forbidden),
    summary="List a learner's results",
)
async def list_results_of_person(  # noqa: PLR0913 - a filter each
    person_id: UUID,
    caller: Reader,
    services: Services,
    page: Paging,
    *,
    period: PeriodFilter = None,
    subject: SubjectFilter = None,
    standing: StandingFilter = None,
    since: Since = None,
    restricted: Restricted = False,
) -> Page[ResultOut]:
    """The latest first, with what was struck out or is gone at the source; without diagnostics for who is not staff."""
    wanted = {"person_id": person_id, "period_id": period, "subject_id": subject, "standing": standing}
    async with services.database.work(caller.scope) as work:
        await find_person(person_id)
        shown = await _listed(page, caller, restricted=restricted, wanted=wanted | {"day__gte": since})
        work.record("result.listed", "person", person_id, _said(wanted, since, shown, restricted=restricted))
    return shown


@router.get(
    "/groups/{group_id}/results",
    responses=problem_responses(NotFound, BadCursor, Forbidden),
    summary="List a group's results",
)
async def list_results_of_group(  # noqa: PLR0913 - a filter each
    group_id: UUID,
    caller: Reader,
    services: Services,
    page: Paging,
    *,
    period: PeriodFilter = None,
    subject: SubjectFilter = None,
    standing: StandingFilter = None,
    since: Since = None,
    restricted: Restricted = False,
) -> Page[ResultOut]:
    """The latest first, as of a learner."""
    wanted = {"group_id": group_id, "period_id": period, "subject_id": subject, "standing": standing}
    async with services.database.work(caller.scope) as work:
        await find_group(group_id)
        shown = await _listed(page, caller, restricted=restricted, wanted=wanted | {"day__gte": since})
        work.record("result.listed", "group", group_id, _said(wanted, since, shown, restricted=restricted))
    return shown


def _said(wanted: dict[str, Any], since: date | None, shown: Page[ResultOut], *, restricted: bool) -> dict[str, Any]:
    filters = {name: str(value) for name, value in {**wanted, "since": since}.items() if value is not None}
    return {"filters": filters | ({"restricted": "true"} if restricted else {}), "shown": len(shown.items)}


@router.post("/results", status_code=201, responses=problem_responses(*_REFUSALS), summary="Enter a result")
async def enter_result(response: Response, wanted: ResultIn, caller: Enterer, services: Services) -> ResultOut:
    """Enter a current or final result; it waits for a confirmation."""
    async with services.database.work(caller.scope) as work:
        made = await entering.enter(work, wanted.to_wanted(), Sight.of(caller))
        shown = await _shown(made)
    response.headers["Location"] = f"/api/v1/results/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return shown


@router.get("/results/{result_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a result")
async def read_result(
    request: Request, response: Response, result_id: UUID, caller: Reader, services: Services
) -> ResultOut:
    """A result, with who entered and who confirmed it."""
    async with services.database.work(caller.scope) as work:
        result = await entering.find_result(result_id, Sight.of(caller))
        fresh(request, response, result.revision)
        work.record("result.read", "result", result_id)
        return await _shown(result)


@router.patch(
    "/results/{result_id}",
    responses=problem_responses(
        NotFound, *_REFUSALS, ResultStruckOut, StaleState, PreconditionFailed, PreconditionRequired
    ),
    summary="Correct a result",
)
async def change_result(
    response: Response, result_id: UUID, changes: ResultPatch, expected: IfMatch, caller: Enterer, services: Services
) -> ResultOut:
    """Change the members that are sent; what it said stays visible, and one that was confirmed is confirmed anew."""
    async with services.database.work(caller.scope) as work:
        result = await entering.find_result(result_id, Sight.of(caller))
        expected.require(result.revision)
        result = await entering.correct(work, result, changes.changes(), Sight.of(caller))
        shown = await _shown(result)
    response.headers["ETag"] = etag(result.revision)
    return shown


@router.post(
    "/results/{result_id}/confirmation",
    responses=problem_responses(NotFound, OwnEntry, ResultConfirmed, ResultStruckOut, StaleState),
    summary="Confirm a result",
)
async def confirm_result(response: Response, result_id: UUID, caller: Confirmer, services: Services) -> ResultOut:
    """Confirm a result; of another person, where the policy wants two."""
    async with services.database.work(caller.scope) as work:
        result = await entering.find_result(result_id, Sight.of(caller))
        result = await confirming.confirm(work, result)
        shown = await _shown(result)
    response.headers["ETag"] = etag(result.revision)
    return shown


@router.post(
    "/result-confirmations", responses=problem_responses(NotFound), summary="Confirm a group's results of a period"
)
async def confirm_results(wanted: ResultConfirmationIn, caller: Confirmer, services: Services) -> ResultConfirmationOut:
    """Confirm all that waits, in one subject or in every one; restricted kinds are confirmed one by one."""
    async with services.database.work(caller.scope) as work:
        await find_group(wanted.group_id)
        done = await confirming.confirm_all(work, Sight.of(caller), **wanted.model_dump())
    return ResultConfirmationOut.of(done)


@router.post(
    "/results/{result_id}/striking-out",
    responses=problem_responses(NotFound, ResultStruckOut, StaleState, Forbidden),
    summary="Strike a result out",
)
async def strike_result_out(
    response: Response, result_id: UUID, wanted: StrikeIn, caller: Enterer, services: Services
) -> ResultOut:
    """Strike a result out with a reason; it stays visible. A confirmed one needs the right to confirm as well."""
    async with services.database.work(caller.scope) as work:
        result = await entering.find_result(result_id, Sight.of(caller))
        confirms = caller.may(Permission.RESULTS_CONFIRM)
        result = await entering.strike_out(work, result, wanted.reason, confirms=confirms)
        shown = await _shown(result)
    response.headers["ETag"] = etag(result.revision)
    return shown


@router.get(
    "/results/{result_id}/changes", responses=problem_responses(NotFound, BadCursor), summary="Read what a result said"
)
async def list_changes_of_result(result_id: UUID, caller: Reader, services: Services, page: Paging) -> Page[ChangeOut]:
    """Who changed what, from what, to what: from the first change to the last; a source's changes too."""
    async with services.database.work(caller.scope) as work:
        await entering.find_result(result_id, Sight.of(caller))
        position = page.position((int,))
        rows, following = await changes_of(work, result_id, position[0] if position else 0, page.limit)
        work.record("result.changes_read", "result", result_id)
    return page.closed([ChangeOut.of(row) for row in rows], following)


@router.get(
    "/results/{result_id}/provenance", responses=problem_responses(NotFound), summary="Ask where a result comes from"
)
async def read_provenance_of_result(result_id: UUID, caller: Reader, services: Services) -> ProvenanceOut:
    """Which record of which source said what, in which run; or whose hand. Empty for what no source speaks of."""
    async with services.database.work(caller.scope) as work:
        result = await entering.find_result(result_id, Sight.of(caller))
        kind = entering.kind_of(result).value
        found = await provenance_of(work, kind, result_id)
        work.record("result.provenance_read", "result", result_id)
    return ProvenanceOut.of(kind, found, private=False)
