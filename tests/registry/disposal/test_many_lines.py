"""A step of an act asks as many questions for many lines as for few, and holds take many lines off at once."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from asyncpg.connection import LoggedQuery

from core.access.permissions import Role
from core.cases.asking import asking
from core.disposal import steps
from core.disposal.lives import find_act
from core.disposal.models import DisposalAct
from core.kernel.database.work import Work
from retention.transitions import Asking
from tests.registry.cases.desk import hold
from tests.registry.disposal.bureau import draft, due_cases, lines, no_inventories, policy
from tests.registry_house import House, Json

_TODAY = date(2026, 3, 2)
_MINUTES = steps.Decision(decided_on=date(2026, 1, 15), number="1", members=("Проверкина А. А.",))
_Step = Callable[[Work, DisposalAct, Asking], Awaitable[DisposalAct]]
_STEPS: tuple[tuple[str, Role, _Step], ...] = (
    ("records_officer", Role.RECORDS_OFFICER, lambda work, act, who: steps.submit(work, act, who, {}, today=_TODAY)),
    ("commission", Role.COMMISSION, lambda work, act, who: steps.agree(work, act, who, _MINUTES, today=_TODAY)),
    ("head", Role.HEAD, lambda work, act, who: steps.cancel(work, act, who, "передумали", today=_TODAY)),
)


async def questions(house: House, act: Json, taken: tuple[str, Role, _Step]) -> list[str]:
    """What a step asks PostgreSQL, in order."""
    name, role, step = taken
    asked: list[str] = []

    def note(query: LoggedQuery) -> None:
        asked.append(query.query)

    async with house.services.database.work(house.a.scope(name)) as work:
        async with work.connection.acquire_connection() as connection:
            connection.add_query_logger(note)
        await step(work, await find_act(UUID(act["id"])), asking(work, [role]))
        await work.flush()
        connection.remove_query_logger(note)
    return asked


async def test_no_step_asks_once_a_line(house_in_memory: House) -> None:
    house = house_in_memory
    cases = await due_cases(house, 9)
    await policy(house.a)
    await no_inventories(house.a)
    few, many = await draft(house.a, *cases[:2]), await draft(house.a, *cases[2:])
    for taken in _STEPS:
        assert len(await questions(house, few, taken)) == len(await questions(house, many, taken)) > 0
    assert await house.owner.fetchval("SELECT count(*) FROM disposal_act_lines WHERE living") == 0
    again = await draft(house.a, *cases)
    await hold(house.a, whole_institution=True)
    held = await questions(house, again, _STEPS[2])
    assert {line["state"] for line in await lines(house.a, again)} == {"held"}
    assert len(held) < 40
