"""A draft is typed in: sections, rows, reserve numbers; what is approved is never changed."""

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.registry.nomenclature.office import (
    ANY,
    CLASSES,
    OFFICER,
    UNCLEAR,
    V1,
    VERSIONS,
    add,
    approve,
    begin,
    row,
    rows,
    section,
)
from tests.registry_house import House, code


async def test_a_year_has_one_nomenclature_however_often_it_is_asked_for(house_in_memory: House) -> None:
    officer = house_in_memory.of(OFFICER)
    answers = await asyncio.gather(*(officer.post(f"{V1}/nomenclatures", json={"year": 2027}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    made = next(answer for answer in answers if answer.status_code == 201).json()
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "nomenclature_exists"
            assert (await officer.get(answer.json()["address"])).json()["year"] == 2027
    assert (made["state"], made["effective_on"], made["ordinal"]) == ("draft", "2027-01-01", 1)
    assert (await begin(house_in_memory.other, 2027))["year"] == 2027


async def test_rows_stand_in_the_order_in_which_they_were_typed_under_running_numbers(house_in_memory: House) -> None:
    place = house_in_memory.a
    version = await begin(place)
    first, second = await section(place, version), await section(place, version, "02", "Учебная часть")
    for part, title in ((second, "Расписания"), (first, "Приказы"), (first, "Письма"), (second, "Планы")):
        await row(place, part, title=title)
    found = await rows(place, version)
    assert [(each["class_index"], each["title"]) for each in found] == [
        ("01-01", "Приказы"),
        ("01-02", "Письма"),
        ("02-01", "Расписания"),
        ("02-02", "Планы"),
    ]
    assert await rows(place, version, section_id=first["id"]) == found[:2]


async def test_an_index_and_a_section_code_stand_once_in_a_version(house_in_memory: House) -> None:
    place = house_in_memory.a
    version = await begin(place)
    part = await section(place, version)
    await row(place, part, class_index="01-07")
    assert code(await add(place, part, class_index="01-07")) == (409, "class_index_taken")
    other = await row(place, part)
    answer = await place.of(OFFICER).patch(f"{CLASSES}/{other['id']}", json={"class_index": "01-07"}, headers=ANY)
    assert (other["class_index"], code(answer)) == ("01-08", (409, "class_index_taken"))
    again = await place.of(OFFICER).post(f"{VERSIONS}/{version['id']}/sections", json={"code": "01", "title": "Иное"})
    assert code(again) == (409, "section_code_taken")


async def test_numbers_are_kept_in_reserve_and_used_later(house_in_memory: House) -> None:
    place = house_in_memory.a
    part = await section(place, await begin(place))
    await row(place, part)
    made = await place.of(OFFICER).post(f"{V1}/nomenclature-sections/{part['id']}/reserves", json={"count": 2})
    kept = made.json()["record_classes"]
    assert [(each["class_index"], each["reserve"], each["rule"]) for each in kept] == [
        ("01-02", True, None),
        ("01-03", True, None),
    ]
    address = f"{CLASSES}/{kept[0]['id']}"
    refused = await place.of(OFFICER).patch(address, json={"reserve": False}, headers=ANY)
    assert (code(refused), refused.json()["empty"]) == ((422, "nomenclature_row_incomplete"), ["title"])
    used = await place.of(OFFICER).patch(
        address, json={"reserve": False, "title": "Жалобы", "term": "5 лет"}, headers=ANY
    )
    assert used.json()["rule"]["origin"] == "nomenclature"
    assert used.json()["class_index"] == "01-02"


async def test_a_change_names_the_revision_it_was_made_for(house_in_memory: House) -> None:
    place = house_in_memory.a
    version = await begin(place)
    made = await row(place, await section(place, version))
    address = f"{CLASSES}/{made['id']}"
    officer = place.of(OFFICER)
    assert code(await officer.patch(address, json={"title": "Иное"})) == (428, "precondition_required")
    changed = await officer.patch(address, json={"title": "Иное"}, headers={"If-Match": '"1"'})
    assert (changed.json()["title"], changed.headers["ETag"]) == ("Иное", '"2"')
    for answer in (
        await officer.patch(address, json={"title": "Третье"}, headers={"If-Match": '"1"'}),
        await officer.delete(address, headers={"If-Match": '"1"'}),
    ):
        assert code(answer) == (412, "precondition_failed")
    assert (await officer.delete(address, headers={"If-Match": '"2"'})).status_code == 204
    assert await rows(place, version) == []


async def test_another_term_is_another_rule_and_another_title_is_not(house_in_memory: House) -> None:
    place = house_in_memory.a
    made = await row(place, await section(place, await begin(place)))
    address = f"{CLASSES}/{made['id']}"
    titled = (await place.of(OFFICER).patch(address, json={"title": "Иное"}, headers=ANY)).json()
    assert titled["rule"]["id"] == made["rule"]["id"]
    known = {made["rule"]["id"]}
    for change in ({"term": "3 года"}, {"note": "После замены новыми"}, {"article": "ст. 19 а"}):
        changed = (await place.of(OFFICER).patch(address, json=change, headers=ANY)).json()
        assert changed["rule"]["id"] not in known
        known.add(changed["rule"]["id"])
    kept = await house_in_memory.owner.fetchval("SELECT count(*) FROM rule_versions WHERE root_id = id")
    assert kept == 4


async def test_a_section_with_rows_stays(house_in_memory: House) -> None:
    place = house_in_memory.a
    part = await section(place, await begin(place))
    address = f"{V1}/nomenclature-sections/{part['id']}"
    made = await row(place, part)
    refused = await place.of(OFFICER).delete(address, headers=ANY)
    assert (code(refused), refused.json()["rows"]) == ((409, "section_not_empty"), 1)
    await place.of(OFFICER).delete(f"{CLASSES}/{made['id']}", headers=ANY)
    present = (await place.of(OFFICER).get(address)).headers["ETag"]
    renamed = await place.of(OFFICER).patch(address, json={"title": "Архив"}, headers={"If-Match": present})
    assert renamed.json()["title"] == "Архив"
    assert (await place.of(OFFICER).delete(address, headers=ANY)).status_code == 204


@pytest.mark.parametrize(
    "cells",
    [
        {"title": ""},
        {"class_index": "x" * 41},
        {"title": "a\x00b"},
        {"paper_carrier": False},
        {"term": 5},
        {"unknown": 1},
    ],
)
async def test_rows_that_cannot_be_are_refused(house_in_memory: House, cells: dict[str, Any]) -> None:
    place = house_in_memory.a
    answer = await add(place, await section(place, await begin(place)), **cells)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("year", [0, 1899, 3000, 9999, 10**15, "2026", 2026.5])
async def test_years_that_cannot_be_are_refused(house_in_memory: House, year: object) -> None:
    answer = await house_in_memory.of(OFFICER).post(f"{V1}/nomenclatures", json={"year": year})
    assert answer.status_code == 422, answer.text


async def test_next_year_begins_with_the_same_classes_under_the_same_rules(house_in_memory: House) -> None:
    place = house_in_memory.a
    version = await begin(place)
    part = await section(place, version)
    await row(place, part, title="Личные дела обучающихся", carried_over=True)
    await row(place, part, title="Переписка", term=UNCLEAR)
    await place.of(OFFICER).post(f"{V1}/nomenclature-sections/{part['id']}/reserves", json={"count": 1})
    await approve(house_in_memory, version)
    following = await begin(place, 2027, copy_from_id=version["id"])
    assert following["based_on_id"] == version["id"]
    before, after = await rows(place, version), await rows(place, following)
    same = ("lineage_id", "class_index", "title", "term", "carried_over", "reserve", "rule")
    assert [[each[name] for name in same] for each in before] == [[each[name] for name in same] for each in after]
    assert {each["id"] for each in before} & {each["id"] for each in after} == set()
    carried, written = after[0], after[1]
    moved = await place.of(OFFICER).patch(f"{CLASSES}/{carried['id']}", json={"class_index": "9-1"}, headers=ANY)
    assert (code(moved), moved.json()["class_index"]) == ((409, "carried_over_keeps_index"), "01-01")
    renumbered = await place.of(OFFICER).patch(f"{CLASSES}/{written['id']}", json={"class_index": "9-1"}, headers=ANY)
    assert renumbered.status_code == 200


async def test_nothing_of_an_approved_version_can_be_changed_by_anybody(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    version = await begin(place)
    part = await section(place, version)
    made = await row(place, part)
    await approve(house, version)
    officer = place.of(OFFICER)
    for answer in (
        await add(place, part),
        await officer.patch(f"{CLASSES}/{made['id']}", json={"term": "1 год"}, headers=ANY),
        await officer.delete(f"{CLASSES}/{made['id']}", headers=ANY),
        await officer.post(f"{VERSIONS}/{version['id']}/sections", json={"title": "Ещё"}),
        await officer.post(f"{V1}/nomenclature-sections/{part['id']}/reserves", json={"count": 1}),
    ):
        assert code(answer) == (409, "nomenclature_not_a_draft")
    for statement in (
        "UPDATE record_classes SET term = '1 год'",
        "DELETE FROM record_classes",
        "UPDATE nomenclature_sections SET title = 'Иное'",
        "UPDATE nomenclature_versions SET note = 'Иное'",
        "UPDATE nomenclature_versions SET state = 'draft'",
        "DELETE FROM nomenclature_versions",
        "UPDATE rule_versions SET term = '1 год'",
        "TRUNCATE record_classes CASCADE",
        "UPDATE nomenclatures SET year = 2030",
    ):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await house.owner.execute(statement)
        assert refused.value.sqlstate == "DL001", statement
