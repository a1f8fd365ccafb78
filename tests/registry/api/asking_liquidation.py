"""Valid requests to the addresses of the end of an institution."""

from typing import Final

from tests.registry.api.world import ANY, V1, Ask, Sample, World, made
from tests.registry.disposal import bureau
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import Json

_ONE: Final = f"{V1}/liquidations/{{liquidation_id}}"
_ENDED: Final = {"liquidated_on": "2026-02-27", "evidence": "лист записи ЕГРЮЛ от 27.02.2026"}
_REASON: Final = {"reason": "запись признана недействительной"}
_TERM: Final = "До ликвидации организации"
_YEAR: Final = 2014


async def clear(world: World) -> None:
    """Take back what an earlier question recorded: an institution ends once."""
    head = world.house.a.of("head")
    for found in (await head.get(f"{V1}/liquidations")).json()["items"]:
        if found["state"] != "revoked":
            path = f"{V1}/liquidations/{found['id']}/revocation"
            assert (await head.post(path, json=_REASON, headers=ANY)).status_code == 200


async def recorded(world: World) -> Json:
    await clear(world)
    answer = await world.house.a.of(OFFICER).post(f"{V1}/liquidations", json=_ENDED)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def new(world: World) -> Ask:
    await clear(world)
    return Ask(json=dict(_ENDED))


async def reading(world: World) -> Ask:
    return Ask(ids={"liquidation_id": (await recorded(world))["id"]})


async def confirmation(world: World) -> Ask:
    return Ask(ids={"liquidation_id": (await recorded(world))["id"]}, headers=ANY, json={})


async def revocation(world: World) -> Ask:
    return Ask(ids={"liquidation_id": (await recorded(world))["id"]}, headers=ANY, json=dict(_REASON))


async def release(world: World) -> Ask:
    """A case that was kept until the liquidation, which two people have said."""
    if "liquidation" not in world.rows:
        [world.rows["liquidation"]] = await bureau.classes(world.house, _TERM, year=_YEAR)
    await clear(world)
    case = await bureau.closed_case(world.house.a, world.rows["liquidation"], _YEAR)
    found = await recorded(world)
    path = f"{V1}/liquidations/{found['id']}/confirmation"
    assert (await world.house.a.of("head").post(path, headers=ANY)).status_code == 200
    return Ask(ids={"case_id": case["id"]}, headers=ANY, json={"evidence": "ответ архива от 01.03.2026 № 15"})


async def known(world: World) -> dict[str, str]:
    """One record, by the name of the parameter that names it."""
    return {"liquidation_id": (await recorded(world))["id"]}


SAMPLES: Final[dict[str, Sample]] = {
    f"POST {V1}/liquidations": made(new),
    f"GET {_ONE}": made(reading),
    f"POST {_ONE}/confirmation": made(confirmation),
    f"POST {_ONE}/revocation": made(revocation),
    f"POST {V1}/cases/{{case_id}}/liquidation": made(release),
}
"""Requests by method and address; the list needs nothing."""
