"""The address of the search."""

from typing import Annotated, Final

from fastapi import Depends, Query

from core.access.dependencies import Services, allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.search.asking import LONGEST_QUESTION
from core.search.errors import SearchTooSlow
from core.search.finding import TYPES, find
from core.search.schemas import FoundOut, HitOut, ObjectType
from core.web.fields import FilledLine
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["search"])

Searcher = Annotated[Caller, Depends(allow(Permission.SEARCH_USE))]
_MOST: Final = 100
_OF_TEACHERS: Final = ("person", "group")


@router.get("/search", responses=problem_responses(SearchTooSlow), summary="Search everything")
async def search(
    caller: Searcher,
    services: Services,
    q: Annotated[
        FilledLine,
        Query(
            max_length=LONGEST_QUESTION,
            description="Names, words of titles and contents in any form, numbers however they are spaced; a phrase in"
            " quotation marks is looked for as it stands. Typing errors are forgiven when nothing fits exactly.",
            examples=["Образцова диплом", "ПП-I 000123"],
        ),
    ],
    types: Annotated[
        list[ObjectType] | None, Query(max_length=len(TYPES), description="Only these; repeat the parameter.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST, description="How many hits at most.")] = 20,
) -> FoundOut:
    """Learners, groups, personal files, cases and documents of the institution, best first.

    Cases are found with the permission to read them only. Teachers find the own groups and their learners.
    """
    asked = dict.fromkeys(types or TYPES)
    known = TYPES if caller.scope.own_groups_on is None else _OF_TEACHERS
    wanted = [each for each in asked if each in known and (each != "case" or caller.may(Permission.CASES_READ))]
    async with services.database.work(caller.scope) as work:
        hits = await find(work, q, object_types=wanted, limit=limit)
        work.record("search.asked", "search", "", {"q": q, "types": wanted, "shown": len(hits)})
    return FoundOut(items=[HitOut.of(hit) for hit in hits])
