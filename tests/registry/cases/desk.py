"""How tests open, fill and close cases: by the people of an institution, through the API."""

from typing import Any

import httpx

from tests.registry.nomenclature.office import begin, in_force_by_hand, row, section
from tests.registry_house import House, Json, Place

V1 = "/api/v1"
CASES = f"{V1}/cases"
HOLDS = f"{V1}/holds"
ANY = {"If-Match": "*"}
GROUND = {"reason_kind": "claim", "reason": "иск", "document": "определение суда от 01.03.2026"}


async def classes(house: House, *terms: str, place: Place | None = None, year: int = 2026, **cells: Any) -> list[Json]:  # noqa: ANN401 - members of a body
    """Rows with these terms, in a nomenclature in force for the year."""
    place = place or house.a
    version = await begin(place, year)
    part = await section(place, version)
    made = [await row(place, part, title=f"Дела {number}", term=term, **cells) for number, term in enumerate(terms)]
    await in_force_by_hand(house, version, place)
    return made


async def open_case(place: Place, record_class: Json, **members: Any) -> Json:  # noqa: ANN401 - members of a body
    answer = await place.clerk.post(CASES, json={"class_id": record_class["id"], **members})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def new_case(house: House, term: str = "5 лет", **members: Any) -> Json:  # noqa: ANN401 - members of a body
    """A case of a class of its own."""
    [record_class] = await classes(house, term)
    return await open_case(house.a, record_class, **members)


async def act(place: Place, case: Json, step: str, body: Json, role: str = "clerk", match: str = "*") -> httpx.Response:
    """A step of a case, or something recorded of it."""
    path = f"{CASES}/{case['id']}/{step}"
    return await place.of(role).post(path, json=body, headers={"If-Match": match})


async def close(place: Place, case: Json, closed_on: str | None = None) -> Json:
    body = {"close_volumes": True} | ({"closed_on": closed_on} if closed_on else {})
    answer = await act(place, case, "closing", body)
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()
    return made


async def read_case(place: Place, case: Json) -> Json:
    found: Json = (await place.clerk.get(f"{CASES}/{case['id']}")).json()
    return found


async def why(place: Place, case: Json) -> Json:
    answer = await place.clerk.get(f"{CASES}/{case['id']}/why")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def file(place: Place, document: Json, case: Json, **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
    path = f"{V1}/documents/{document['id']}/filing"
    return await place.clerk.post(path, json={"case_id": case["id"], **members}, headers=ANY)


async def hold(place: Place, role: str = "clerk", **targets: Any) -> Json:  # noqa: ANN401 - members of a body
    answer = await place.of(role).post(HOLDS, json={**GROUND, **targets})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def lift(place: Place, placed: Json, role: str = "head") -> httpx.Response:
    body = {"reason": "дело закончено", "document": "решение суда"}
    return await place.of(role).post(f"{HOLDS}/{placed['id']}/lifting", json=body)
