"""How the three institutions of the decade are founded, and live the script through the API."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Final
from uuid import uuid4

from core.access.permissions import Role
from tests.registry.decade.jobs import keep_house
from tests.registry.decade.office import EXECUTOR, Office
from tests.registry.decade.replay import Event, Replay
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


async def live(house: House, events: list[Event]) -> tuple[dict[str, Office], Replay]:
    """Let the three institutions live the script; the clock shows noon of Moscow on the day of each event.

    Each 10 March, while acts wait, every case is compared with the replay.
    """
    offices, replay = await furnish(house), Replay()
    month, looked = (0, 0), events[0].day.year
    for event in events:
        house.clock.now = datetime.combine(event.day, time(9), UTC)
        if (event.day.year, event.day.month) != month:
            month = (event.day.year, event.day.month)
            await keep_house(house)
        if looked < event.day.year and event.day >= date(event.day.year, 3, 10):
            looked = event.day.year
            await keep_house(house)
            await compare(offices, replay, events, event.day)
        await offices[event.where].perform(event)
        replay.apply(event)
    return offices, replay


async def compare(offices: dict[str, Office], replay: Replay, events: list[Event], day: date) -> None:
    """State and earliest day of every case, as they are listed."""
    told = {}
    for office in offices.values():
        known = {case_id: name for name, case_id in office.cases.items()}
        for case in await office.whole_list("cases"):
            told[known[case["id"]]] = (case["state"], case["earliest_act_date"])
    expected = {
        name: (each.state, each.earliest and each.earliest.isoformat()) for name, each in replay.expected(day).items()
    }
    past = [event for event in events if event.day < day]
    assert told == expected, f"{day}: {differences(told, expected, replay, past)}"


def differences(told: Mapping[str, object], expected: Mapping[str, object], replay: Replay, events: list[Event]) -> str:
    """Every case that differs, with its story and both answers."""
    shown = []
    for name in sorted(told.keys() | expected.keys()):
        if told.get(name) != expected.get(name):
            story = [f"    {event}" for event in events if event.concerns(replay.lives[name])]
            answers = [f"  told:     {told.get(name)}", f"  expected: {expected.get(name)}"]
            shown.append("\n".join([name, *story, *answers]))
    return f"{len(shown)} of {len(expected)} cases differ\n" + "\n\n".join(shown)
