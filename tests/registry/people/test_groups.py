"""Groups, through the API, over a real database."""

import asyncio
from typing import Any

import pytest

from tests.registry_house import House, code

GROUPS = "/api/v1/groups"
Json = dict[str, Any]
ALGEBRA: Json = {"name": "МА-31", "study_year": "2025/2026", "programme": "Математика", "note": ""}


async def test_a_group_is_made_read_and_corrected(house_in_memory: House) -> None:
    clerk = house_in_memory.clerk
    made = await clerk.post(GROUPS, json=ALGEBRA)
    assert made.status_code == 201
    address = made.headers["Location"]
    assert (await clerk.get(address)).json() == made.json() == {**made.json(), **ALGEBRA}
    assert code(await clerk.patch(address, json={"note": "а"})) == (428, "precondition_required")
    changed = await clerk.patch(address, json={"note": "а", "name": "МА-32"}, headers={"If-Match": '"1"'})
    assert (changed.json()["name"], changed.headers["ETag"]) == ("МА-32", '"2"')
    assert code(await clerk.patch(address, json={"note": "б"}, headers={"If-Match": '"1"'})) == (
        412,
        "precondition_failed",
    )
    unchanged = await clerk.patch(address, json={"note": "а"}, headers={"If-Match": '"2"'})
    assert unchanged.headers["ETag"] == '"2"'
    refused = await clerk.patch(address, json={"name": None}, headers={"If-Match": "*"})
    assert code(refused) == (422, "invalid_request")
    assert [each for each in await house_in_memory.actions() if each.startswith("group.")] == [
        "group.created",
        "group.read",
        "group.edited",
    ]


async def test_a_name_is_given_once_in_a_study_year_in_whichever_alphabet(house_in_memory: House) -> None:
    clerk = house_in_memory.clerk
    first = (await clerk.post(GROUPS, json={"name": "5А", "study_year": "2026"})).json()
    refused = await clerk.post(GROUPS, json={"name": "5 a", "study_year": "2026"})
    assert code(refused) == (409, "group_name_taken")
    assert refused.json()["address"] == f"{GROUPS}/{first['id']}"
    next_year = await clerk.post(GROUPS, json={"name": "5А", "study_year": "2027"})
    assert next_year.status_code == 201
    moved = await clerk.patch(next_year.headers["Location"], json={"study_year": "2026"}, headers={"If-Match": '"1"'})
    assert code(moved) == (409, "group_name_taken")
    assert (await house_in_memory.other.clerk.post(GROUPS, json={"name": "5А", "study_year": "2026"})).is_success


async def test_of_many_who_make_one_group_at_once_one_makes_it(house_in_memory: House) -> None:
    answers = await asyncio.gather(*(house_in_memory.clerk.post(GROUPS, json=ALGEBRA) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


async def test_groups_are_listed_by_name_with_numbers_by_value(house_in_memory: House) -> None:
    clerk = house_in_memory.clerk
    for name in ("10А", "5Б", "5А", "11"):
        await clerk.post(GROUPS, json={"name": name, "study_year": "2025/2026"})
    listed = (await clerk.get(GROUPS, params={"study_year": "2025/2026"})).json()["items"]
    assert [group["name"] for group in listed] == ["5А", "5Б", "10А", "11"]
    first = await clerk.get(GROUPS, params={"limit": 3})
    rest = await clerk.get(first.links["next"]["url"])
    assert len(first.json()["items"]) == 3
    assert [group["name"] for group in rest.json()["items"]] == ["11", "ИС-21"]


@pytest.mark.parametrize("study_year", ["2025/2027", "25/26", "2025-2026", "весна"])
async def test_a_study_year_is_one_year_or_two_in_a_row(house_in_memory: House, study_year: str) -> None:
    answer = await house_in_memory.clerk.post(GROUPS, json={**ALGEBRA, "study_year": study_year})
    assert code(answer) == (422, "invalid_request")


async def test_a_group_is_found_and_what_belongs_to_it_follows_its_name(house_in_memory: House) -> None:
    clerk = house_in_memory.clerk
    made = (await clerk.post(GROUPS, json=ALGEBRA)).json()
    for asked in ("МА-31", "ма 31", "MA31", "математика", "31"):
        items = (await clerk.get("/api/v1/search", params={"q": asked})).json()["items"]
        assert [(hit["type"], hit["id"]) for hit in items] == [("group", made["id"])], asked
    await clerk.patch(f"{GROUPS}/{made['id']}", json={"name": "ФИЗ-1"}, headers={"If-Match": '"1"'})
    assert (await clerk.get("/api/v1/search", params={"q": "МА-31"})).json()["items"] == []
    assert (await clerk.get("/api/v1/search", params={"q": "физ 1"})).json()["items"][0]["title"] == "ФИЗ-1 (2025/2026)"


async def test_groups_of_another_institution_do_not_exist(house_in_memory: House) -> None:
    address = f"{GROUPS}/{house_in_memory.other.group}"
    assert code(await house_in_memory.clerk.get(address)) == (404, "not_found")
    answer = await house_in_memory.clerk.patch(address, json={"note": "а"}, headers={"If-Match": "*"})
    assert code(answer) == (404, "not_found")
