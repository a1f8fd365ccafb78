"""Addresses of proposals: who of the registry a record speaks of."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query

from core.imports.deciding import confirm, declare_new, find_proposal, reject, undo
from core.imports.errors import DecisionNotUndoable, NoSuchCandidate, PersonDestroyed, ProposalDecided
from core.imports.models import PersonProposal
from core.imports.routes.dependencies import Keeper, Services
from core.imports.schemas import CandidateIn, MatchProposalOut, UndoIn, UndoneOut
from core.imports.sight import sees_private
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.sdk.connectors import EntityKind
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/person-proposals", tags=["imports"])


def _visible(caller: Keeper) -> dict[str, Any]:
    """Legal representatives are seen with a right of their own."""
    return {} if sees_private(caller) else {"kind__in": [EntityKind.LEARNERS.value, EntityKind.STAFF.value]}


async def _found(proposal_id: UUID, caller: Keeper) -> PersonProposal:
    proposal = await find_proposal(proposal_id)
    if proposal.kind == EntityKind.GUARDIANS and not sees_private(caller):
        raise NotFound
    return proposal


@router.get("", responses=problem_responses(BadCursor), summary="List proposals of persons")
async def list_proposals(
    caller: Keeper,
    services: Services,
    page: Paging,
    connection_id: Annotated[UUID | None, Query(description="Only those of this connection.")] = None,
    state: Annotated[
        Literal["open", "confirmed", "new", "moot"], Query(description="Only those in this state.")
    ] = "open",
) -> Page[MatchProposalOut]:
    """Records of people for whom somebody in the registry may be meant, the newest first."""
    filters: dict[str, Any] = {"state": state, **_visible(caller)}
    if connection_id is not None:
        filters["connection_id"] = connection_id
    private = sees_private(caller)
    async with services.database.work(caller.scope) as work:
        found = Listing(PersonProposal.filter(**filters), ("-id",))
        shown = await paged(found, page, lambda row: MatchProposalOut.of(row, private=private))
        work.record("person_proposal.listed", "import_proposal", "", {"shown": len(shown.items)})
    return shown


@router.post(
    "/{proposal_id}/confirmation",
    responses=problem_responses(NotFound, ProposalDecided, NoSuchCandidate, PersonDestroyed),
    summary="Say that a candidate is meant",
)
async def confirm_candidate(
    proposal_id: UUID, wanted: CandidateIn, caller: Keeper, services: Services
) -> MatchProposalOut:
    """Let the record speak of this person; what waits for that is read in by itself."""
    async with services.database.work(caller.scope) as work:
        proposal = await _found(proposal_id, caller)
        decided = await confirm(work, services, proposal, wanted.person_id)
        return MatchProposalOut.of(decided, private=sees_private(caller))


@router.post(
    "/{proposal_id}/new-person",
    responses=problem_responses(NotFound, ProposalDecided),
    summary="Say that it is a new person",
)
async def take_new_person(proposal_id: UUID, caller: Keeper, services: Services) -> MatchProposalOut:
    """No candidate is meant: a new person is made, and the pairs are not proposed again."""
    async with services.database.work(caller.scope) as work:
        decided = await declare_new(work, services, await _found(proposal_id, caller))
        return MatchProposalOut.of(decided, private=sees_private(caller))


@router.post(
    "/{proposal_id}/rejection",
    responses=problem_responses(NotFound, ProposalDecided, NoSuchCandidate),
    summary="Say that a candidate is not meant",
)
async def reject_candidate(
    proposal_id: UUID, wanted: CandidateIn, caller: Keeper, services: Services
) -> MatchProposalOut:
    """Remembered: this pair is not proposed again. Without any candidate left a new person is made."""
    async with services.database.work(caller.scope) as work:
        decided = await reject(work, services, await _found(proposal_id, caller), wanted.person_id)
        return MatchProposalOut.of(decided, private=sees_private(caller))


@router.post(
    "/{proposal_id}/undoing",
    responses=problem_responses(NotFound, DecisionNotUndoable, NoSuchCandidate, PersonDestroyed),
    summary="Undo a decision of who is meant",
)
async def undo_decision(proposal_id: UUID, wanted: UndoIn, caller: Keeper, services: Services) -> UndoneOut:
    """Let the record, and all that refers to it, speak of somebody else; what cannot be undone is named."""
    async with services.database.work(caller.scope) as work:
        proposal = await _found(proposal_id, caller)
        return UndoneOut.of(await undo(work, services, proposal, person_id=wanted.person_id))
