"""Addresses of groups."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.errors import NotFound, StaleState
from core.kernel.keyset import Listing
from core.people import grouping
from core.people.errors import GroupNameTaken, GroupsInCircle
from core.people.grouping import edit_group, find_group
from core.people.models import Group
from core.people.schemas import GroupIn, GroupOut, GroupPatch, StudyYear
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["groups"])

Reader = Annotated[Caller, Depends(allow(Permission.GROUPS_READ))]
Writer = Annotated[Caller, Depends(allow(Permission.GROUPS_WRITE))]


def _teller(caller: Caller) -> Callable[[Group], GroupOut]:
    return GroupOut.of if caller.scope.own_groups_on is None else GroupOut.to_teacher


@router.get("/groups", responses=problem_responses(BadCursor), summary="List groups")
async def list_groups(
    caller: Reader,
    services: Services,
    page: Paging,
    study_year: Annotated[StudyYear | None, Query(description="Only those of this study year.")] = None,
    parent_id: Annotated[UUID | None, Query(description="Only those that lie within this group.")] = None,
    archived: Annotated[bool | None, Query(description="Only those that are over, or only those that are not.")] = None,
) -> Page[GroupOut]:
    """In the order of their names, numbers in them by value: «5А» stands before «10А»."""
    given = {"study_year": study_year, "parent_id": parent_id, "archived": archived}
    wanted: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(Group.filter(**wanted), ("sort_key", "id")), page, _teller(caller))
        work.record("group.listed", "group", "", {"filters": wanted, "shown": len(shown.items)})
    return shown


@router.post("/groups", status_code=201, responses=problem_responses(GroupNameTaken, NotFound), summary="Make a group")
async def create_group(response: Response, wanted: GroupIn, caller: Writer, services: Services) -> GroupOut:
    """Make a group or class of one study year."""
    async with services.database.work(caller.scope) as work:
        group = await grouping.create_group(work, wanted.to_wanted())
    response.headers["Location"] = f"/api/v1/groups/{group.id}"
    response.headers["ETag"] = etag(group.revision)
    return GroupOut.of(group)


@router.get("/groups/{group_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a group")
async def read_group(
    request: Request, response: Response, group_id: UUID, caller: Reader, services: Services
) -> GroupOut:
    """What is known of a group."""
    async with services.database.work(caller.scope) as work:
        group = await find_group(group_id)
        fresh(request, response, group.revision)
        work.record("group.read", "group", group_id)
    return _teller(caller)(group)


@router.patch(
    "/groups/{group_id}",
    responses=problem_responses(
        NotFound, GroupNameTaken, GroupsInCircle, StaleState, PreconditionFailed, PreconditionRequired
    ),
    summary="Correct a group",
)
async def change_group(
    response: Response, group_id: UUID, changes: GroupPatch, expected: IfMatch, caller: Writer, services: Services
) -> GroupOut:
    """Change the members that are sent; everything that belongs to the group is then found under the new name."""
    async with services.database.work(caller.scope) as work:
        group = await find_group(group_id)
        expected.require(group.revision)
        group = await edit_group(work, group, changes.changes())
    response.headers["ETag"] = etag(group.revision)
    return GroupOut.of(group)
