"""Addresses of rewards."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.people.keeping import find_person
from core.results.errors import UnknownPreset
from core.results.presets import find_preset
from core.results.routes.dependencies import PresetKey
from core.rewards import keeping
from core.rewards.errors import (
    ImpossibleRewardDate,
    RewardKindTaken,
    RewardStruckOut,
    UnknownOrderCase,
    UnknownRewardDocument,
    UnknownRewardedPerson,
    UnknownRewardKind,
)
from core.rewards.models import Reward, RewardKind
from core.rewards.schemas import (
    AdoptedKindsOut,
    RewardChangeOut,
    RewardIn,
    RewardKindIn,
    RewardKindOut,
    RewardKindPatch,
    RewardOut,
    RewardPatch,
    RewardStrikeIn,
)
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["rewards"])

Reader = Annotated[Caller, Depends(allow(Permission.REWARDS_READ))]
Writer = Annotated[Caller, Depends(allow(Permission.REWARDS_WRITE))]
TaxonomyReader = Annotated[Caller, Depends(allow(Permission.TAXONOMY_READ))]
TaxonomyWriter = Annotated[Caller, Depends(allow(Permission.TAXONOMY_WRITE))]

_REFUSALS = (UnknownRewardKind, UnknownRewardDocument, UnknownOrderCase, ImpossibleRewardDate)


@router.get("/reward-kinds", responses=problem_responses(BadCursor), summary="List kinds of rewards")
async def list_reward_kinds(caller: TaxonomyReader, services: Services, page: Paging) -> Page[RewardKindOut]:
    """In the order of their names."""
    async with services.database.work(caller.scope):
        return await paged(Listing(RewardKind.all(), ("sort_key", "id")), page, RewardKindOut.of)


@router.post(
    "/reward-kinds", status_code=201, responses=problem_responses(RewardKindTaken), summary="Add a kind of rewards"
)
async def add_reward_kind(
    response: Response, wanted: RewardKindIn, caller: TaxonomyWriter, services: Services
) -> RewardKindOut:
    """Add a kind of rewards by the institution's own rules."""
    async with services.database.work(caller.scope) as work:
        made = await keeping.add_reward_kind(work, name=wanted.name, note=wanted.note)
    response.headers["Location"] = f"/api/v1/reward-kinds/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return RewardKindOut.of(made)


@router.get(
    "/reward-kinds/{kind_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a kind of rewards"
)
async def read_reward_kind(
    request: Request, response: Response, kind_id: UUID, caller: TaxonomyReader, services: Services
) -> RewardKindOut:
    """What is said of a kind."""
    async with services.database.work(caller.scope):
        kind = await keeping.find_reward_kind(kind_id)
        fresh(request, response, kind.revision)
    return RewardKindOut.of(kind)


@router.patch(
    "/reward-kinds/{kind_id}",
    responses=problem_responses(NotFound, RewardKindTaken, StaleState, PreconditionFailed, PreconditionRequired),
    summary="Change a kind of rewards",
)
async def change_reward_kind(
    response: Response,
    kind_id: UUID,
    changes: RewardKindPatch,
    expected: IfMatch,
    caller: TaxonomyWriter,
    services: Services,
) -> RewardKindOut:
    """Change the members that are sent."""
    async with services.database.work(caller.scope) as work:
        kind = await keeping.find_reward_kind(kind_id)
        expected.require(kind.revision)
        kind = await keeping.edit_reward_kind(work, kind, changes.changes())
    response.headers["ETag"] = etag(kind.revision)
    return RewardKindOut.of(kind)


@router.post(
    "/reward-presets/{key}/adoption", responses=problem_responses(UnknownPreset), summary="Adopt proposed rewards"
)
async def adopt_reward_preset(key: PresetKey, caller: TaxonomyWriter, services: Services) -> AdoptedKindsOut:
    """Add the kinds of rewards of a proposal that are not there yet; twice changes nothing."""
    async with services.database.work(caller.scope) as work:
        return AdoptedKindsOut(kinds=await keeping.adopt_reward_kinds(work, find_preset(key).rewards))


