"""Valid requests to the addresses of copies that stayed after a transfer."""

from itertools import count
from typing import Final
from uuid import UUID

from tests.registry.api.asking_exits import numbered, of, reasoned, shared
from tests.registry.api.world import V1, Ask, Sample, World
from tests.registry.disposal import bureau
from tests.registry.documents.papers import text
from tests.registry.exits import gate
from tests.registry.handed_over import reading_room
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import Json, Place

_DECISION: Final = f"{V1}/copy-decisions/{{copy_decision_id}}"
_NUMBERS: Final = count(1)
_TERM: Final = "7 лет"
_YEAR: Final = 2015


async def accepted(world: World) -> Json:
    """A transfer that an archive has accepted, with a copy here."""
    a = world.house.a
    key = f"copies {_TERM}"
    if key not in world.rows:
        [world.rows[key]] = await bureau.classes(world.house, _TERM, year=_YEAR)
    number = next(_NUMBERS)
    row, opened = world.rows[key], f"{_YEAR}-02-01"
    case = await gate.filled_case(a, row, text(), title=f"Копии {number}", opened_on=opened)
    return await reading_room.accepted(world.house, case, number=f"к-{number}")


async def proposal(world: World) -> Json:
    answer = await reading_room.propose(world.house.a, await accepted(world))
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def approved(world: World) -> Json:
    found = await proposal(world)
    assert (await reading_room.approve(world.house.a, found, f"р-{next(_NUMBERS)}")).status_code == 200
    return found


async def announced(world: World) -> Json:
    """An approved decision that one executor has announced, in an institution that lets one person execute."""
    found, owner = await approved(world), world.house.owner
    await owner.execute("ALTER TABLE copy_decisions DISABLE TRIGGER guarded")
    await owner.execute(
        "UPDATE copy_decisions SET single_person = true, single_person_since = '2026-01-01',"
        " single_person_ground = 'приказ № 3' WHERE id = $1",
        UUID(found["id"]),
    )
    await owner.execute("ALTER TABLE copy_decisions ENABLE TRIGGER guarded")
    assert (await reading_room.announce(world.house.a, found)).status_code == 200
    return found


async def line(world: World) -> Json:
    [found] = await reading_room.lines(world.house.a, await proposal(world))
    return found


def new(found: Json) -> Ask:
    body = {"outcome": "destroy", **reading_room.GROUND, **reading_room.EVIDENCE}
    return Ask(ids={"transfer_id": found["id"]}, json=body)


async def cancellation(world: World, place: Place, role: str) -> Ask:
    """Of a decision made anew for both who may give it up."""
    by = role if role in {OFFICER, "head"} else ""
    return await shared("copies proposal", proposal, of("copy_decision_id", reasoned), by=by)(world, place, role)


async def known(world: World) -> dict[str, str]:
    """One of everything of copies, by the name of the parameter that names it."""
    found = await proposal(world)
    [first] = await reading_room.lines(world.house.a, found)
    return {"copy_decision_id": found["id"], "copy_line_id": first["id"]}


_READING: Final = shared("copies proposal", proposal, of("copy_decision_id"))

SAMPLES: Final[dict[str, Sample]] = {
    f"POST {V1}/transfers/{{transfer_id}}/copy-decisions": shared("copies accepted", accepted, new, by=OFFICER),
    f"GET {_DECISION}": _READING,
    f"GET {_DECISION}/lines": _READING,
    f"GET {V1}/copy-lines/{{copy_line_id}}/objects": shared("copies line", line, of("copy_line_id")),
    f"POST {_DECISION}/approval": shared("copies proposal", proposal, of("copy_decision_id", numbered), by="head"),
    f"POST {_DECISION}/cancellation": cancellation,
    f"POST {_DECISION}/execution": shared("copies approved", approved, of("copy_decision_id", dict), by="executor"),
    f"POST {_DECISION}/execution/confirmation": shared(
        "copies announced", announced, of("copy_decision_id", dict), by="executor"
    ),
}
"""Requests by method and address; the list needs nothing."""
