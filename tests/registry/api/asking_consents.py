"""Valid requests to the addresses of consents, duties, blockings and calendars."""

from datetime import date, timedelta
from itertools import count
from typing import Any, Final

from tests.registry.api.world import V1, Ask, Sample, World, learner, made, plain
from tests.registry_house import Json

_DAYS: Final = count(1)
GIVEN: Final = {"given_by": "subject", "categories": ["фотография"], "evidence": "лист 3 личного дела"}
WHY: Final = {"reason": "так решено", "evidence": "приказ № 5"}
CALENDAR: Final = {"year": 2026, "days_of_rest": ["2026-01-01"], "basis": "постановление"}


def consent_of(**members: Any) -> Json:  # noqa: ANN401 - members of a body
    return {**GIVEN, "purpose": f"фото на сайте {next(_DAYS)}", "given_on": "2026-02-02", **members}


def day() -> str:
    """A day in the past that was not asked for before."""
    return (date(2025, 1, 1) + timedelta(days=next(_DAYS))).isoformat()


async def person(world: World) -> Ask:
    """An own person for each question: what is recorded of a person is recorded once."""
    answer = await world.house.clerk.post(f"{V1}/people", json=learner())
    return Ask(ids={"person_id": answer.json()["id"]})


async def new_consent(world: World) -> Ask:
    return Ask(ids=(await person(world)).ids, json=consent_of())


async def purpose_reached(world: World) -> Ask:
    return Ask(ids=(await person(world)).ids, json={**WHY, "reached_on": day()})


async def demand(world: World) -> Ask:
    body = {**WHY, "event": "access_demanded", "happened_on": day()}
    return Ask(ids=(await person(world)).ids, json=body)


async def consent(world: World) -> Ask:
    ask = await new_consent(world)
    answer = await ask.send(world.house.clerk, "POST", f"{V1}/people/{{person_id}}/consents")
    assert answer.status_code == 201, answer.text
    return Ask(ids={"consent_id": answer.json()["id"]})


async def withdrawal(world: World) -> Ask:
    return Ask(ids=(await consent(world)).ids, json={**WHY, "withdrawn_on": "2026-02-20"})


async def duty(world: World) -> Ask:
    ask = await purpose_reached(world)
    answer = await ask.send(world.house.clerk, "POST", f"{V1}/people/{{person_id}}/purpose-reached")
    assert answer.status_code == 201, answer.text
    return Ask(ids={"duty_id": answer.json()["id"]})


async def duty_settled(world: World) -> Ask:
    return Ask(ids=(await duty(world)).ids, json={"note": "уничтожено", "evidence": "акт № 1"})


async def personal_file(world: World) -> Ask:
    return Ask(ids={"personal_file_id": str(await world.house.learner())})


async def new_blocking(world: World) -> Ask:
    return Ask(ids=(await personal_file(world)).ids, json={**WHY, "ground": "archive_term"})


async def blocking(world: World) -> Ask:
    """Placed by the service itself, so that whoever asks may lift it."""
    ask = await new_blocking(world)
    place = await world.newcomer(world.house.a, "head")
    answer = await ask.send(place.of("head"), "POST", f"{V1}/personal-files/{{personal_file_id}}/blockings")
    assert answer.status_code == 201, answer.text
    return Ask(ids={"blocking_id": answer.json()["id"]})


async def blocking_lifted(world: World) -> Ask:
    return Ask(ids=(await blocking(world)).ids, json=WHY)


async def known(world: World) -> dict[str, str]:
    """One of everything, by the name of the parameter that names it."""
    asks = (await consent(world), await duty(world), await blocking(world))
    return {name: str(value) for ask in asks for name, value in ask.ids.items()}


_PERSON: Final = f"{V1}/people/{{person_id}}"
_DUTY: Final = f"{V1}/duties/{{duty_id}}"
SAMPLES: Final[dict[str, Sample]] = {
    f"POST {_PERSON}/consents": made(new_consent),
    f"GET {_PERSON}/consents": made(person),
    f"POST {_PERSON}/purpose-reached": made(purpose_reached),
    f"POST {_PERSON}/demands": made(demand),
    f"GET {_PERSON}/personal-data-events": made(person),
    f"GET {_PERSON}/two-clocks": made(person),
    f"GET {V1}/consents/{{consent_id}}": made(consent),
    f"POST {V1}/consents/{{consent_id}}/withdrawal": made(withdrawal),
    f"GET {_DUTY}": made(duty),
    f"POST {_DUTY}/completion": made(duty_settled),
    f"POST {_DUTY}/supersession": made(duty_settled),
    f"POST {V1}/personal-files/{{personal_file_id}}/blockings": made(new_blocking),
    f"GET {V1}/personal-files/{{personal_file_id}}/blockings": made(personal_file),
    f"GET {V1}/blockings/{{blocking_id}}": made(blocking),
    f"POST {V1}/blockings/{{blocking_id}}/lifting": made(blocking_lifted),
    f"POST {V1}/working-calendars": plain(json=CALENDAR),
}
"""Requests by method and address; the lists need nothing."""
