"""Addresses of provenance."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.errors import Forbidden, NotFound
from core.origins.provenance import provenance_of
from core.origins.schemas import ProvenanceOut
from core.sdk.connectors import EntityKind
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["provenance"])

# Teachers read people of their own groups; where the values come from names others too.
Reader = Annotated[Caller, Depends(allow(Permission.PEOPLE_READ, Permission.STAFF_READ))]

_EVERY_RESULT: Final = frozenset({Permission.RESULTS_READ, Permission.RESULTS_STAFF, Permission.SPECIAL_NEEDS_READ})
_NEEDED: Final[Mapping[EntityKind, frozenset[Permission]]] = MappingProxyType(
    {
        EntityKind.RESULTS: _EVERY_RESULT,
        EntityKind.FINAL_RESULTS: _EVERY_RESULT,
        EntityKind.ATTENDANCE: frozenset({Permission.RESULTS_READ}),
        EntityKind.AWARDS: frozenset({Permission.REWARDS_READ}),
    }
)
"""What else is needed for entities of some kinds: results may be of kinds that few may see."""


def needed_for(kind: EntityKind) -> frozenset[Permission]:
    """Return what else somebody needs who reads what sources say of entities of this kind."""
    return _NEEDED.get(kind, frozenset())


@router.get(
    "/provenance/{kind}/{entity_id}",
    responses=problem_responses(NotFound, Forbidden),
    summary="Ask where the values of an entity come from",
)
async def read_provenance(kind: EntityKind, entity_id: UUID, caller: Reader, services: Services) -> ProvenanceOut:
    """Which record of which source said what, in which run; or whose hand. What nobody ever changed has none.

    Of one result it is asked at `/results/{result_id}/provenance`: some kinds are not for everybody.
    """
    missing = needed_for(kind) - caller.permissions
    if missing:
        raise Forbidden(needed=sorted(missing))
    async with services.database.work(caller.scope) as work:
        found = await provenance_of(work, kind.value, entity_id)
        if not (found.records or found.values):
            raise NotFound
        work.record("provenance.read", kind.value, entity_id)
    return ProvenanceOut.of(kind.value, found, private=Permission.PEOPLE_PRIVATE in caller.permissions)
