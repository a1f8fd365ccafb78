"""Addresses of holds."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.cases import holds
from core.cases.errors import HoldStepRefused, NothingToHold
from core.cases.models import Hold, HoldTarget
from core.cases.requests import Evidence, Reason
from core.cases.routes.dependencies import CHANGING, Reader
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.web.conditional import IfMatch, etag
from core.web.errors import BadCursor
from core.web.fields import Identifier, RequestBody
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router
from retention.transitions import Role

router = Router(tags=["holds"])

Placer = Annotated[Caller, Depends(allow(Permission.HOLDS_PLACE))]
Lifter = Annotated[Caller, Depends(allow(Permission.HOLDS_LIFT))]
ReasonKind = Literal["claim", "criminal_matter", "audit", "subject_request"]
Ids = Annotated[list[Identifier], Field(max_length=1000)]
_KNOWN_ROLES = frozenset(role.value for role in Role)


class TargetsIn(RequestBody):
    """What a hold names."""

    case_ids: Ids = Field(default_factory=list, description="Cases.")
    person_ids: Ids = Field(default_factory=list, description="People: all their cases, also those opened later.")
    class_ids: Ids = Field(default_factory=list, description="Rows of a nomenclature: all cases of the class, ever.")


class HoldIn(TargetsIn):
    """A hold to be placed."""

    reason_kind: ReasonKind = Field(description="Claim or court, criminal matter, audit, request of the subject.")
    reason: Reason
    document: Evidence
    whole_institution: bool = Field(default=False, description="Whether everything is held.")


class ExtensionIn(TargetsIn):
    """What an active hold shall name as well."""

    reason: Reason


class HoldLiftingIn(RequestBody):
    """The end of a hold."""

    reason: Reason
    document: Evidence


class HoldOut(BaseModel):
    """A hold («приостановка уничтожения»)."""

    id: UUID
    state: Literal["active", "lifted"]
    reason_kind: ReasonKind = Field(description="Why, in a word.")
    reason: str = Field(description="Why, in words.")
    document: str = Field(description="Document it rests on.")
    whole_institution: bool = Field(description="Whether everything is held.")
    case_ids: list[UUID] = Field(description="Cases it names.")
    person_ids: list[UUID] = Field(description="People it names.")
    lineage_ids: list[UUID] = Field(description="Classes it names, through all years.")
    placed_by: UUID = Field(description="Account.")
    placed_at: datetime = Field(description="When; it binds from then on.")
    lifted_by: UUID | None = Field(description="Account; another one.")
    lifted_at: datetime | None = Field(description="null while it is active.")
    lift_reason: str = Field(description="Why it was lifted.")
    lift_document: str = Field(description="Document the lifting rests on.")
    storage_jobs: str = Field(description="Where the jobs are listed that mark the files in storage, with progress.")
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: Hold, targets: list[HoldTarget]) -> Self:
        """Show a hold and what it names."""
        named = {"case_ids", "person_ids", "lineage_ids", "storage_jobs"}
        members = {name: getattr(row, name) for name in cls.model_fields if name not in named}
        return cls(
            **members,
            case_ids=[each.case_id for each in targets if each.case_id],
            person_ids=[each.person_id for each in targets if each.person_id],
            lineage_ids=[each.lineage_id for each in targets if each.lineage_id],
            storage_jobs=f"/api/v1/jobs?subject_type=hold&subject_id={row.id}",
        )


async def _shown(hold: Hold) -> HoldOut:
    return HoldOut.of(hold, (await holds.targets_of([hold]))[hold.id])


def _targets(wanted: TargetsIn, *, everything: bool = False) -> holds.Targets:
    return holds.Targets(
        case_ids=wanted.case_ids,
        person_ids=wanted.person_ids,
        class_ids=wanted.class_ids,
        whole_institution=everything,
    )


@router.get("/holds", responses=problem_responses(BadCursor), summary="List holds")
async def list_holds(
    caller: Reader,
    services: Services,
    page: Paging,
    state: Annotated[Literal["active", "lifted"] | None, Query(description="Only those in this state.")] = None,
) -> Page[HoldOut]:
    """The newest first."""
    wanted = {} if state is None else {"state": state}
    async with services.database.work(caller.scope) as work:
        listing = Listing(Hold.filter(**wanted), ("-id",))
        rows, following = await listing.after(page.position(listing.position_types()), page.limit)
        targets = await holds.targets_of(rows)
        work.record("hold.listed", "hold", "", {"filters": wanted, "shown": len(rows)})
        return page.closed([HoldOut.of(row, targets[row.id]) for row in rows], following)


@router.post("/holds", status_code=201, responses=problem_responses(NotFound, NothingToHold), summary="Place a hold")
async def create_hold(response: Response, wanted: HoldIn, caller: Placer, services: Services) -> HoldOut:
    """Suspend destruction of everything it covers, at once; the files are marked in storage by a job."""
    async with services.database.work(caller.scope) as work:
        made = await holds.place_hold(
            work,
            _targets(wanted, everything=wanted.whole_institution),
            reason_kind=wanted.reason_kind,
            reason=wanted.reason,
            document=wanted.document,
        )
        shown = await _shown(made)
    response.headers["Location"] = f"/api/v1/holds/{made.id}"
    response.headers["ETag"] = etag(made.revision)
    return shown


@router.get("/holds/{hold_id}", responses=problem_responses(NotFound), summary="Read a hold")
async def read_hold(response: Response, hold_id: UUID, caller: Reader, services: Services) -> HoldOut:
    """What it names, who placed it and why, and who lifted it."""
    async with services.database.work(caller.scope) as work:
        found = await holds.find_hold(hold_id)
        shown = await _shown(found)
        work.record("hold.read", "hold", hold_id)
    response.headers["ETag"] = etag(found.revision)
    return shown


@router.post(
    "/holds/{hold_id}/extension",
    responses=problem_responses(*CHANGING, HoldStepRefused, NothingToHold),
    summary="Extend a hold",
)
async def extend_hold(
    response: Response, hold_id: UUID, wanted: ExtensionIn, expected: IfMatch, caller: Placer, services: Services
) -> HoldOut:
    """Let an active hold name more cases, people or classes; nothing is ever taken off it."""
    async with services.database.work(caller.scope) as work:
        found = await holds.find_hold(hold_id)
        expected.require(found.revision)
        found = await holds.extend_hold(work, found, _targets(wanted), wanted.reason)
        shown = await _shown(found)
    response.headers["ETag"] = etag(found.revision)
    return shown


@router.post(
    "/holds/{hold_id}/lifting",
    responses=problem_responses(NotFound, HoldStepRefused, StaleState),
    summary="Lift a hold",
)
async def lift_hold(
    response: Response, hold_id: UUID, wanted: HoldLiftingIn, caller: Lifter, services: Services
) -> HoldOut:
    """End a hold that another person placed; there is no way back but to place a new one."""
    roles = frozenset(Role(role.value) for role in caller.roles if role.value in _KNOWN_ROLES)
    async with services.database.work(caller.scope) as work:
        found = await holds.find_hold(hold_id)
        found = await holds.lift_hold(work, found, reason=wanted.reason, document=wanted.document, roles=roles)
        shown = await _shown(found)
    response.headers["ETag"] = etag(found.revision)
    return shown
