"""Addresses of the staff."""

from collections.abc import Collection
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.errors import Forbidden, NotFound, StaleState
from core.kernel.keyset import Listing
from core.people.names import name_prefix
from core.staff import keeping
from core.staff.errors import AccountTaken, NoSuchAccount, StaffNumberTaken
from core.staff.keeping import PRIVATE, edit_member, find_member
from core.staff.models import StaffMember
from core.staff.schemas import StaffIn, StaffOut, StaffPatch, StaffPersonalDataOut
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import BadCursor, PreconditionFailed, PreconditionRequired
from core.web.fields import CleanLine
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["staff"])

Reader = Annotated[Caller, Depends(allow(Permission.STAFF_READ))]
PrivateReader = Annotated[Caller, Depends(allow(Permission.STAFF_READ, Permission.PEOPLE_PRIVATE))]
Writer = Annotated[Caller, Depends(allow(Permission.STAFF_WRITE))]

_LAST_CHARACTER = "\U0010ffff"


def _require_private(caller: Caller, sent: Collection[str]) -> None:
    """Refuse to answer by an error whose СНИЛС it is to somebody who may not read it."""
    if not (caller.may(Permission.PEOPLE_PRIVATE) or PRIVATE.isdisjoint(sent)):
        raise Forbidden(needed=[Permission.PEOPLE_PRIVATE.value])


@router.get("/staff", responses=problem_responses(BadCursor), summary="List the staff")
async def list_staff(
    caller: Reader,
    services: Services,
    page: Paging,
    name: Annotated[
        CleanLine | None, Query(max_length=300, description="Only those whose full name begins so.")
    ] = None,
    archived: Annotated[bool | None, Query(description="Only those who have left, or only those who have not.")] = None,
) -> Page[StaffOut]:
    """In the order of their names."""
    wanted: dict[str, Any] = {} if archived is None else {"archived": archived}
    if name is not None and (beginning := name_prefix(name)):
        wanted |= {"sort_key__gte": beginning, "sort_key__lt": beginning + _LAST_CHARACTER}
    async with services.database.work(caller.scope) as work:
        shown = await paged(Listing(StaffMember.filter(**wanted), ("sort_key", "id")), page, StaffOut.of)
        work.record("staff.listed", "staff", "", {"filters": wanted, "shown": len(shown.items)})
    return shown


@router.post("/staff", status_code=201, responses=problem_responses(StaffNumberTaken), summary="Take in a member")
async def create_member(response: Response, wanted: StaffIn, caller: Writer, services: Services) -> StaffOut:
    """Take in a member of the staff. Date of birth, СНИЛС and contacts need the permission `people.private` too."""
    _require_private(caller, wanted.model_fields_set)
    async with services.database.work(caller.scope) as work:
        member = await keeping.create_member(work, wanted.to_wanted())
    response.headers["Location"] = f"/api/v1/staff/{member.id}"
    response.headers["ETag"] = etag(member.revision)
    return StaffOut.of(member)


@router.get(
    "/staff/{staff_id}", responses=UNCHANGED | problem_responses(NotFound), summary="Read a member of the staff"
)
async def read_member(
    request: Request, response: Response, staff_id: UUID, caller: Reader, services: Services
) -> StaffOut:
    """What is known of a member of the staff."""
    async with services.database.work(caller.scope) as work:
        member = await find_member(staff_id)
        fresh(request, response, member.revision)
        work.record("staff.read", "staff", staff_id)
    return StaffOut.of(member)


@router.get(
    "/staff/{staff_id}/personal-data",
    responses=UNCHANGED | problem_responses(NotFound),
    summary="Read СНИЛС and contacts of a member of the staff",
)
async def read_staff_personal_data(
    request: Request, response: Response, staff_id: UUID, caller: PrivateReader, services: Services
) -> StaffPersonalDataOut:
    """What is in no list; changed where the member is."""
    async with services.database.work(caller.scope) as work:
        member = await find_member(staff_id)
        fresh(request, response, member.revision)
        work.record("staff.personal_data_read", "staff", staff_id)
    return StaffPersonalDataOut.of(member)


@router.patch(
    "/staff/{staff_id}",
    responses=problem_responses(
        NotFound,
        StaffNumberTaken,
        NoSuchAccount,
        AccountTaken,
        StaleState,
        PreconditionFailed,
        PreconditionRequired,
    ),
    summary="Correct a member of the staff, or link an account",
)
async def change_member(
    response: Response, staff_id: UUID, changes: StaffPatch, expected: IfMatch, caller: Writer, services: Services
) -> StaffOut:
    """Change the members that are sent. `login` links the member to an account of this institution.

    With the role of teacher that account then sees the groups that the member teaches. Date of birth, СНИЛС and
    contacts need the permission `people.private` too.
    """
    _require_private(caller, changes.model_fields_set)
    sent, login = changes.of_member()
    async with services.database.work(caller.scope) as work:
        member = await find_member(staff_id)
        expected.require(member.revision)
        member = await edit_member(work, member, sent, login=login)
    response.headers["ETag"] = etag(member.revision)
    return StaffOut.of(member)
