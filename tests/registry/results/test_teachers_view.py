"""A teacher sees and enters results of the own groups, and of no others."""

from dataclasses import replace

import asyncpg
import pytest

from core.kernel.ids import new_id
from tests.registry.results.desk import ANY, V1, put_into_group, school_of
from tests.registry_house import House, code


async def test_a_teacher_keeps_results_of_the_own_groups_only(house_in_memory: House) -> None:
    house = house_in_memory
    school = await school_of(house)
    teacher, place = house.of("teacher"), house.a
    foreign = (await house.clerk.post(f"{V1}/groups", json={"name": "ИС-99"})).json()["id"]
    elsewhere = await house.clerk.post(f"{V1}/people", json={"family_name": "Чужакова", "given_name": "Ия"})
    stranger = elsewhere.json()["id"]
    their_own = await school.entered(group_id=foreign)
    mine = await school.entered()
    assert code(await teacher.get(f"{V1}/results/{mine['id']}")) == (404, "not_found")
    assert code(await school.enter("teacher")) == (422, "unknown_reference")

    await put_into_group(school, place.learner, place.group)
    await put_into_group(school, school.staff, place.group, staff=True)
    made = await school.entered("teacher", value="5")
    assert made["entered_by"] == str(place.accounts["teacher"])
    assert {row["id"] for row in await school.listed("teacher")} == {mine["id"], made["id"]}
    assert len(await school.listed()) == 3
    group = await teacher.get(f"{V1}/groups/{place.group}/results", params={"period_id": str(school.period)})
    assert {row["id"] for row in group.json()["items"]} == {mine["id"], made["id"]}
    assert code(await teacher.get(f"{V1}/groups/{foreign}/results")) == (404, "not_found")
    assert code(await teacher.get(f"{V1}/people/{stranger}/results")) == (404, "not_found")
    for members in ({"group_id": foreign}, {"person_id": stranger}):
        assert code(await school.enter("teacher", **members)) == (422, "unknown_reference"), members
    assert code(await school.enter("teacher", group_id=None)) == (422, "unknown_reference")
    assert (await school.correct(mine, "teacher", value="3")).json()["value"] == "3"
    assert [row["after"]["value"] for row in (await teacher.get(f"{V1}/results/{mine['id']}/changes")).json()["items"]]
    for each, members in ((their_own, {"value": "2"}), (mine, {"group_id": foreign}), (mine, {"group_id": None})):
        refused = await school.correct(each, "teacher", **members)
        assert refused.status_code in {404, 422}, members
    assert code(await school.strike(their_own, "teacher")) == (404, "not_found")
    assert (await school.strike(made, "teacher")).json()["state"] == "struck_out"
    extract = await teacher.get(f"{V1}/people/{place.learner}/results-extract")
    assert [row["id"] for each in extract.json()["kinds"] for row in each["current"]] == [mine["id"]]
    # diagnostics are for the staff, special needs are not
    await school.entered("teacher", kind_id=school.kinds["Педагогическая диагностика"])
    assert code(await teacher.get(f"{V1}/people/{place.learner}/special-needs")) == (403, "forbidden")
    assert code(await school.confirm(mine, "teacher")) == (403, "forbidden")
    kind = f"{V1}/result-kinds/{school.kinds['Личностные']}"
    assert code(await teacher.patch(kind, json={"note": "x"}, headers=ANY)) == (403, "forbidden")
    lesson = {"person_id": str(place.learner), "lesson_on": "2026-02-10", "status": "опоздал"}
    written = await teacher.post(f"{V1}/attendance", json={**lesson, "group_id": str(place.group)})
    assert written.status_code == 201, written.text
    assert code(await teacher.post(f"{V1}/attendance", json={**lesson, "group_id": foreign})) == (
        422,
        "unknown_reference",
    )


async def test_postgresql_says_the_same_whatever_the_verbs_ask(house_in_memory: House) -> None:
    house = house_in_memory
    school = await school_of(house)
    place = house.a
    foreign = (await house.clerk.post(f"{V1}/groups", json={"name": "ИС-99"})).json()["id"]
    their_own = await school.entered(group_id=foreign)
    await school.entered()
    await put_into_group(school, place.learner, place.group)
    await put_into_group(school, school.staff, place.group, staff=True)
    narrowed = replace(place.scope("teacher"), own_groups_on=house.clock.now.date())
    async with house.services.database.work(narrowed) as work:
        seen = await work.rows("SELECT DISTINCT group_id FROM results")
        assert [row["group_id"] for row in seen] == [place.group]
        assert await work.rows("SELECT id FROM special_needs") == []
        changed = "UPDATE results SET comment = 'x', revision = revision + 1 WHERE id = $1"
        assert await work.run(changed, [their_own["id"]]) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await work.run(
                "INSERT INTO results (id, institution_id, standing, person_id, group_id, value, created_at, changed_at)"
                " VALUES ($1, $2, 'current', $3, $4, '5', now(), now())",
                [new_id(), place.id, place.learner, foreign],
            )
        await work.run("ROLLBACK")
