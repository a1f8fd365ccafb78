"""Valid requests to the addresses of staff, representatives, study periods, subjects and enrolments."""

from itertools import count
from typing import Final

from tests.registry.api.world import ANY, V1, Ask, Sample, World, made
from tests.registry_house import Json

_NUMBERS: Final = count(1)
_PERIOD: Final = {"name": "Сборы", "kind": "other", "starts_on": "2026-05-01", "ends_on": "2026-05-05"}


def named(name: str) -> Json:
    return {"name": f"{name} {next(_NUMBERS)}"}


async def _made(world: World, address: str, body: Json) -> str:
    answer = await world.house.clerk.post(f"{V1}/{address}", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def person(world: World) -> Ask:
    return Ask(ids={"person_id": world.house.a.learner})


async def new_representative(world: World) -> Ask:
    return Ask(ids={"person_id": world.house.a.learner}, json={"family_name": "Примерова", "relation": "мать"})


async def representative(world: World) -> Ask:
    body = {"family_name": "Примерова"}
    made_one = await _made(world, f"people/{world.house.a.learner}/representatives", body)
    return Ask(ids={"representative_id": made_one})


async def representative_changed(world: World) -> Ask:
    return Ask(ids=(await representative(world)).ids, headers=ANY, json={"ground": "свидетельство о рождении"})


async def new_member(_world: World) -> Ask:
    return Ask(json={"family_name": "Учителева", "position": "учитель"})


async def member(world: World) -> Ask:
    return Ask(ids={"staff_id": await _made(world, "staff", {"family_name": "Учителева"})})


async def member_changed(world: World) -> Ask:
    return Ask(ids=(await member(world)).ids, headers=ANY, json={"position": "завуч"})


async def new_period(_world: World) -> Ask:
    return Ask(json=_PERIOD)


async def period(world: World) -> Ask:
    return Ask(ids={"study_period_id": await _made(world, "study-periods", _PERIOD)})


async def period_changed(world: World) -> Ask:
    return Ask(ids=(await period(world)).ids, headers=ANY, json={"name": "Полевые сборы"})


async def new_subject(_world: World) -> Ask:
    return Ask(json=named("Алгебра"))


async def subject(world: World) -> Ask:
    return Ask(ids={"subject_id": await _made(world, "subjects", named("Геометрия"))})


async def subject_changed(world: World) -> Ask:
    return Ask(ids=(await subject(world)).ids, headers=ANY, json={"area": "Математика"})


async def new_enrolment(world: World) -> Ask:
    body = {"group_id": str(world.house.a.group), "person_id": await world.person(), "role": "learner"}
    return Ask(json=body)


async def enrolment(world: World) -> Ask:
    return Ask(ids={"enrolment_id": world.known["enrolment_id"]})


async def enrolment_changed(world: World) -> Ask:
    ask = await new_enrolment(world)
    made_one = await _made(world, "enrolments", ask.json or {})
    return Ask(ids={"enrolment_id": made_one}, headers=ANY, json={"ends_on": "2026-05-31"})


async def roster(world: World) -> Ask:
    return Ask(ids={"group_id": world.house.a.group})


SAMPLES: Final[dict[str, Sample]] = {
    f"GET {V1}/people/{{person_id}}/personal-data": made(person),
    f"GET {V1}/people/{{person_id}}/representatives": made(person),
    f"POST {V1}/people/{{person_id}}/representatives": made(new_representative),
    f"GET {V1}/representatives/{{representative_id}}": made(representative),
    f"PATCH {V1}/representatives/{{representative_id}}": made(representative_changed),
    f"POST {V1}/staff": made(new_member),
    f"GET {V1}/staff/{{staff_id}}": made(member),
    f"GET {V1}/staff/{{staff_id}}/personal-data": made(member),
    f"PATCH {V1}/staff/{{staff_id}}": made(member_changed),
    f"POST {V1}/study-periods": made(new_period),
    f"GET {V1}/study-periods/{{study_period_id}}": made(period),
    f"PATCH {V1}/study-periods/{{study_period_id}}": made(period_changed),
    f"POST {V1}/subjects": made(new_subject),
    f"GET {V1}/subjects/{{subject_id}}": made(subject),
    f"PATCH {V1}/subjects/{{subject_id}}": made(subject_changed),
    f"GET {V1}/groups/{{group_id}}/learners": made(roster),
    f"POST {V1}/enrolments": made(new_enrolment),
    f"GET {V1}/enrolments/{{enrolment_id}}": made(enrolment),
    f"PATCH {V1}/enrolments/{{enrolment_id}}": made(enrolment_changed),
}
"""Requests by method and address."""