@router.get("/rewards", responses=problem_responses(BadCursor), summary="List rewards")
async def list_rewards(
    caller: Reader,
    services: Services,
    page: Paging,
    kind_id: Annotated[UUID | None, Query(description="Only those of this kind.")] = None,
) -> Page[RewardOut]:
    """The latest first, with what was struck out or is gone at the source."""
    async with services.database.work(caller.scope) as work:
        chosen = Reward.filter(kind_id=kind_id) if kind_id else Reward.all()
        shown = await paged(Listing(chosen, ("-day", "-id")), page, RewardOut.of)
        work.record("reward.listed", "reward", "", {"kind": str(kind_id or ""), "shown": len(shown.items)})
    return shown


@router.get(
    "/people/{person_id}/rewards", responses=problem_responses(NotFound, BadCursor), summary="List a learner's rewards"
)
async def list_rewards_of_person(person_id: UUID, caller: Reader, services: Services, page: Paging) -> Page[RewardOut]:
    """The latest first, with what was struck out or is gone at the source."""
    async with services.database.work(caller.scope) as work:
        await find_person(person_id)
        shown = await paged(Listing(Reward.filter(person_id=person_id), ("-day", "-id")), page, RewardOut.of)
        work.record("reward.listed", "person", person_id, {"shown": len(shown.items)})
    return shown


@router.post(
    "/rewards",
    status_code=201,
    responses=problem_responses(*_REFUSALS, UnknownRewardedPerson),
    summary="Enter a reward",
)
async def enter_reward(response: Response, wanted: RewardIn, caller: Writer, services: Services) -> RewardOut:
    """Enter a reward, linked to the document that proves it and to the case of its order where there are such."""
    async with services.database.work(caller.scope) as work:
        made = await keeping.enter_reward(work, wanted.to_wanted())
    response.headers["Location"] = f"/api/v1/rewards/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return RewardOut.of(made)


@router.get("/rewards/{reward_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a reward")
async def read_reward(
    request: Request, response: Response, reward_id: UUID, caller: Reader, services: Services
) -> RewardOut:
    """A reward of a learner."""
    async with services.database.work(caller.scope) as work:
        reward = await keeping.find_reward(reward_id)
        fresh(request, response, reward.revision)
        work.record("reward.read", "reward", reward_id)
    return RewardOut.of(reward)


@router.patch(
    "/rewards/{reward_id}",
    responses=problem_responses(
        NotFound, *_REFUSALS, RewardStruckOut, StaleState, PreconditionFailed, PreconditionRequired
    ),
    summary="Correct a reward",
)
async def change_reward(
    response: Response, reward_id: UUID, changes: RewardPatch, expected: IfMatch, caller: Writer, services: Services
) -> RewardOut:
    """Change the members that are sent; what it said stays visible."""
    async with services.database.work(caller.scope) as work:
        reward = await keeping.find_reward(reward_id)
        expected.require(reward.revision)
        reward = await keeping.correct_reward(work, reward, changes.changes())
    response.headers["ETag"] = etag(reward.revision)
    return RewardOut.of(reward)


@router.post(
    "/rewards/{reward_id}/striking-out",
    responses=problem_responses(NotFound, RewardStruckOut, StaleState),
    summary="Strike a reward out",
)
async def strike_reward_out(
    response: Response, reward_id: UUID, wanted: RewardStrikeIn, caller: Writer, services: Services
) -> RewardOut:
    """Strike a reward out with a reason; it stays visible."""
    async with services.database.work(caller.scope) as work:
        reward = await keeping.find_reward(reward_id)
        reward = await keeping.strike_reward_out(work, reward, wanted.reason)
    response.headers["ETag"] = etag(reward.revision)
    return RewardOut.of(reward)


@router.get(
    "/rewards/{reward_id}/changes", responses=problem_responses(NotFound, BadCursor), summary="Read what a reward said"
)
async def list_changes_of_reward(
    reward_id: UUID, caller: Reader, services: Services, page: Paging
) -> Page[RewardChangeOut]:
    """Who changed what, from what, to what; a source's changes too."""
    async with services.database.work(caller.scope) as work:
        await keeping.find_reward(reward_id)
        position = page.position((int,))
        rows, following = await keeping.changes_of_reward(work, reward_id, position[0] if position else 0, page.limit)
        work.record("reward.changes_read", "reward", reward_id)
    return page.closed([RewardChangeOut.of(row) for row in rows], following)
