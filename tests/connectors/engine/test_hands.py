"""What people enter by hand, what sources say of the same, and where each value comes from."""

from typing import Any

from tests.connectors.engine.bench import GROUPS, LEARNERS, Engine, ended, group, learner


async def patched(engine: Engine, path: str, **changes: Any) -> None:  # noqa: ANN401
    tag = (await engine.house.clerk.get(path)).headers["ETag"]
    answer = await engine.house.clerk.patch(path, json=changes, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text


async def test_a_hand_wins_or_a_person_settles_and_provenance_tells_who_wrote_what(engine: Engine) -> None:
    engine.script.stream(LEARNERS, learner("1", "Старова", email="a@example.org"))
    engine.script.stream(GROUPS, group("g", "8А", programme="Первая"))
    first = await engine.run()
    person = await engine.one("SELECT id FROM people WHERE family_name = 'Старова'")
    class_ = await engine.one("SELECT id FROM groups WHERE name = '8А'")
    await patched(engine, f"/api/v1/people/{person}", family_name="Рукописная")
    await patched(engine, f"/api/v1/groups/{class_}", programme="Рукой")

    engine.script.stream(LEARNERS, learner("1", "Новая", patronymic="Львовна", email="a@example.org"))
    engine.script.stream(GROUPS, group("g", "8А", programme="Вторая", level="8"))
    second = await engine.run()
    assert ended(second) == ("complete", {"changed": 2})
    names = await engine.rows("SELECT family_name, patronymic FROM people WHERE id = $1", person)
    assert names == [{"family_name": "Рукописная", "patronymic": "Львовна"}]
    assert await engine.rows("SELECT programme, level FROM groups WHERE id = $1", class_) == [
        {"programme": "Рукой", "level": "8"}
    ]
    clerk = engine.house.clerk
    (conflict,) = (await clerk.get("/api/v1/import-conflicts")).json()["items"]
    assert (conflict["field"], conflict["source_value"], conflict["hand_value"]) == (
        "family_name",
        "Новая",
        "Рукописная",
    )
    assert conflict["hand_by"] == str(engine.house.a.accounts["clerk"])
    assert ended(await engine.run())[1] == {"same": 2}

    said = (await clerk.get(f"/api/v1/provenance/learners/{person}")).json()
    assert (said["made_run_id"], said["records"][0]["external_id"]) == (str(first.id), "1")
    assert {each["field"]: each["by"] for each in said["values"]} == {"family_name": "hand", "patronymic": "source"}
    assert [each["run_id"] for each in said["values"] if each["by"] == "source"] == [str(second.id)]
    # The auditor reads lists; contacts are shown to those who may see them.
    audited = (await engine.house.of("auditor").get(f"/api/v1/provenance/learners/{person}")).json()
    assert "email" not in audited["records"][0]["said"]

    taken = await clerk.post(f"/api/v1/import-conflicts/{conflict['id']}/settlement", json={"take": True})
    assert taken.json()["state"] == "taken"
    again = await clerk.post(f"/api/v1/import-conflicts/{conflict['id']}/settlement", json={"take": False})
    assert (again.status_code, again.json()["code"]) == (409, "conflict_settled")
    assert await engine.one("SELECT family_name FROM people WHERE id = $1", person) == "Новая"
    said = (await clerk.get(f"/api/v1/provenance/learners/{person}")).json()
    assert {each["field"]: each["by"] for each in said["values"]}["family_name"] == "source"
    engine.script.stream(LEARNERS, learner("1", "Третья", patronymic="Львовна", email="a@example.org"))
    assert ended(await engine.run())[1] == {"changed": 1, "same": 1}
    assert await engine.one("SELECT family_name FROM people WHERE id = $1", person) == "Третья"
