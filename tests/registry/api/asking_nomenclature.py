"""Valid requests to the addresses of the nomenclature."""

from hashlib import sha256
from typing import Final

from tests.registry.api.world import ANY, REASON, V1, Ask, Sample, World, made
from tests.registry.nomenclature.office import MINUTES, OFFICER, TABLE, UNCLEAR, begin, row, section, step
from tests.registry_house import Json

_VERSION: Final = f"{V1}/nomenclature-versions/{{version_id}}"
_SECTION: Final = f"{V1}/nomenclature-sections/{{section_id}}"
_CLASS: Final = f"{V1}/record-classes/{{class_id}}"
_DECISION: Final = f"{V1}/term-decisions/{{decision_id}}"


async def draft(world: World, *steps: str) -> tuple[Json, Json, Json]:
    """A version with one section and one row that nobody can read, after some steps."""
    place = world.house.a
    version = await begin(place, next(world.years))
    part = await section(place, version)
    line = await row(place, part, term=UNCLEAR)
    people = {"submission": (OFFICER, None), "agreement": ("commission", MINUTES), "approval": ("head", {})}
    for name in steps:
        role, body = people[name]
        answer = await step(place, version, name, role, body)
        assert answer.is_success, answer.text
    return version, part, line


async def new_nomenclature(world: World) -> Ask:
    return Ask(json={"year": next(world.years)})


async def nomenclature(world: World) -> Ask:
    version, _, _ = await draft(world)
    return Ask(ids={"nomenclature_id": version["nomenclature_id"]})


async def amendment(world: World) -> Ask:
    version, _, _ = await draft(world, "submission", "agreement", "approval")
    return Ask(ids={"nomenclature_id": version["nomenclature_id"]}, json={"effective_on": f"{version['year']}-09-01"})


async def version_read(world: World) -> Ask:
    return Ask(ids={"version_id": (await draft(world))[0]["id"]})


async def new_section(world: World) -> Ask:
    return Ask(ids={"version_id": (await draft(world))[0]["id"]}, json={"title": "Архив"})


async def section_read(world: World) -> Ask:
    return Ask(ids={"section_id": (await draft(world))[1]["id"]})


async def section_changed(world: World) -> Ask:
    return Ask(ids={"section_id": (await draft(world))[1]["id"]}, headers=ANY, json={"title": "Архив"})


async def section_removed(world: World) -> Ask:
    version, _, _ = await draft(world)
    return Ask(ids={"section_id": (await section(world.house.a, version, "02"))["id"]}, headers=ANY)


async def reserves(world: World) -> Ask:
    return Ask(ids={"section_id": (await draft(world))[1]["id"]}, json={"count": 1})


async def new_row(world: World) -> Ask:
    version, part, _ = await draft(world)
    body = {"section_id": part["id"], "title": "Планы", "term": "5 лет"}
    return Ask(ids={"version_id": version["id"]}, json=body)


async def row_read(world: World) -> Ask:
    return Ask(ids={"class_id": (await draft(world))[2]["id"]})


async def row_changed(world: World) -> Ask:
    return Ask(ids={"class_id": (await draft(world))[2]["id"]}, headers=ANY, json={"title": "Планы"})


async def row_removed(world: World) -> Ask:
    return Ask(ids={"class_id": (await draft(world))[2]["id"]}, headers=ANY)


async def submitted(world: World) -> Ask:
    return Ask(ids={"version_id": (await draft(world))[0]["id"]}, headers=ANY)


async def agreed(world: World) -> Ask:
    return Ask(ids={"version_id": (await draft(world, "submission"))[0]["id"]}, headers=ANY, json=MINUTES)


async def approved(world: World) -> Ask:
    version, _, _ = await draft(world, "submission", "agreement")
    return Ask(ids={"version_id": version["id"]}, headers=ANY, json={})


async def returned(world: World) -> Ask:
    return Ask(ids={"version_id": (await draft(world, "submission"))[0]["id"]}, headers=ANY, json=REASON)


async def abandoned(world: World) -> Ask:
    asked = await amendment(world)
    path = f"{V1}/nomenclatures/{asked.ids['nomenclature_id']}/amendments"
    version = (await world.house.of(OFFICER).post(path, json=asked.json)).json()
    return Ask(ids={"version_id": version["id"]}, headers=ANY, json=REASON)


async def looked_at(world: World) -> Ask:
    version = await begin(world.house.a, next(world.years))
    return Ask(ids={"version_id": version["id"]}, params={"file_name": "н.csv"}, content=TABLE)


async def imported(world: World) -> Ask:
    version = await begin(world.house.a, next(world.years))
    content = TABLE.replace(b"2026", str(version["year"]).encode())
    params = {"file_name": "н.csv", "sha256": sha256(content).hexdigest()}
    return Ask(ids={"version_id": version["id"]}, params=params, content=content)


PROPOSAL: Final = {"term": "5 лет", "basis": "решение ЭК", "reason": "так понимает комиссия"}


async def new_decision(world: World) -> Ask:
    return Ask(ids={"class_id": (await draft(world))[2]["id"]}, json=PROPOSAL)


async def decision(world: World) -> Ask:
    asked = await new_decision(world)
    path = f"{V1}/record-classes/{asked.ids['class_id']}/term-decisions"
    made = await world.house.of(OFFICER).post(path, json=PROPOSAL)
    return Ask(ids={"decision_id": made.json()["id"]}, json=REASON)


async def decision_read(world: World) -> Ask:
    return Ask(ids=(await decision(world)).ids)


SAMPLES: Final[dict[str, Sample]] = {
    f"POST {V1}/nomenclatures": made(new_nomenclature),
    f"GET {V1}/nomenclatures/{{nomenclature_id}}": made(nomenclature),
    f"POST {V1}/nomenclatures/{{nomenclature_id}}/amendments": made(amendment),
    f"GET {_VERSION}": made(version_read),
    f"GET {_VERSION}/sections": made(version_read),
    f"POST {_VERSION}/sections": made(new_section),
    f"GET {_VERSION}/record-classes": made(version_read),
    f"POST {_VERSION}/record-classes": made(new_row),
    f"POST {_VERSION}/import-check": made(looked_at),
    f"POST {_VERSION}/import": made(imported),
    f"POST {_VERSION}/submission": made(submitted),
    f"POST {_VERSION}/agreement": made(agreed),
    f"POST {_VERSION}/approval": made(approved),
    f"POST {_VERSION}/return": made(returned),
    f"POST {_VERSION}/abandonment": made(abandoned),
    f"GET {_SECTION}": made(section_read),
    f"PATCH {_SECTION}": made(section_changed),
    f"DELETE {_SECTION}": made(section_removed),
    f"POST {_SECTION}/reserves": made(reserves),
    f"GET {_CLASS}": made(row_read),
    f"PATCH {_CLASS}": made(row_changed),
    f"DELETE {_CLASS}": made(row_removed),
    f"POST {_CLASS}/term-decisions": made(new_decision),
    f"GET {_DECISION}": made(decision_read),
    f"POST {_DECISION}/confirmation": made(decision),
    f"POST {_DECISION}/rejection": made(decision),
}
"""Requests by method and address; the lists need nothing."""
