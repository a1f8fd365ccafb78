"""Valid requests to the addresses of results and rewards."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Final

from tests.registry.api.world import ANY, REASON, V1, Ask, Sample, World, made, plain
from tests.registry_house import Json, Place

_NUMBERS: Final = count(1)
_PRESET: Final = "general_school"
WILL: Final = {"covers": "all", "given_by": "learner", "given_on": "2026-02-02", "evidence": "заявление № 1"}
NEED: Final = {
    "nature": "talent",
    "description": "победы в олимпиадах",
    "evidence": "диплом",
    "starts_on": "2026-02-02",
}


def named(name: str) -> Json:
    return {"name": f"{name} {next(_NUMBERS)}"}


async def made_at(place: Place, address: str, body: Json, role: str = "clerk") -> Json:
    answer = await place.of(role).post(f"{V1}/{address}", json=body)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def whole(world: World, place: Place) -> Place:
    """The same institution with an account of every role."""
    return world.house.a if place.id == world.house.a.id else world.house.other


async def enrol(place: Place) -> None:
    """Let the learner be in the group, unless it is so already."""
    body = {"group_id": str(place.group), "person_id": str(place.learner), "role": "learner"}
    answer = await place.clerk.post(f"{V1}/enrolments", json=body)
    assert answer.status_code in {201, 409}, answer.text


async def mark_of(world: World, place: Place) -> Json:
    """A valid mark of the learner of an institution that has a taxonomy for it, and a teacher who sees the learner."""
    if str(place.id) not in world.marks:
        await enrol(place)
        await place.clerk.post(f"{V1}/result-presets/{_PRESET}/adoption")
        kinds = (await place.clerk.get(f"{V1}/result-kinds")).json()["items"]
        scales = (await place.clerk.get(f"{V1}/mark-scales")).json()["items"]
        five = [scale["id"] for scale in scales if any(one["value"] == "5" for one in scale["known_values"])]
        world.marks[str(place.id)] = {
            "person_id": str(place.learner),
            "group_id": str(place.group),
            "kind_id": next(kind["id"] for kind in kinds if kind["assessed"] and kind["access"] == "usual"),
            "scale_id": five[0],
            "value": "5",
        }
    return world.marks[str(place.id)]


async def new_mark(world: World, place: Place, _role: str) -> Ask:
    return Ask(json=await mark_of(world, whole(world, place)))


async def mark(world: World) -> Ask:
    place = world.house.a
    return Ask(ids={"result_id": (await made_at(place, "results", await mark_of(world, place)))["id"]})


async def mark_changed(world: World) -> Ask:
    return Ask(ids=(await mark(world)).ids, headers=ANY, json={"value": "4"})


async def mark_struck(world: World) -> Ask:
    return Ask(ids=(await mark(world)).ids, json=REASON)


async def confirmed(world: World) -> Ask:
    period = {"name": "Сборы", "kind": "other", "starts_on": "2026-05-01", "ends_on": "2026-05-05"}
    found = await made_at(world.house.a, "study-periods", period)
    return Ask(json={"group_id": str(world.house.a.group), "period_id": found["id"]})


def lesson(place: Place) -> Json:
    return {
        "person_id": str(place.learner),
        "group_id": str(place.group),
        "lesson_on": "2026-02-02",
        "status": "болеет",
    }


async def new_attendance(world: World, place: Place, _role: str) -> Ask:
    await enrol(whole(world, place))
    return Ask(json=lesson(whole(world, place)))


async def attendance(world: World) -> Ask:
    place = world.house.a
    return Ask(ids={"attendance_id": (await made_at(place, "attendance", lesson(place)))["id"]})


async def attendance_changed(world: World) -> Ask:
    return Ask(ids=(await attendance(world)).ids, headers=ANY, json={"status": "опоздал"})


async def attendance_struck(world: World) -> Ask:
    return Ask(ids=(await attendance(world)).ids, json=REASON)


async def person(world: World) -> Ask:
    return Ask(ids={"person_id": world.house.a.learner})


async def group(world: World) -> Ask:
    return Ask(ids={"group_id": world.house.a.group})


async def new_will(world: World) -> Ask:
    """Each time of another learner, because one has one statement; a teacher has to see who it is."""
    body = {"group_id": str(world.house.a.group), "person_id": await world.person(), "role": "learner"}
    await made_at(world.house.a, "enrolments", body)
    return Ask(ids={"person_id": body["person_id"]}, json=WILL)


async def will_withdrawn(world: World) -> Ask:
    ask = await new_will(world)
    stated = await made_at(world.house.a, f"people/{ask.ids['person_id']}/will-statements", WILL)
    return Ask(ids={"statement_id": stated["id"]}, json={"withdrawn_on": "2026-02-20", "evidence": "заявление № 2"})


async def new_need(world: World) -> Ask:
    return Ask(ids={"person_id": world.house.a.learner}, json=NEED)


async def need_ended(world: World) -> Ask:
    need = await made_at(world.house.a, f"people/{world.house.a.learner}/special-needs", NEED, "head")
    return Ask(ids={"need_id": need["id"]}, json={"ends_on": "2026-02-20", "reason": "закончено"})


def new(name: str, **members: Any) -> Sample:  # noqa: ANN401 - members of a body
    """A request that adds something of a new name."""

    async def make(_world: World) -> Ask:
        return Ask(json={**named(name), **members})

    return made(make)


def of_named(
    address: str,
    parameter: str,
    body: Json | None = None,
    **members: Any,  # noqa: ANN401 - members of a body
) -> Callable[[World], Awaitable[Ask]]:
    """A request about something that was added under `address`; with `body` one that changes it."""

    async def make(world: World) -> Ask:
        found = await made_at(world.house.a, address, {**named("Запись"), **members})
        return Ask(ids={parameter: found["id"]}, headers=ANY if body else {}, json=body)

    return make


async def reward_of(world: World, place: Place) -> Json:
    there = whole(world, place)
    kind = await made_at(there, "reward-kinds", named("Грамота"))
    return {"person_id": str(there.learner), "kind_id": kind["id"], "title": "За победу"}


async def new_reward(world: World, place: Place, _role: str) -> Ask:
    return Ask(json=await reward_of(world, place))


async def reward(world: World) -> Ask:
    place = world.house.a
    return Ask(ids={"reward_id": (await made_at(place, "rewards", await reward_of(world, place)))["id"]})


async def reward_changed(world: World) -> Ask:
    return Ask(ids=(await reward(world)).ids, headers=ANY, json={"issuer": "Колледж"})


async def reward_struck(world: World) -> Ask:
    return Ask(ids=(await reward(world)).ids, json=REASON)


async def policy(_world: World) -> Ask:
    return Ask(headers=ANY, json={"credit_procedure": f"Порядок, редакция {next(_NUMBERS)}"})


_SCALE: Final[Json] = {"numeric_marks": True}
_KIND = of_named("result-kinds", "kind_id")
_SOURCE = of_named("result-sources", "source_id")
_OF_SCALE = of_named("mark-scales", "scale_id", **_SCALE)


async def known(world: World) -> dict[str, str]:
    """One of everything, by the name of the parameter that names it."""
    makers = (mark, attendance, _KIND, _SOURCE, _OF_SCALE, will_withdrawn, need_ended, reward)
    asks = [await make(world) for make in makers]
    return {name: str(value) for ask in asks for name, value in ask.ids.items()} | {"key": _PRESET}


_PERSON: Final = f"{V1}/people/{{person_id}}"
_GROUP: Final = f"{V1}/groups/{{group_id}}"
_RESULT: Final = f"{V1}/results/{{result_id}}"
_ATTENDANCE: Final = f"{V1}/attendance/{{attendance_id}}"
_REWARD: Final = f"{V1}/rewards/{{reward_id}}"
SAMPLES: Final[dict[str, Sample]] = {
    f"GET {_PERSON}/results": made(person),
    f"GET {_GROUP}/results": made(group),
    f"GET {_PERSON}/results-extract": made(person),
    f"POST {V1}/results": new_mark,
    f"GET {_RESULT}": made(mark),
    f"PATCH {_RESULT}": made(mark_changed),
    f"POST {_RESULT}/confirmation": made(mark),
    f"POST {_RESULT}/striking-out": made(mark_struck),
    f"GET {_RESULT}/changes": made(mark),
    f"GET {_RESULT}/provenance": made(mark),
    f"POST {V1}/result-confirmations": made(confirmed),
    f"GET {_PERSON}/attendance": made(person),
    f"GET {_GROUP}/attendance": made(group),
    f"POST {V1}/attendance": new_attendance,
    f"GET {_ATTENDANCE}": made(attendance),
    f"PATCH {_ATTENDANCE}": made(attendance_changed),
    f"POST {_ATTENDANCE}/striking-out": made(attendance_struck),
    f"GET {_ATTENDANCE}/changes": made(attendance),
    f"POST {_PERSON}/will-statements": made(new_will),
    f"GET {_PERSON}/will-statements": made(person),
    f"POST {V1}/will-statements/{{statement_id}}/withdrawal": made(will_withdrawn),
    f"POST {_PERSON}/special-needs": made(new_need),
    f"GET {_PERSON}/special-needs": made(person),
    f"POST {V1}/special-needs/{{need_id}}/ending": made(need_ended),
    f"POST {V1}/result-kinds": new("Вид результатов"),
    f"GET {V1}/result-kinds/{{kind_id}}": made(_KIND),
    f"PATCH {V1}/result-kinds/{{kind_id}}": made(of_named("result-kinds", "kind_id", {"note": "правка"})),
    f"POST {V1}/result-sources": new("Источник"),
    f"GET {V1}/result-sources/{{source_id}}": made(_SOURCE),
    f"PATCH {V1}/result-sources/{{source_id}}": made(of_named("result-sources", "source_id", {"note": "правка"})),
    f"POST {V1}/mark-scales": new("Шкала", **_SCALE),
    f"GET {V1}/mark-scales/{{scale_id}}": made(_OF_SCALE),
    f"PATCH {V1}/mark-scales/{{scale_id}}": made(of_named("mark-scales", "scale_id", {"note": "правка"}, **_SCALE)),
    f"POST {V1}/result-presets/{{key}}/adoption": plain(ids={"key": _PRESET}),
    f"PATCH {V1}/result-policy": made(policy),
    f"POST {V1}/reward-kinds": new("Вид поощрений"),
    f"GET {V1}/reward-kinds/{{kind_id}}": made(of_named("reward-kinds", "kind_id")),
    f"PATCH {V1}/reward-kinds/{{kind_id}}": made(of_named("reward-kinds", "kind_id", {"note": "правка"})),
    f"POST {V1}/reward-presets/{{key}}/adoption": plain(ids={"key": _PRESET}),
    f"GET {_PERSON}/rewards": made(person),
    f"POST {V1}/rewards": new_reward,
    f"GET {_REWARD}": made(reward),
    f"PATCH {_REWARD}": made(reward_changed),
    f"POST {_REWARD}/striking-out": made(reward_struck),
    f"GET {_REWARD}/changes": made(reward),
}
"""Requests by method and address; the lists need nothing."""
