"""Cases are found by index and title, by those who may see them."""

from tests.registry.cases.desk import ANY, CASES, V1, classes, open_case
from tests.registry.nomenclature.office import begin, in_force_by_hand, row, section
from tests.registry_house import House, Json, Place


async def found(place: Place, q: str, **members: str) -> list[Json]:
    answer = await place.clerk.get(f"{V1}/search", params={"q": q, **members})
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


async def test_a_case_is_found_by_title_and_index_under_its_present_name(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    version = await begin(place, 2026)
    record_class = await row(place, await section(place, version), title="Переписка", class_index="01-17")
    await in_force_by_hand(house, version)
    case = await open_case(place, record_class, title="Переписка о питании учащихся")
    hit = {"type": "case", "id": case["id"], "title": "01-17 Переписка о питании учащихся", "holder": None}
    for asked in ("питание учащихся", "дело 01-17", "01-17", "перепска питание"):
        [first] = await found(place, asked, types="case")
        assert {name: first[name] for name in hit} == hit, asked
        assert (await place.clerk.get(first["address"])).json()["id"] == case["id"]
    renamed = await place.clerk.patch(f"{CASES}/{case['id']}", json={"title": "Меню столовой"}, headers=ANY)
    assert renamed.status_code == 200
    assert await found(place, "питании", types="case") == []
    assert [each["id"] for each in await found(place, "меню")] == [case["id"]]


async def test_who_may_not_read_cases_finds_none(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    [record_class] = await classes(house, "5 лет")
    case = await open_case(place, record_class, title="Журнал проветривания")
    assert [each["id"] for each in await found(place, "проветривание")] == [case["id"]]
    assert await found(house.other, "проветривание") == []
    narrow = "UPDATE api_tokens SET scopes = array_remove(scopes, 'cases.read') WHERE account_id = $1"
    await house.owner.execute(narrow, place.accounts["clerk"])
    assert await found(place, "проветривание") == []
    assert await found(place, "проветривание", types="case") == []
