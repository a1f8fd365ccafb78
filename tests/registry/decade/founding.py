"""How the three institutions of the decade are founded, and live the script through the API."""

from datetime import UTC, datetime, time
from typing import Final
from uuid import uuid4

from core.access.permissions import Role
from tests.registry.decade.jobs import keep_house
from tests.registry.decade.office import EXECUTOR, Office
from tests.registry.decade.replay import Event
from tests.registry_house import House, Place, appoint

LASTING: Final = "UPDATE api_tokens SET expires_at = created_at + interval '12 years'"
NAMED: Final = "UPDATE accounts SET display_name = $2 WHERE id = $1"
PEOPLE: Final = {
    "head": "Образцова Е. Е.",
    "records_officer": "Примерова В. В.",
    "commission": "Проверкина А. А.",
    "executor": "Шаблонов Ш. Ш.",
    "second": "Заглушкина З. З.",
}
NAMES: Final = {
    "school": "Средняя школа № 5",
    "dpo": "Учебный центр «Знание»",
    "ip": "Индивидуальный предприниматель Образцова Е. Е.",
}


async def furnish(house: House) -> dict[str, Office]:
    """The two institutions of the house, and a third one beside them; everybody's credentials outlive the decade."""
    third = Place(uuid4(), "", client=house.a.client)
    known = await house.owner.fetchval("SELECT password_hash FROM accounts WHERE kind = 'person' LIMIT 1")
    await house.owner.execute(
        "INSERT INTO institutions (id, name, short_name, time_zone, created_at)"
        " VALUES ($1, $2, $2, 'Europe/Moscow', $3)",
        third.id,
        NAMES["ip"],
        house.clock(),
    )
    await appoint(house.owner, house.clock, third, [role.value for role in Role], known)
    await house.owner.execute(
        "INSERT INTO groups (id, institution_id, name, sort_key, created_at) VALUES ($1, $2, 'Г-1', 'г-1', now())",
        third.group,
        third.id,
    )
    offices = {}
    for where, place in zip(NAMES, (house.a, house.other, third), strict=True):
        await house.owner.execute(
            "UPDATE institutions SET name = $2, short_name = $2 WHERE id = $1", place.id, NAMES[where]
        )
        second = Place(place.id, place.name, client=place.client)
        await appoint(house.owner, house.clock, second, [EXECUTOR], known)
        offices[where] = Office(where, house, place, second=second)
        place.name = NAMES[where]
        accounts = [*((role, place.accounts[role]) for role in PEOPLE if role in place.accounts)]
        accounts.append(("second", second.accounts[EXECUTOR]))
        await house.owner.executemany(NAMED, [(account, PEOPLE[role]) for role, account in accounts])
        await house.owner.execute(LASTING)
        await offices[where].settle_down()
    return offices


async def live(house: House, events: list[Event]) -> dict[str, Office]:
    """Let the three institutions live the script; the clock shows noon of Moscow on the day of each event."""
    offices = await furnish(house)
    month = (0, 0)
    for event in events:
        house.clock.now = datetime.combine(event.day, time(9), UTC)
        if (event.day.year, event.day.month) != month:
            month = (event.day.year, event.day.month)
            await keep_house(house)
        await offices[event.where].perform(event)
    return offices
