"""Each event gives a duty with its day; working days are those of the institution's calendar."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.registry.consents.desk import V1, created, demand, given, reach, settle, take_back
from tests.registry_house import House, Json, code

# The New Year of 2026, as this test invents it.
REST_2026 = [*(f"2026-01-0{day}" for day in (1, 2, 5, 6, 7, 8, 9)), "2026-02-23", "2026-03-09"]
REST_2025 = ["2025-12-31"]


async def calendar(house: House, year: int, rest: list[str], weekends: list[str] | None = None) -> None:
    body = {"year": year, "days_of_rest": rest, "working_weekends": weekends or [], "basis": "постановление"}
    created(await house.of("head").post(f"{V1}/working-calendars", json=body))


DEADLINES = [
    # event, day, duty, last day, last day after prolongation
    ("access_demanded", "2026-02-02", "answer", "2026-02-16", "2026-02-24"),
    ("access_demanded", "2025-12-26", "answer", "2026-01-21", "2026-01-28"),
    ("authority_asked", "2026-02-20", "answer", "2026-03-10", "2026-03-17"),
    ("inaccuracy_proved", "2025-12-30", "correct", "2026-01-20", "2026-01-20"),
    ("no_need_proved", "2026-02-20", "destroy", "2026-03-04", "2026-03-04"),
    ("check_demanded", "2026-02-21", "block", "2026-02-21", "2026-02-21"),
    ("inaccuracy_confirmed", "2026-02-06", "correct", "2026-02-17", "2026-02-17"),
    ("unlawful_to_stop", "2026-02-20", "stop", "2026-02-26", "2026-02-26"),
    ("unlawful_to_destroy", "2025-12-31", "destroy", "2026-01-23", "2026-01-23"),
    ("stop_demanded", "2026-02-27", "stop", "2026-03-16", "2026-03-23"),
    ("destruction_impossible", "2025-08-31", "destroy", "2026-02-28", "2026-02-28"),
]


@pytest.mark.parametrize(("event", "day", "duty", "due_on", "extended"), DEADLINES)
async def test_a_deadline_is_counted_in_the_days_of_the_institution(
    house_in_memory: House, event: str, day: str, duty: str, due_on: str, extended: str
) -> None:
    house = house_in_memory
    await calendar(house, 2025, REST_2025)
    await calendar(house, 2026, REST_2026)
    made = created(await demand(house.a, event, day))
    assert (made["duty"], made["due_on"], made["extended_due_on"]) == (duty, due_on, extended)
    assert made["calendar_known"]


@pytest.mark.parametrize(
    ("day", "due_on"), [("2025-12-15", "2026-01-14"), ("2026-01-30", "2026-03-01"), ("2026-02-28", "2026-03-30")]
)
async def test_a_purpose_that_is_reached_gives_thirty_calendar_days(
    house_in_memory: House, day: str, due_on: str
) -> None:
    made = created(await reach(house_in_memory.a, day))
    assert (made["duty"], made["article"], made["due_on"]) == ("destroy", "ст. 21 ч. 4", due_on)
    assert made["calendar_known"]


async def test_without_a_calendar_the_day_is_early_and_says_so(house_in_memory: House) -> None:
    made = created(await demand(house_in_memory.a, "access_demanded", "2025-12-26"))
    assert (made["due_on"], made["calendar_known"]) == ("2026-01-09", False)


async def test_a_working_saturday_counts_and_the_latest_calendar_of_a_year_holds(house_in_memory: House) -> None:
    house = house_in_memory
    await calendar(house, 2026, ["2026-02-03"])
    await calendar(house, 2026, [], ["2026-02-07"])
    made = created(await demand(house.a, "inaccuracy_proved", "2026-02-02"))
    assert made["due_on"] == "2026-02-10"


async def test_a_new_calendar_leaves_what_was_counted(house_in_memory: House) -> None:
    house = house_in_memory
    made = created(await demand(house.a, "inaccuracy_proved", "2026-02-02"))
    await calendar(house, 2026, ["2026-02-03"])
    assert (await house.clerk.get(f"{V1}/duties/{made['id']}")).json()["due_on"] == made["due_on"]


@pytest.mark.parametrize(
    ("rest", "weekends", "wrong"),
    [
        (["2025-12-31"], [], ["2025-12-31"]),
        ([], ["2026-02-02"], ["2026-02-02"]),
        (["2026-02-07"], ["2026-02-07"], ["2026-02-07"]),
    ],
)
async def test_a_calendar_that_contradicts_itself_is_refused(
    house_in_memory: House, rest: list[str], weekends: list[str], wrong: list[str]
) -> None:
    body = {"year": 2026, "days_of_rest": rest, "working_weekends": weekends, "basis": "постановление"}
    answer = await house_in_memory.of("head").post(f"{V1}/working-calendars", json=body)
    assert (code(answer), answer.json()["days"]) == ((422, "impossible_calendar"), wrong)


async def test_a_demand_in_the_future_is_refused(house_in_memory: House) -> None:
    house = house_in_memory
    assert code(await demand(house.a, "access_demanded", "2026-03-03")) == (422, "impossible_consent_date")
    assert code(await reach(house.a, "2026-03-03")) == (422, "impossible_consent_date")


async def test_a_duty_is_overdue_on_the_day_after_its_last(house_in_memory: House) -> None:
    house = house_in_memory
    made = created(await reach(house.a, "2026-02-01"))
    house.clock.now = datetime(2026, 3, 3, 20, 59, tzinfo=UTC)
    assert (await house.clerk.get(f"{V1}/duties/{made['id']}")).json()["overdue"] is False
    house.clock.move(minutes=1)
    assert (await house.clerk.get(f"{V1}/duties/{made['id']}")).json()["overdue"] is True
    assert (await settle(house.a, made, "completion")).json()["overdue"] is False


async def test_a_duty_is_done_once_by_whoever_decides(house_in_memory: House) -> None:
    house = house_in_memory
    made = created(await reach(house.a))
    for role in ("clerk", "administrator", "auditor", "commission"):
        assert code(await settle(house.a, made, "completion", role)) == (403, "forbidden")
    answers = await asyncio.gather(settle(house.a, made, "completion"), settle(house.a, made, "supersession"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    again = await settle(house.a, made, "completion")
    assert code(again) == (409, "duty_settled")
    shown = (await house.clerk.get(f"{V1}/duties/{made['id']}")).json()
    assert (shown["note"], shown["evidence"]) == ("копии уничтожены", "акт № 1")
    assert shown["settled_by"] == str(house.a.accounts["head"])


async def test_a_duty_gives_way_to_another_of_the_same_person_only(house_in_memory: House) -> None:
    house = house_in_memory
    first = (await take_back(house.a, await given(house.a))).json()
    later = created(await demand(house.a, "destruction_impossible", "2026-03-02"))
    foreign = created(await reach(house.other))
    for wrong in (first, foreign):
        answer = await settle(house.a, first, "supersession", successor_id=wrong["id"])
        assert code(answer) == (422, "impossible_successor")
    done = await settle(house.a, first, "supersession", "records_officer", successor_id=later["id"])
    assert (done.json()["state"], done.json()["successor_id"]) == ("superseded", later["id"])
    assert (later["duty"], later["due_on"]) == ("destroy", "2026-09-02")


async def test_duties_are_listed_by_their_days_in_pages(house_in_memory: House) -> None:
    house = house_in_memory
    made: list[Json] = [
        created(await reach(house.a, day)) for day in ("2026-02-20", "2026-01-10", "2026-02-01", "2026-01-20")
    ]
    await settle(house.a, made[1], "completion")
    params = {"state": "open", "due_before": "2026-03-22", "limit": "1"}
    seen, address = [], f"{V1}/duties"
    answer = await house.clerk.get(address, params=params)
    while True:
        seen += [each["id"] for each in answer.json()["items"]]
        if "next" not in answer.links:
            break
        answer = await house.clerk.get(answer.links["next"]["url"])
    assert seen == [made[3]["id"], made[2]["id"]]
    foreign = {"person_id": str(house.other.learner)}
    assert (await house.clerk.get(address, params=foreign)).json()["items"] == []
