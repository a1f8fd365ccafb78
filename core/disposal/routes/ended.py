"""Address of the learners whose rows in the registry ended, or shall end, with their last file."""

from typing import Annotated

from fastapi import Query

from core.access.dependencies import Services
from core.disposal.execution.people import what_keeps
from core.disposal.routes.dependencies import Reader
from core.disposal.schemas import EndedPersonOut
from core.kernel.keyset import Listing
from core.people.models import EndedPerson
from core.web.errors import BadCursor
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router()


@router.get("/ended-people", responses=problem_responses(BadCursor), summary="List learners whose rows ended")
async def list_ended_people(
    caller: Reader,
    services: Services,
    page: Paging,
    waiting: Annotated[
        bool | None, Query(description="Only those whom something keeps still, or only those who have ended.")
    ] = None,
) -> Page[EndedPersonOut]:
    """The newest first, without names: by which act, how many rows of each kind, and what keeps who has not ended."""
    wanted = {} if waiting is None else {"ended_at__isnull": waiting}
    async with services.database.work(caller.scope) as work:
        listing = Listing(EndedPerson.filter(**wanted), ("-id",))
        rows, following = await listing.after(page.position(listing.position_types()), page.limit)
        kept = await what_keeps(work, [row.person_id for row in rows if row.ended_at is None])
        work.record("person.ended_listed", "person", "", {"shown": len(rows)})
    return page.closed([EndedPersonOut.of(row, kept.get(row.person_id, [])) for row in rows], following)
