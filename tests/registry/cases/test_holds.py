"""Holds bind from their commit, on every path that ends a record; another person lifts them, for good."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.kernel.ids import new_id
from tests.registry.cases.desk import ANY, GROUND, HOLDS, act, classes, file, hold, lift, new_case, open_case, read_case
from tests.registry.cases.jobs import run_jobs
from tests.registry.documents.papers import add_version, decide, keep, quarantine, read, withdraw
from tests.registry_house import House, Json, code


async def targets(house: House, document: Json, name: str) -> dict[str, Any]:
    """What a hold names to cover a document of the learner."""
    if name == "whole_institution":
        return {name: True}
    if name == "person_ids":
        return {name: [str(house.a.learner)]}
    [record_class] = await classes(house, "5 лет")
    case = await open_case(house.a, record_class)
    path = f"/api/v1/personal-files/{house.a.personal_file}/case"
    assert (await house.clerk.post(path, json={"case_id": case["id"]})).status_code == 200
    return {"case_ids": [case["id"]]} if name == "case_ids" else {"class_ids": [record_class["id"]]}


@pytest.mark.parametrize("name", ["whole_institution", "person_ids", "case_ids", "class_ids"])
async def test_a_hold_keeps_what_it_covers_from_being_withdrawn(house_in_memory: House, name: str) -> None:
    house = house_in_memory
    made = await keep(house.a)
    placed = await hold(house.a, **await targets(house, made, name))
    refused = await withdraw(house.a, made)
    assert (code(refused), refused.json()["reasons"]) == ((409, "document_step_refused"), ["held"])
    assert (await read(house.a, made)).status_code == 200
    assert (await lift(house.a, placed)).status_code == 200
    assert (await withdraw(house.a, made)).status_code == 204


async def test_a_hold_keeps_what_waits_in_quarantine_from_being_refused_and_lets_it_be_released(
    house_in_memory: House,
) -> None:
    house = house_in_memory
    first, second = await quarantine(house.a), await quarantine(house.a)
    await hold(house.a, person_ids=[str(house.a.learner)])
    refused = await decide(house.a, first, "refusal")
    assert refused.json()["reasons"] == ["held"]
    assert (await decide(house.a, second, "release")).status_code == 200


async def test_a_hold_keeps_a_single_version_too(house_in_memory: House) -> None:
    house = house_in_memory
    made = await keep(house.a)
    await add_version(house.a, made)
    await hold(house.a, person_ids=[str(house.a.learner)])
    path = f"/api/v1/documents/{made['id']}/versions/2/withdrawal"
    assert (await house.clerk.post(path, json={"reason": "не тот файл"})).json()["reasons"] == ["held"]


async def test_what_others_have_is_not_held(house_in_memory: House) -> None:
    house = house_in_memory
    made, foreign = await keep(house.a), await keep(house.other)
    other_file = await house.learner()
    person = await house.owner.fetchval("SELECT person_id FROM personal_files WHERE id = $1", other_file)
    await hold(house.a, person_ids=[str(person)])
    await hold(house.a, whole_institution=True)
    assert (await withdraw(house.other, foreign)).status_code == 204
    assert (await withdraw(house.a, made)).json()["reasons"] == ["held"]


async def test_a_hold_that_is_being_placed_is_waited_for(house_in_memory: House) -> None:
    house = house_in_memory
    made = await keep(house.a)
    await house.owner.execute("BEGIN")
    await house.owner.execute("CALL close_gate_of_holds($1)", house.a.id)
    asked = asyncio.create_task(withdraw(house.a, made))
    await until_waiting(house)
    await place_by_hand(house.owner, house)
    await house.owner.execute("COMMIT")
    refused = await asked
    assert refused.json()["reasons"] == ["held"]
    assert (await read(house.a, made)).status_code == 200


async def test_an_end_that_is_being_decided_is_waited_for_and_stands(house_in_memory: House) -> None:
    house = house_in_memory
    made = await keep(house.a)
    await house.owner.execute("BEGIN")
    await house.owner.execute("CALL pass_gate_of_holds($1)", house.a.id)
    asked = asyncio.create_task(house.clerk.post(HOLDS, json={**GROUND, "whole_institution": True}))
    await until_waiting(house)
    await house.owner.execute(
        "UPDATE documents SET state = 'withdrawn', decided_by = uploaded_by, decision_reason = 'не тот' WHERE id = $1",
        UUID(made["id"]),
    )
    await house.owner.execute("COMMIT")
    assert (await asked).status_code == 201
    state = await house.owner.fetchval("SELECT state FROM documents WHERE id = $1", UUID(made["id"]))
    assert state == "withdrawn"


async def test_however_they_meet_what_was_held_first_is_still_there(house_in_memory: House) -> None:
    house = house_in_memory
    for _ in range(6):
        made = await keep(house.a)
        withdrawn, placed = await asyncio.gather(
            withdraw(house.a, made), house.clerk.post(HOLDS, json={**GROUND, "person_ids": [str(house.a.learner)]})
        )
        assert placed.status_code == 201
        gone = withdrawn.status_code in {202, 204}
        assert gone or withdrawn.json()["reasons"] == ["held"]
        assert (await read(house.a, made)).status_code == (404 if gone else 200)
        assert (await lift(house.a, placed.json())).status_code == 200


async def until_waiting(house: House) -> None:
    """Return once somebody waits for the gate."""
    watcher = await asyncpg.connect(house.owner_url)
    try:
        async with asyncio.timeout(20):
            waiting = 0
            while not waiting:
                waiting = await watcher.fetchval(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
    finally:
        await watcher.close()


async def place_by_hand(connection: asyncpg.Connection, house: House) -> None:
    await connection.execute(
        "INSERT INTO holds (id, institution_id, reason_kind, reason, document, whole_institution, placed_by, placed_at)"
        " VALUES ($1, $2, 'audit', 'проверка', 'приказ', true, $3, now())",
        new_id(),
        house.a.id,
        house.a.accounts["clerk"],
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents SET state = 'withdrawn', decided_by = uploaded_by, decision_reason = 'x'",
        "UPDATE document_versions SET state = 'withdrawn'",
        "UPDATE document_versions SET state = 'refused', decided_by = uploaded_by, decision_reason = 'x'",
        "DELETE FROM documents",
        "DELETE FROM document_versions",
    ],
)
async def test_the_database_itself_ends_nothing_that_is_held(house_in_memory: House, statement: str) -> None:
    house = house_in_memory
    await keep(house.a)
    await hold(house.a, person_ids=[str(house.a.learner)])
    with pytest.raises(asyncpg.PostgresError) as refused:
        await house.owner.execute(statement)
    assert refused.value.sqlstate == "DL002"


@pytest.mark.parametrize("change", ["state = 'transferred'", "paper_fate = 'transferred'"])
async def test_a_held_case_does_not_leave(house_in_memory: House, change: str) -> None:
    house = house_in_memory
    case = await new_case(house)
    await act(house.a, case, "closing", {"close_volumes": True})
    await hold(house.a, case_ids=[case["id"]])
    with pytest.raises(asyncpg.PostgresError) as refused:
        await house.owner.execute(f"UPDATE cases SET {change}")  # noqa: S608 - written above
    assert refused.value.sqlstate == "DL002"


async def test_nothing_leaves_a_held_case(house_in_memory: House) -> None:
    house = house_in_memory
    first, second = await classes(house, "5 лет", "1 год")
    held, free = await open_case(house.a, first), await open_case(house.a, second)
    made = await keep(house.a, group_id=str(house.a.group))
    assert (await file(house.a, made, held)).status_code == 200
    placed = await hold(house.a, case_ids=[held["id"]])
    refused = await file(house.a, made, free, reason="ошиблись делом")
    assert (code(refused), refused.json()["holds"]) == ((409, "case_held"), [placed["id"]])
    await lift(house.a, placed)
    assert (await file(house.a, made, free, reason="ошиблись делом")).status_code == 200


async def test_many_holds_last_until_the_last_is_lifted(house_in_memory: House) -> None:
    house = house_in_memory
    case = await new_case(house)
    placed = [await hold(house.a, case_ids=[case["id"]]) for _ in range(3)]
    for number, each in enumerate(placed):
        assert len((await read_case(house.a, case))["hold_ids"]) == 3 - number
        assert (await lift(house.a, each)).status_code == 200
    assert (await read_case(house.a, case))["hold_ids"] == []


async def test_a_hold_on_a_class_takes_cases_opened_later_also_next_year(house_in_memory: House) -> None:
    house = house_in_memory
    [record_class] = await classes(house, "5 лет")
    placed = await hold(house.a, class_ids=[record_class["id"]])
    case = await open_case(house.a, record_class)
    assert (await read_case(house.a, case))["hold_ids"] == [placed["id"]]


async def test_a_hold_on_a_person_takes_the_case_a_document_of_his_came_into(house_in_memory: House) -> None:
    house = house_in_memory
    case = await new_case(house)
    placed = await hold(house.a, person_ids=[str(house.a.learner)])
    assert (await read_case(house.a, case))["hold_ids"] == []
    assert (await file(house.a, await keep(house.a), case)).status_code == 200
    assert (await read_case(house.a, case))["hold_ids"] == [placed["id"]]


async def test_who_placed_a_hold_does_not_lift_it_and_it_is_lifted_once(house_in_memory: House) -> None:
    house = house_in_memory
    placed = await hold(house.a, "head", whole_institution=True, person_ids=[str(house.a.learner)])
    refused = await lift(house.a, placed, "head")
    assert (code(refused), refused.json()["reasons"]) == ((409, "hold_step_refused"), ["same_person"])
    assert code(await lift(house.a, placed, "clerk")) == (403, "forbidden")
    answers = await asyncio.gather(*(lift(house.a, placed, "records_officer") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert (await house.actions()).count("hold.lifted") == 1
    for statement in ("UPDATE holds SET state = 'active'", "DELETE FROM holds", "DELETE FROM hold_targets"):
        with pytest.raises(asyncpg.PostgresError) as error:
            await house.owner.execute(statement)
        assert error.value.sqlstate == "DL001"


async def test_a_hold_is_extended_and_nothing_is_taken_off_it(house_in_memory: House) -> None:
    house = house_in_memory
    case = await new_case(house)
    placed = await hold(house.a, person_ids=[str(house.a.learner)])
    path = f"{HOLDS}/{placed['id']}/extension"
    body = {"case_ids": [case["id"]], "reason": "суд назвал и это дело"}
    extended = await house.clerk.post(path, json=body, headers={"If-Match": '"1"'})
    assert (extended.json()["case_ids"], extended.json()["person_ids"]) == ([case["id"]], [str(house.a.learner)])
    assert code(await house.clerk.post(path, json=body, headers={"If-Match": '"1"'})) == (412, "precondition_failed")
    await lift(house.a, placed)
    assert code(await house.clerk.post(path, json=body, headers=ANY)) == (409, "hold_step_refused")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, (422, "nothing_to_hold")),
        ({"case_ids": [str(uuid4())]}, (404, "not_found")),
        ({"person_ids": [str(uuid4())]}, (404, "not_found")),
        ({"class_ids": [str(uuid4())]}, (404, "not_found")),
        ({"whole_institution": True, "reason": ""}, (422, "invalid_request")),
        ({"whole_institution": True, "document": "\x00"}, (422, "invalid_text")),
        ({"whole_institution": True, "reason_kind": "whim"}, (422, "invalid_request")),
    ],
)
async def test_holds_that_say_nothing_are_refused(
    house_in_memory: House, body: dict[str, Any], said: tuple[int, str]
) -> None:
    assert code(await house_in_memory.clerk.post(HOLDS, json={**GROUND, **body})) == said


async def test_people_and_cases_of_others_cannot_be_held(house_in_memory: House) -> None:
    house = house_in_memory
    refused = await house.clerk.post(HOLDS, json={**GROUND, "person_ids": [str(house.other.learner)]})
    assert code(refused) == (404, "not_found")
    placed = await hold(house.a, whole_institution=True)
    assert code(await house.other.clerk.get(f"{HOLDS}/{placed['id']}")) == (404, "not_found")
    assert (await house.other.clerk.get(HOLDS)).json()["items"] == []


async def test_storage_is_told_and_hears_of_the_last_lifting_only(house: House) -> None:
    made = await keep(house.a)
    key, version = await house.owner.fetchrow("SELECT object_key, storage_version_id FROM document_versions")
    first = await hold(house.a, person_ids=[str(house.a.learner)])
    second = await hold(house.a, whole_institution=True)
    assert await run_jobs(house) == ["done", "done"]
    assert (await house.services.vault.stat(key, version)).legal_hold
    await lift(house.a, first)
    assert await run_jobs(house) == ["done"]
    assert (await house.services.vault.stat(key, version)).legal_hold
    await lift(house.a, second)
    assert await run_jobs(house) == ["done"]
    assert not (await house.services.vault.stat(key, version)).legal_hold
    assert (await withdraw(house.a, made)).status_code == 204
    assert (await house.actions()).count("hold.marked_in_storage") == 4
