"""Addresses of the taxonomy: kinds and sources of results, proposals, and the policy."""

from uuid import UUID

from fastapi import Request, Response

from core.access.dependencies import Services
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.results import taxonomy
from core.results.errors import (
    ImpossibleAlias,
    KindNameTaken,
    ProcedureMissing,
    SourceNameTaken,
    TargetNotAssessed,
    UnknownPreset,
)
from core.results.models import ResultKind, ResultSource
from core.results.policy import change_policy, present_policy
from core.results.presets import adopt, find_preset, presets
from core.results.routes.dependencies import Configurer, PresetKey, TaxonomyReader, TaxonomyWriter
from core.results.schemas.taxonomy import (
    AdoptedOut,
    PresetOut,
    PresetsOut,
    ResultKindIn,
    ResultKindOut,
    ResultKindPatch,
    ResultPolicyOut,
    ResultPolicyPatch,
    SourceIn,
    SourceOut,
    SourcePatch,
)
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["results"])


@router.get("/result-kinds", responses=problem_responses(BadCursor), summary="List kinds of results")
async def list_result_kinds(caller: TaxonomyReader, services: Services, page: Paging) -> Page[ResultKindOut]:
    """The institution's own kinds in the order of their names, with places and aliases."""
    async with services.database.work(caller.scope):
        return await paged(Listing(ResultKind.all(), ("sort_key", "id")), page, ResultKindOut.of)


@router.post(
    "/result-kinds",
    status_code=201,
    responses=problem_responses(NotFound, KindNameTaken, ImpossibleAlias),
    summary="Add a kind of results",
)
async def add_result_kind(
    response: Response, wanted: ResultKindIn, caller: TaxonomyWriter, services: Services
) -> ResultKindOut:
    """Add a kind; the same kind in a second place is added as an alias of the first."""
    async with services.database.work(caller.scope) as work:
        made = await taxonomy.add_kind(work, wanted.to_wanted())
    response.headers["Location"] = f"/api/v1/result-kinds/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return ResultKindOut.of(made)


@router.get(
    "/result-kinds/{kind_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a kind of results"
)
async def read_result_kind(
    request: Request, response: Response, kind_id: UUID, caller: TaxonomyReader, services: Services
) -> ResultKindOut:
    """What is said of a kind."""
    async with services.database.work(caller.scope):
        kind = await taxonomy.find_kind(kind_id)
        fresh(request, response, kind.revision)
    return ResultKindOut.of(kind)


@router.patch(
    "/result-kinds/{kind_id}",
    responses=problem_responses(
        NotFound,
        KindNameTaken,
        ImpossibleAlias,
        TargetNotAssessed,
        StaleState,
        PreconditionFailed,
        PreconditionRequired,
    ),
    summary="Change a kind of results",
)
async def change_result_kind(
    response: Response,
    kind_id: UUID,
    changes: ResultKindPatch,
    expected: IfMatch,
    caller: TaxonomyWriter,
    services: Services,
) -> ResultKindOut:
    """Change the members that are sent; a kind that has results never becomes target orientations."""
    async with services.database.work(caller.scope) as work:
        kind = await taxonomy.find_kind(kind_id)
        expected.require(kind.revision)
        kind = await taxonomy.edit_kind(work, kind, changes.changes())
    response.headers["ETag"] = etag(kind.revision)
    return ResultKindOut.of(kind)


@router.get("/result-sources", responses=problem_responses(BadCursor), summary="List sources of results")
async def list_result_sources(caller: TaxonomyReader, services: Services, page: Paging) -> Page[SourceOut]:
    """In the order of their names."""
    async with services.database.work(caller.scope):
        return await paged(Listing(ResultSource.all(), ("sort_key", "id")), page, SourceOut.of)


@router.post(
    "/result-sources", status_code=201, responses=problem_responses(SourceNameTaken), summary="Add a source of results"
)
async def add_result_source(
    response: Response, wanted: SourceIn, caller: TaxonomyWriter, services: Services
) -> SourceOut:
    """Add a source."""
    async with services.database.work(caller.scope) as work:
        made = await taxonomy.add_source(work, name=wanted.name, note=wanted.note)
    response.headers["Location"] = f"/api/v1/result-sources/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return SourceOut.of(made)


@router.get(
    "/result-sources/{source_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a source of results"
)
async def read_result_source(
    request: Request, response: Response, source_id: UUID, caller: TaxonomyReader, services: Services
) -> SourceOut:
    """What is said of a source."""
    async with services.database.work(caller.scope):
        source = await taxonomy.find_source(source_id)
        fresh(request, response, source.revision)
    return SourceOut.of(source)


@router.patch(
    "/result-sources/{source_id}",
    responses=problem_responses(NotFound, SourceNameTaken, StaleState, PreconditionFailed, PreconditionRequired),
    summary="Change a source of results",
)
async def change_result_source(
    response: Response,
    source_id: UUID,
    changes: SourcePatch,
    expected: IfMatch,
    caller: TaxonomyWriter,
    services: Services,
) -> SourceOut:
    """Change the members that are sent."""
    async with services.database.work(caller.scope) as work:
        source = await taxonomy.find_source(source_id)
        expected.require(source.revision)
        source = await taxonomy.edit_source(work, source, changes.changes())
    response.headers["ETag"] = etag(source.revision)
    return SourceOut.of(source)


@router.get("/result-presets", summary="Read proposals of a taxonomy")
async def read_result_presets(caller: TaxonomyReader) -> PresetsOut:  # noqa: ARG001 - asked for the right only
    """What regulations of such institutions usually distinguish; nothing of it is there before somebody adopts it."""
    return PresetsOut(items=[PresetOut.of(each) for each in presets().values()])


@router.post(
    "/result-presets/{key}/adoption", responses=problem_responses(UnknownPreset), summary="Adopt a proposed taxonomy"
)
async def adopt_result_preset(key: PresetKey, caller: TaxonomyWriter, services: Services) -> AdoptedOut:
    """Add what the taxonomy does not have yet; what there is stays as it is, and twice changes nothing."""
    async with services.database.work(caller.scope) as work:
        return AdoptedOut.of(await adopt(work, find_preset(key)))


@router.get("/result-policy", responses=UNCHANGED, summary="Read the policy of results")
async def read_result_policy(
    request: Request, response: Response, caller: TaxonomyReader, services: Services
) -> ResultPolicyOut:
    """Who confirms, whose will is needed, whether results obtained elsewhere are credited."""
    async with services.database.work(caller.scope) as work:
        policy = await present_policy(work)
        fresh(request, response, policy.revision)
    return ResultPolicyOut.of(policy)


@router.patch(
    "/result-policy",
    responses=problem_responses(ProcedureMissing, StaleState, PreconditionFailed, PreconditionRequired),
    summary="Change the policy of results",
)
async def change_result_policy(
    response: Response, changes: ResultPolicyPatch, expected: IfMatch, caller: Configurer, services: Services
) -> ResultPolicyOut:
    """Change the members that are sent; they hold from now on, what was entered before stays as it is."""
    async with services.database.work(caller.scope) as work:
        policy = await present_policy(work)
        expected.require(policy.revision)
        policy = await change_policy(work, policy, changes.changes())
    response.headers["ETag"] = etag(policy.revision)
    return ResultPolicyOut.of(policy)
