"""How tests make inventories and acts: by the people of an institution, through the API."""

from typing import Any

import httpx

from tests.registry.cases.desk import ANY, close, open_case
from tests.registry.nomenclature.office import OFFICER, begin, in_force_by_hand, row, section
from tests.registry_house import House, Json, Place

V1 = "/api/v1"
ACTS = f"{V1}/disposal-acts"
LINES = f"{V1}/disposal-act-lines"
INVENTORIES = f"{V1}/inventories"
BASIS = "Перечень, утв. приказом Росархива от 20.12.2019 № 236"
MINUTES = {"decided_on": "2026-01-15", "number": "1", "members": ["Проверкина А. А.", "Образцов Б. Б."]}
APPROVED = {"number": "1-у"}
REASON = {"reason": "так решено"}
YEAR = 2020
"""Of the cases: closed in it, those of «1 год» have been due since 2022."""


async def classes(house: House, *terms: str, place: Place | None = None, year: int = YEAR) -> list[Json]:
    """Rows with these terms, in a nomenclature in force for the year of the cases."""
    place = place or house.a
    version = await begin(place, year)
    part = await section(place, version)
    made = [
        await row(place, part, title=f"Дела {number}", term=term, article=f"ст. {number}")
        for number, term in enumerate(terms)
    ]
    await in_force_by_hand(house, version, place)
    return made


async def closed_case(place: Place, record_class: Json, year: int = YEAR, **members: Any) -> Json:  # noqa: ANN401 - members of a body
    made = await open_case(place, record_class, opened_on=f"{year}-01-09", **members)
    return await close(place, made, f"{year}-12-25")


async def due_cases(house: House, count: int = 1, place: Place | None = None) -> list[Json]:
    """Cases of one class whose date came long ago."""
    place = place or house.a
    [record_class] = await classes(house, "1 год", place=place)
    return [await closed_case(place, record_class, title=f"Дело {number}") for number in range(count)]


async def no_inventories(place: Place, first: int = YEAR, last: int = YEAR) -> None:
    """Say for all categories that there is nothing to list."""
    for category in ("permanent", "personnel", "long_term"):
        made = await begin_inventory(place, category=category, first_year=first, last_year=last, empty=True)
        assert (await approve_inventory(place, made)).status_code == 200


async def begin_inventory(place: Place, **members: Any) -> Json:  # noqa: ANN401 - members of a body
    body = {"category": "permanent", "first_year": YEAR, "last_year": YEAR, **members}
    answer = await place.of(OFFICER).post(INVENTORIES, json=body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def enter(place: Place, inventory: Json, *cases: Json) -> httpx.Response:
    body = {"case_ids": [case["id"] for case in cases]} if cases else {}
    return await place.of(OFFICER).post(f"{INVENTORIES}/{inventory['id']}/entry", json=body, headers=ANY)


async def approve_inventory(place: Place, inventory: Json, role: str = "head") -> httpx.Response:
    body = {"number": f"оп. {inventory['category']}", "minutes_date": "2026-01-12", "minutes_number": "1"}
    return await place.of(role).post(f"{INVENTORIES}/{inventory['id']}/approval", json=body, headers=ANY)


async def policy(place: Place, *, source: bool = False) -> None:
    """Say whether the institution supplies an archive."""
    body = {"source_of_acquisition": source, "basis": "приказ № 1"}
    assert (await place.of("head").post(f"{V1}/retention-policies", json=body)).status_code == 201


async def make_act(place: Place, *cases: Json, role: str = OFFICER) -> httpx.Response:
    """An act of these cases, or of everything that is due."""
    body: Json = {"basis": BASIS} | ({"case_ids": [case["id"] for case in cases]} if cases else {})
    return await place.of(role).post(ACTS, json=body)


async def draft(place: Place, *cases: Json) -> Json:
    answer = await make_act(place, *cases)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def decide_on_results(place: Place, act: Json) -> None:
    """Say of every line that its results may go although no snapshot of a period holds them."""
    for line in await lines(place, act):
        if any(each["unarchived"] for each in line["carried"]):
            body = {"reason": "журналы велись на бумаге", "evidence": "протокол ЭК № 2"}
            answer = await place.of("commission").post(f"{LINES}/{line['id']}/results-decision", json=body, headers=ANY)
            assert answer.status_code == 200, answer.text


async def step(
    place: Place, act: Json, name: str, role: str, body: Json | None = None, match: str = "*"
) -> httpx.Response:
    path = f"{ACTS}/{act['id']}/{name}"
    return await place.of(role).post(path, json=body or {}, headers={"If-Match": match})


STEPS: dict[str, list[tuple[str, str, Json]]] = {
    "in_review": [("submission", OFFICER, {})],
    "changes_requested": [("submission", OFFICER, {}), ("return", "commission", {"comment": "проверить"})],
    "reviewed": [("submission", OFFICER, {}), ("agreement", "commission", MINUTES)],
    "waiting": [("submission", OFFICER, {}), ("agreement", "commission", MINUTES), ("approval", "head", APPROVED)],
}
"""Ways from a draft, in an institution that supplies no archive."""


async def brought_to(place: Place, act: Json, state: str, author: Place | None = None) -> Json:
    """Take an act from the draft to a state; `author` holds the account that made it."""
    for name, role, body in STEPS.get(state, []):
        answer = await step((author or place) if role == OFFICER else place, act, name, role, body)
        assert answer.status_code == 200, answer.text
    found = await read_act(place, act)
    assert found["state"] == state
    return found


async def act_in(house: House, state: str, count: int = 1) -> Json:
    """An act of due cases in this state, with everything that its gates need."""
    cases = await due_cases(house, count)
    await policy(house.a)
    await no_inventories(house.a)
    return await brought_to(house.a, await draft(house.a, *cases), state)


async def read_act(place: Place, act: Json) -> Json:
    found: Json = (await place.of("auditor").get(f"{ACTS}/{act['id']}")).json()
    return found


async def lines(place: Place, act: Json) -> list[Json]:
    answer = await place.of("auditor").get(f"{ACTS}/{act['id']}/lines")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["items"]
    return found


async def summary(place: Place, act: Json) -> Json:
    answer = await place.of("auditor").get(f"{ACTS}/{act['id']}/summary")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def exclude(place: Place, line: Json, role: str = OFFICER, reason: str = "нужно ещё") -> httpx.Response:
    path = f"{LINES}/{line['id']}/exclusion"
    return await place.of(role).post(path, json={"reason": reason}, headers=ANY)
