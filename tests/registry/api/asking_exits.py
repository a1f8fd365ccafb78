"""Valid requests to the addresses of transfers, returns and mergers."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

from tests.registry.api.world import ANY, REASON, V1, Ask, Sample, World, made
from tests.registry.cases.desk import close, open_case
from tests.registry.disposal import bureau
from tests.registry.exits import gate
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import Json, Place

_TRANSFER: Final = f"{V1}/transfers/{{transfer_id}}"
_RETURN: Final = f"{V1}/returns/{{return_id}}"
_NUMBERS: Final = count(1)
_TERM: Final = "6 лет"
_YEAR: Final = 2016
Make = Callable[[World], Awaitable[Json]]


async def case(world: World, *, closed: bool = True) -> Json:
    """A case that may leave."""
    a = world.house.a
    key = f"exits {_TERM}"
    if key not in world.rows:
        [world.rows[key]] = await bureau.classes(world.house, _TERM, year=_YEAR)
    number = next(_NUMBERS)
    found = await open_case(a, world.rows[key], title=f"Дело {number}", opened_on=f"{_YEAR}-02-01", paper=True)
    return await close(a, found, f"{_YEAR}-12-25") if closed else found


async def transfer(world: World, *, approved: bool = False) -> Json:
    found = await gate.prepared(world.house.a, await case(world))
    if approved:
        assert (await gate.approve(world.house.a, found, f"п-{next(_NUMBERS)}")).status_code == 200
    return found


async def packed(world: World) -> Json:
    """A transfer with its package."""
    found = await transfer(world, approved=True)
    await gate.run_jobs(world.house)
    assert (await gate.package(world.house.a, found))["state"] == "ready"
    return found


def shared(key: str, make: Make, ask: Callable[[Json], Ask], *, by: str = "") -> Sample:
    """A request about one thing, made anew only for who may change it: a role in the first institution."""

    async def sample(world: World, place: Place, role: str) -> Ask:
        if role == by and place.id == world.house.a.id:
            found = await make(world)
        else:
            if key not in world.rows:
                world.rows[key] = await make(world)
            found = world.rows[key]
        return ask(found)

    return sample


def of(name: str, body: Callable[[], Json] | None = None) -> Callable[[Json], Ask]:
    """A request that names the thing by the parameter `name`, and sends a body if there is one."""

    def ask(found: Json) -> Ask:
        sent = None if body is None else body()
        return Ask(ids={name: found["id"]}, headers={} if body is None else ANY, json=sent)

    return ask


async def approved(world: World) -> Json:
    return await transfer(world, approved=True)


async def accepted(world: World) -> Json:
    found = await packed(world)
    return {**found, "sha256": (await gate.package(world.house.a, found))["sha256"]}


def acceptance(found: Json) -> Ask:
    body = {"number": "А-1", "accepted_on": "2026-03-02", "accepted_by": "хранитель Образцов Б. Б."}
    sent = {**body, "package_sha256": found["sha256"]}
    return Ask(ids={"transfer_id": found["id"]}, headers=ANY, json=sent)


async def line(world: World) -> Json:
    [found] = await gate.lines(world.house.a, await transfer(world))
    return found


async def owner_return(world: World) -> Json:
    answer = await gate.prepare_return(world.house.a, case_id=(await case(world))["id"])
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def opened(world: World) -> Json:
    return {**await case(world, closed=False), "target": (await case(world, closed=False))["id"]}


def merger(found: Json) -> Ask:
    return Ask(ids={"case_id": found["id"]}, headers=ANY, json={"into_case_id": found["target"], **REASON})


def numbered() -> Json:
    return {"number": f"п-{next(_NUMBERS)}"}


async def cancelled(world: World) -> Ask:
    return Ask(ids={"transfer_id": (await transfer(world))["id"]}, headers=ANY, json=REASON)


def reasoned() -> Json:
    return dict(REASON)


async def known(world: World) -> dict[str, str]:
    """One of everything of exits, by the name of the parameter that names it."""
    found = await transfer(world)
    [line] = await gate.lines(world.house.a, found)
    prepared = await owner_return(world)
    return {"transfer_id": found["id"], "transfer_line_id": line["id"], "return_id": prepared["id"]}


_READING: Final = shared("exits packed", packed, of("transfer_id"))
_TAKING_BACK: Final = shared("exits return", owner_return, of("return_id"))

SAMPLES: Final[dict[str, Sample]] = {
    f"POST {V1}/transfers": shared(
        "exits case", case, lambda found: Ask(json={**gate.ARCHIVE, "case_ids": [found["id"]]}), by=OFFICER
    ),
    f"GET {_TRANSFER}": _READING,
    f"GET {_TRANSFER}/lines": _READING,
    f"GET {_TRANSFER}/act": _READING,
    f"GET {_TRANSFER}/package": _READING,
    f"GET {_TRANSFER}/package/content": _READING,
    f"POST {_TRANSFER}/package": shared("exits approved", approved, of("transfer_id", dict)),
    f"POST {V1}/transfer-lines/{{transfer_line_id}}/exclusion": shared(
        "exits line", line, of("transfer_line_id", reasoned), by=OFFICER
    ),
    f"POST {_TRANSFER}/approval": shared("exits draft", transfer, of("transfer_id", numbered), by="head"),
    f"POST {_TRANSFER}/acceptance": shared("exits accepted", accepted, acceptance, by=OFFICER),
    f"POST {_TRANSFER}/cancellation": made(cancelled),
    f"POST {V1}/returns": shared(
        "exits case", case, lambda found: Ask(json={**gate.RECEIPT, "case_id": found["id"]}), by="clerk"
    ),
    f"GET {_RETURN}": _TAKING_BACK,
    f"GET {_RETURN}/receipt": _TAKING_BACK,
    f"POST {_RETURN}/confirmation": shared("exits return", owner_return, of("return_id", numbered), by=OFFICER),
    f"POST {_RETURN}/cancellation": shared("exits return", owner_return, of("return_id", reasoned), by="clerk"),
    f"GET {V1}/cases/{{case_id}}/mergers": shared("exits case", case, of("case_id")),
    f"POST {V1}/cases/{{case_id}}/merger": shared("exits open", opened, merger, by="records_officer"),
}
"""Requests by method and address; the lists need nothing."""
