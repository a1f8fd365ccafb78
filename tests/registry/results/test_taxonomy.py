"""The taxonomy is the institution's own: nothing is there before somebody adds it, no kind is there twice."""

import asyncpg
import pytest

from tests.registry.results.desk import ANY, V1, created, school_of
from tests.registry_house import House, code


async def test_a_person_builds_the_taxonomy(house_in_memory: House) -> None:
    house = house_in_memory
    for path in ("result-kinds", "result-sources", "mark-scales", "reward-kinds"):
        assert (await house.clerk.get(f"{V1}/{path}")).json()["items"] == [], path
    proposals = (await house.clerk.get(f"{V1}/result-presets")).json()["items"]
    assert {each["key"] for each in proposals} == {"general_school", "further_education", "sole_trader"}
    school = await school_of(house)
    again = await house.clerk.post(f"{V1}/result-presets/general_school/adoption")
    assert again.json() == {"kinds": [], "sources": [], "scales": []}
    other = await house.clerk.post(f"{V1}/result-presets/further_education/adoption")
    assert other.json()["kinds"] == ["Учебные", "Применимость результатов обучения на практике"]
    assert code(await house.clerk.post(f"{V1}/result-presets/own/adoption")) == (404, "unknown_preset")
    assert (await house.of("teacher").get(f"{V1}/result-kinds")).status_code == 200
    assert (await house.other.clerk.get(f"{V1}/result-kinds")).json()["items"] == []

    # the same kind twice (№ D8): refused, in whatever spelling; as an alias it is there
    parent, personal = school.kinds["Метапредметные"], school.kinds["Личностные"]
    twice = await house.clerk.post(f"{V1}/result-kinds", json={"name": "личностные ", "parent_id": parent})
    assert (code(twice), twice.json()["kind"]) == ((409, "result_kind_taken"), personal)
    third = await house.clerk.post(f"{V1}/result-kinds", json={"name": "Внеурочные", "note": "кружки"})
    alias = {"alias_of_id": personal, "parent_id": created(third)["id"]}
    made = created(await house.clerk.post(f"{V1}/result-kinds", json=alias))
    assert (made["name"], made["alias_of_id"]) == ("Личностные", personal)
    assert code(await house.clerk.post(f"{V1}/result-kinds", json=alias)) == (409, "result_kind_taken")
    deeper = {"name": "Глубже", "parent_id": made["id"]}
    assert code(await house.clerk.post(f"{V1}/result-kinds", json=deeper)) == (422, "impossible_alias")
    refused = await house.clerk.post(f"{V1}/result-kinds", json={"note": "без названия"})
    assert code(refused) == (422, "invalid_request")
    renamed = await house.clerk.patch(f"{V1}/result-kinds/{personal}", json={"name": "Личностный рост"}, headers=ANY)
    assert renamed.json()["revision"] == 2
    shown = (await house.clerk.get(f"{V1}/result-kinds/{made['id']}")).json()
    assert (shown["name"], shown["revision"]) == ("Личностный рост", 2)
    assert code(await school.enter(kind_id=made["id"])) == (422, "unknown_taxonomy")


async def test_target_orientations_are_never_assessed(house_in_memory: House) -> None:
    house = house_in_memory
    school = await school_of(house)
    target = school.kinds["Целевые ориентиры"]
    assert code(await school.enter(kind_id=target)) == (422, "target_not_assessed")
    result = await school.entered()
    assert code(await school.correct(result, kind_id=target)) == (422, "target_not_assessed")
    change = "UPDATE results SET kind_id = $1, revision = revision + 1, changed_by = NULL, entered_by = NULL"
    for statement in (change, f"{change}, kind_assessable = false"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await house.owner.execute(statement, target)
    # nor does a kind that has results become such
    path = f"{V1}/result-kinds/{result['kind_id']}"
    assert code(await house.clerk.patch(path, json={"assessed": False}, headers=ANY)) == (422, "target_not_assessed")
    retired = await house.clerk.patch(path, json={"retired": True}, headers=ANY)
    assert retired.json()["retired"] is True
    assert code(await school.enter()) == (422, "unknown_taxonomy")


async def test_a_scale_knows_its_marks(house_in_memory: House) -> None:
    house = house_in_memory
    school = await school_of(house)
    hundred = {"name": "Сто баллов", "numeric_marks": True, "lowest": 0, "highest": 100}
    scale = created(await house.clerk.post(f"{V1}/mark-scales", json=hundred))
    assert (scale["lowest"], scale["highest"]) == (0, 100)
    for body in ({"name": "Пустая"}, {**hundred, "name": "Наоборот", "lowest": 101}):
        assert code(await house.clerk.post(f"{V1}/mark-scales", json=body)) == (422, "impossible_scale")
    assert code(await house.clerk.post(f"{V1}/mark-scales", json=hundred)) == (409, "mark_scale_taken")
    refused = await school.enter(scale_id=scale["id"], value="101")
    assert (code(refused), refused.json()["highest"][:3]) == ((422, "unknown_mark"), "100")
    made = await school.entered(scale_id=scale["id"], value="87,5")
    assert (made["value"], made["number"], made["known"]) == ("87,5", 87.5, True)
    # a scale that is changed changes no mark
    await house.clerk.patch(f"{V1}/mark-scales/{scale['id']}", json={"highest": 50}, headers=ANY)
    read = (await house.clerk.get(f"{V1}/results/{made['id']}")).json()
    assert (read["value"], read["number"], read["known"]) == ("87,5", None, False)


async def test_the_taxonomy_is_not_deleted_by_anybody(house_in_memory: House) -> None:
    house = house_in_memory
    await school_of(house)
    async with house.services.database.work(house.a.scope("head")) as work:
        for table in ("result_kinds", "result_sources", "mark_scales", "results", "attendance", "result_changes"):
            allowed = await work.rows("SELECT has_table_privilege(current_user, $1, 'DELETE') AS may", [table])
            assert allowed[0]["may"] is False, table
