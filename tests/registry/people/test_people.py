"""Learners, through the API, over a real database."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.registry_house import House, code

PEOPLE = "/api/v1/people"
Json = dict[str, Any]

VERA: Json = {
    "family_name": "Образцова",
    "given_name": "Вера",
    "patronymic": "Игоревна",
    "birth_date": "2008-03-14",
    "external_number": "2025-0117",
    "note": "Переведена из другой школы.",
}


async def take_in(house: House, **members: Any) -> Json:  # noqa: ANN401 - members of a body
    answer = await house.clerk.post(PEOPLE, json={**VERA, "external_number": "", **members})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def change(house: House, person: Json, **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
    return await house.clerk.patch(
        f"{PEOPLE}/{person['id']}", json=members, headers={"If-Match": f'"{person["revision"]}"'}
    )


async def found(house: House, asked: str) -> list[str]:
    answer = await house.clerk.get("/api/v1/search", params={"q": asked, "types": "person"})
    assert answer.status_code == 200, answer.text
    return [hit["id"] for hit in answer.json()["items"]]


async def test_a_learner_is_taken_in_and_read_back(house_in_memory: House) -> None:
    house = house_in_memory
    made = await house.clerk.post(PEOPLE, json=VERA)
    assert made.status_code == 201
    assert made.headers["Location"] == f"{PEOPLE}/{made.json()['id']}"
    assert made.json() == {**made.json(), **VERA, "full_name": "Образцова Вера Игоревна", "former_names": ""}
    read = await house.clerk.get(made.headers["Location"])
    assert read.json() == made.json()
    assert read.headers["ETag"] == made.headers["ETag"] == '"1"'
    again = await house.clerk.get(made.headers["Location"], headers={"If-None-Match": '"1"'})
    assert again.status_code == 304


async def test_what_was_done_stands_in_the_audit_trail_with_its_values_in_the_payload(house_in_memory: House) -> None:
    house = house_in_memory
    person = await take_in(house)
    await house.clerk.get(f"{PEOPLE}/{person['id']}")
    await change(house, person, given_name="Вероника")
    await house.clerk.get(PEOPLE, params={"name": "Образцова"})
    rows = await house.owner.fetch(
        "SELECT e.action, e.object_id, p.payload::text AS payload FROM audit_entries e"
        " JOIN audit_payloads p ON p.entry_id = e.id WHERE e.object_type = 'person' ORDER BY e.id"
    )
    assert [row["action"] for row in rows] == ["person.created", "person.read", "person.edited", "person.listed"]
    assert [row["object_id"] for row in rows[:3]] == [person["id"]] * 3
    assert "Образцова" in rows[0]["payload"]
    assert '"before": {"given_name": "Вера"}' in rows[2]["payload"]
    events = await house.owner.fetch("SELECT topic, payload::text AS payload FROM outbox_events ORDER BY id")
    assert [row["topic"] for row in events] == ["person.created", "person.edited"]
    assert "Образцова" not in events[0]["payload"]


@pytest.mark.parametrize(
    "members",
    [
        {"family_name": ""},
        {"family_name": "  "},
        {"given_name": None},
        {"birth_date": "1899-12-31"},
        {"birth_date": "2026-03-03"},
        {"birth_date": "14.03.2008"},
        {"birth_date": "0001-01-01"},
        {"family_name": "А" * 101},
        {"note": "\x00"},
        {"family_name": "Образцова\nВера"},
        {"unknown": 1},
    ],
)
async def test_impossible_values_are_refused(house_in_memory: House, members: Json) -> None:
    answer = await house_in_memory.clerk.post(PEOPLE, json={**VERA, **members})
    assert answer.status_code == 422, answer.text
    assert "person.created" not in await house_in_memory.actions()


async def test_today_is_that_of_the_institution(house_in_memory: House) -> None:
    house_in_memory.clock.now = datetime(2026, 3, 2, 21, 30, tzinfo=UTC)
    person = await take_in(house_in_memory, birth_date="2026-03-03")
    assert person["birth_date"] == "2026-03-03"
    later = await change(house_in_memory, person, birth_date="2026-03-04")
    assert code(later) == (422, "impossible_birth_date")
    assert later.json()["latest"] == "2026-03-03"


async def test_a_change_needs_the_revision_it_was_made_for(house_in_memory: House) -> None:
    house = house_in_memory
    person = await take_in(house)
    address = f"{PEOPLE}/{person['id']}"
    assert code(await house.clerk.patch(address, json={"note": "а"})) == (428, "precondition_required")
    assert (await change(house, person, note="а")).headers["ETag"] == '"2"'
    assert code(await change(house, person, note="б")) == (412, "precondition_failed")
    assert (await house.clerk.get(address)).json()["note"] == "а"


async def test_of_two_changes_of_one_revision_one_wins(house_in_memory: House) -> None:
    person = await take_in(house_in_memory)
    answers = await asyncio.gather(*(change(house_in_memory, person, note=str(number)) for number in range(5)))
    assert min(answer.status_code for answer in answers) == 200
    assert {answer.status_code for answer in answers} <= {200, 409, 412}
    assert [answer.status_code for answer in answers].count(200) == 1


async def test_a_change_without_a_difference_leaves_the_revision(house_in_memory: House) -> None:
    person = await take_in(house_in_memory)
    answer = await change(house_in_memory, person, given_name="Вера")
    assert answer.json() == person
    assert "person.edited" not in await house_in_memory.actions()


async def test_a_birth_date_may_be_taken_back_and_a_name_may_not(house_in_memory: House) -> None:
    person = await take_in(house_in_memory)
    assert code(await change(house_in_memory, person, given_name=None)) == (422, "invalid_request")
    assert (await change(house_in_memory, person, birth_date=None)).json()["birth_date"] is None


async def test_an_external_number_is_given_once(house_in_memory: House) -> None:
    house = house_in_memory
    first = await take_in(house, external_number="117")
    second = await take_in(house, external_number="")
    refused = await house.clerk.post(PEOPLE, json={**VERA, "external_number": "117"})
    assert code(refused) == (409, "external_number_taken")
    assert refused.json()["address"] == f"{PEOPLE}/{first['id']}"
    assert code(await change(house, second, external_number="117")) == (409, "external_number_taken")
    elsewhere = await house.other.clerk.post(PEOPLE, json={**VERA, "external_number": "117"})
    assert elsewhere.status_code == 201


async def test_of_many_who_bring_one_external_number_at_once_one_gets_it(house_in_memory: House) -> None:
    wanted = {**VERA, "external_number": "118"}
    answers = await asyncio.gather(*(house_in_memory.clerk.post(PEOPLE, json=wanted) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert {code(answer)[1] for answer in answers if answer.status_code == 409} == {"external_number_taken"}


async def test_people_are_listed_by_name_page_by_page(house_in_memory: House) -> None:
    house = house_in_memory
    families = ["Ёлкина", "Яковлева", "Елисеева", "Абрамова", "Ежова", "ежова"]
    for family in families:
        await take_in(house, family_name=family)
    await house.other.clerk.post(PEOPLE, json=VERA)
    seen: list[str] = []
    address: str | None = f"{PEOPLE}?limit=2"
    while address:
        answer = await house.clerk.get(address)
        seen += [person["family_name"] for person in answer.json()["items"]]
        address = answer.links["next"]["url"] if "next" in answer.links else None
        assert (address is None) == (answer.json()["next"] is None)
    assert seen == ["Абрамова", "Ежова", "ежова", "Елисеева", "Ёлкина", "Примерова", "Яковлева"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"name": "ел"}, ["Елисеева", "Ёлкина"]),
        ({"name": "ЁЛКИНА  в"}, ["Ёлкина"]),
        ({"name": "%"}, ["Елисеева", "Ёлкина", "Примерова"]),
        ({"name": "лкина"}, []),
        ({"birth_date": "2001-01-01"}, ["Ёлкина"]),
        ({"external_number": "7"}, ["Елисеева"]),
        ({"name": "Ел", "external_number": "8"}, []),
    ],
)
async def test_people_are_filtered(house_in_memory: House, filters: Json, expected: list[str]) -> None:
    await take_in(house_in_memory, family_name="Ёлкина", birth_date="2001-01-01")
    await take_in(house_in_memory, family_name="Елисеева", external_number="7")
    answer = await house_in_memory.clerk.get(PEOPLE, params=filters)
    assert [person["family_name"] for person in answer.json()["items"]] == expected


async def test_who_has_changed_the_name_is_found_under_both(house_in_memory: House) -> None:
    house = house_in_memory
    person = await take_in(house)
    renamed = await change(house, person, family_name="Новикова", keep_former_name=True)
    assert renamed.json()["former_names"] == "Образцова"
    assert await found(house, "Новикова Вера") == await found(house, "Образцова") == [person["id"]]
    renamed = await change(house, renamed.json(), family_name="Третьякова", keep_former_name=True)
    assert renamed.json()["former_names"] == "Образцова, Новикова"


async def test_a_corrected_name_is_found_as_it_is_only(house_in_memory: House) -> None:
    person = await take_in(house_in_memory, family_name="Абрвзцова")
    corrected = await change(house_in_memory, person, family_name="Кузнецова")
    assert corrected.json()["former_names"] == ""
    assert await found(house_in_memory, "Абрвзцова") == []
    assert await found(house_in_memory, "Кузнецова") == [person["id"]]


async def test_a_name_of_signs_only_has_a_place_in_the_list_too(house_in_memory: House) -> None:
    person = await take_in(house_in_memory, family_name="—", given_name="…", patronymic="")
    listed = (await house_in_memory.clerk.get(PEOPLE)).json()["items"]
    assert person["id"] in [each["id"] for each in listed]


async def test_the_longest_names_fit(house_in_memory: House) -> None:
    long = "\ufdfa" * 100
    await take_in(house_in_memory, family_name=long, given_name=long, patronymic=long, former_names=long * 5)


async def test_learners_of_another_institution_do_not_exist(house_in_memory: House) -> None:
    house = house_in_memory
    address = f"{PEOPLE}/{house.other.learner}"
    assert code(await house.clerk.get(address)) == (404, "not_found")
    answer = await house.clerk.patch(address, json={"note": "а"}, headers={"If-Match": "*"})
    assert code(answer) == (404, "not_found")
    listed = (await house.clerk.get(PEOPLE)).json()["items"]
    assert [person["id"] for person in listed] == [str(house.a.learner)]


@pytest.mark.parametrize(
    ("role", "reads", "writes"), [("auditor", 200, 403), ("executor", 403, 403), ("head", 200, 403)]
)
async def test_roles_read_and_write_as_their_table_says(
    house_in_memory: House, role: str, reads: int, writes: int
) -> None:
    assert (await house_in_memory.of(role).get(PEOPLE)).status_code == reads
    assert (await house_in_memory.of(role).post(PEOPLE, json=VERA)).status_code == writes
