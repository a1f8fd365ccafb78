"""Personal files, through the API, over a real database."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.registry_house import House, code

FILES = "/api/v1/personal-files"
Json = dict[str, Any]


async def learner(house: House, family_name: str = "Образцова") -> str:
    person = {"family_name": family_name, "given_name": "Вера", "birth_date": "2008-03-14"}
    answer = await house.clerk.post("/api/v1/people", json=person)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def open_file(house: House, person: str, **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
    return await house.clerk.post(f"/api/v1/people/{person}/personal-file", json=members)


async def test_a_personal_file_is_opened_today_under_the_next_number(house_in_memory: House) -> None:
    house = house_in_memory
    house.clock.now = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
    person = await learner(house)
    made = await open_file(house, person)
    assert made.status_code == 201, made.text
    assert made.json()["number"] == "1"
    assert made.json()["opened_on"] == "2026-03-03"
    assert made.json()["person"] == {
        "id": person,
        "full_name": "Образцова Вера",
        "birth_date": "2008-03-14",
        "address": f"/api/v1/people/{person}",
    }
    read = await house.clerk.get(made.headers["Location"])
    assert read.json() == made.json()
    assert (await house.clerk.get(read.json()["documents"])).json()["items"] == []
    assert [each for each in await house.actions() if each.startswith("personal_file.")] == [
        "personal_file.opened",
        "personal_file.read",
    ]


async def test_numbers_follow_the_greatest_and_gaps_stay(house_in_memory: House) -> None:
    house = house_in_memory
    numbers = []
    for wanted in (None, "40", None, "12/2026-к", "00005", None):
        made = await open_file(house, await learner(house), **({"number": wanted} if wanted else {}))
        numbers.append(made.json()["number"])
    assert numbers == ["1", "40", "41", "12/2026-к", "00005", "42"]


async def test_files_opened_at_once_get_numbers_of_their_own(house_in_memory: House) -> None:
    house = house_in_memory
    people = [await learner(house, f"Образцова{letter}") for letter in "абвгдежз"]
    answers = await asyncio.gather(*(open_file(house, person) for person in people))
    assert sorted(int(answer.json()["number"]) for answer in answers) == list(range(1, 9))


async def test_there_is_one_personal_file_for_each_learner(house_in_memory: House) -> None:
    house = house_in_memory
    person = await learner(house)
    answers = await asyncio.gather(*(open_file(house, person) for _ in range(5)))
    made = [answer for answer in answers if answer.status_code == 201]
    assert len(made) == 1
    for answer in answers:
        if answer is not made[0]:
            assert code(answer) == (409, "personal_file_exists")
            assert answer.json()["address"] == made[0].headers["Location"]


async def test_a_number_is_given_once(house_in_memory: House) -> None:
    house = house_in_memory
    await open_file(house, await learner(house), number="7")
    assert code(await open_file(house, await learner(house), number="7")) == (409, "personal_file_number_taken")
    other = (await open_file(house, await learner(house))).json()
    answer = await house.clerk.patch(f"{FILES}/{other['id']}", json={"number": "7"}, headers={"If-Match": '"1"'})
    assert code(answer) == (409, "personal_file_number_taken")


@pytest.mark.parametrize(
    "members",
    [{"opened_on": "2026-03-03"}, {"opened_on": "1899-01-01"}, {"number": " "}, {"number": "1" * 51}, {"closed": 1}],
)
async def test_impossible_values_are_refused(house_in_memory: House, members: Json) -> None:
    answer = await open_file(house_in_memory, await learner(house_in_memory), **members)
    assert answer.status_code == 422, answer.text


async def test_a_file_is_closed_and_opened_again(house_in_memory: House) -> None:
    house = house_in_memory
    made = (await open_file(house, await learner(house), opened_on="2025-09-01")).json()
    address = f"{FILES}/{made['id']}"
    assert code(await house.clerk.patch(address, json={"closed_on": "2026-01-01"})) == (428, "precondition_required")
    for closed_on in ("2025-08-31", "2026-03-03"):
        refused = await house.clerk.patch(address, json={"closed_on": closed_on}, headers={"If-Match": '"1"'})
        assert code(refused) == (422, "impossible_file_date")
    closed = await house.clerk.patch(address, json={"closed_on": "2026-01-01"}, headers={"If-Match": '"1"'})
    assert (closed.json()["closed_on"], closed.headers["ETag"]) == ("2026-01-01", '"2"')
    assert code(await house.clerk.patch(address, json={"note": "а"}, headers={"If-Match": '"1"'})) == (
        412,
        "precondition_failed",
    )
    for wanted, expected in ((True, False), (False, True)):
        listed = await house.clerk.get(FILES, params={"open": wanted})
        assert (made["id"] in [each["id"] for each in listed.json()["items"]]) is expected
    refused = await house.clerk.patch(address, json={"number": None}, headers={"If-Match": "*"})
    assert code(refused) == (422, "invalid_request")
    opened = await house.clerk.patch(address, json={"closed_on": None}, headers={"If-Match": "*"})
    assert opened.json()["closed_on"] is None


async def test_files_are_listed_newest_first_with_the_names_of_their_learners(house_in_memory: House) -> None:
    house = house_in_memory
    people = [await learner(house, family) for family in ("Абрамова", "Белова", "Ветрова")]
    for person in people:
        await open_file(house, person)
    first = await house.clerk.get(FILES, params={"limit": 2, "open": True})
    rest = await house.clerk.get(first.links["next"]["url"])
    names = [each["person"]["full_name"] for each in first.json()["items"] + rest.json()["items"]]
    assert [name for name in names if not name.startswith("Примерова")] == [
        "Ветрова Вера",
        "Белова Вера",
        "Абрамова Вера",
    ]
    only = await house.clerk.get(FILES, params={"person_id": people[1]})
    assert [each["number"] for each in only.json()["items"]] == ["2"]
    assert len((await house.clerk.get(FILES, params={"number": "3"})).json()["items"]) == 1


async def test_a_file_is_found_by_number_and_by_every_name_of_its_learner(house_in_memory: House) -> None:
    house = house_in_memory
    person = await learner(house)
    made = (await open_file(house, person, number="К-117")).json()
    renamed = {"family_name": "Новикова", "keep_former_name": True}
    await house.clerk.patch(f"/api/v1/people/{person}", json=renamed, headers={"If-Match": '"1"'})
    for asked in ("K 117", "личное дело Новиковой", "дело образцова"):
        items = (await house.clerk.get("/api/v1/search", params={"q": asked})).json()["items"]
        assert items[0]["type"] == "personal_file", asked
        assert items[0]["id"] == made["id"]
        assert items[0]["title"] == "№ К-117"
        assert items[0]["holder"]["title"] == "Новикова Вера"


async def test_personal_files_of_another_institution_do_not_exist(house_in_memory: House) -> None:
    house = house_in_memory
    address = f"{FILES}/{house.other.personal_file}"
    assert code(await house.clerk.get(address)) == (404, "not_found")
    answer = await house.clerk.patch(address, json={"note": "а"}, headers={"If-Match": "*"})
    assert code(answer) == (404, "not_found")
    assert code(await open_file(house, str(house.other.learner))) == (404, "not_found")
    assert str(house.other.personal_file) not in (await house.clerk.get(FILES)).text
