"""What was submitted is changed by nobody, a hold reaches every line, and nobody else sees them."""

from uuid import UUID

import asyncpg
import pytest

from core.kernel.ids import new_id
from tests.registry.cases.desk import hold, lift, read_case
from tests.registry.disposal.bureau import (
    ACTS,
    APPROVED,
    BASIS,
    LINES,
    MINUTES,
    act_in,
    lines,
    make_act,
    step,
    summary,
)
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import House, code


async def test_a_frozen_line_is_changed_by_nobody_not_even_by_the_owner_of_the_table(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "in_review")
    [line] = await lines(house.a, act)
    service = await as_service(house)
    assert await service.fetchval("SELECT count(*) FROM disposal_act_lines") == 1
    for change in (
        "title = 'x'",
        "content = '[[]]'",
        "digest = '\\x00'",
        "rule_id = gen_random_uuid()",
        "case_id = gen_random_uuid()",
        "volumes = 9",
        "round = 7",
        "living = false",
        "state = 'excluded', living = false, reason = 'x'",
        "state = 'destroying'",
        "answer = 'x'",
    ):
        statement = f"UPDATE disposal_act_lines SET {change} WHERE id = $1"  # noqa: S608 - changes named above
        for connection in (house.owner, service):
            with pytest.raises(asyncpg.PostgresError):
                await connection.execute(statement, UUID(line["id"]))
    await service.close()
    with pytest.raises(asyncpg.PostgresError):
        await house.owner.execute("DELETE FROM disposal_act_lines")
    with pytest.raises(asyncpg.PostgresError):
        await house.owner.execute("TRUNCATE disposal_act_lines CASCADE")
    with pytest.raises(asyncpg.PostgresError):
        await house.owner.execute("UPDATE disposal_acts SET list_digest = '\\x00' WHERE id = $1", act["id"])


async def as_service(house: House) -> asyncpg.Connection:
    """A connection of the service's own login, in the first institution."""
    connection = await asyncpg.connect(house.service_url)
    await connection.execute("SELECT set_config('deloteka.institution', $1, false)", str(house.a.id))
    return connection


async def test_a_list_that_is_not_the_submitted_one_goes_no_further(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "in_review")
    await house.owner.execute("ALTER TABLE disposal_act_lines DISABLE TRIGGER guarded")
    await house.owner.execute("UPDATE disposal_act_lines SET title = 'другое'")
    refused = await step(house.a, act, "agreement", "commission", dict(MINUTES))
    assert (code(refused), refused.json()["reasons"]) == ((409, "disposal_step_refused"), ["list_changed"])


async def test_a_hold_takes_its_case_off_and_the_act_goes_on(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "reviewed", 2)
    first, second = await lines(house.a, act)
    placed = await hold(house.a, case_ids=[first["case_id"]])
    seen = {line["id"]: (line["state"], line["hold_id"]) for line in await lines(house.a, act)}
    assert seen == {first["id"]: ("held", placed["id"]), second["id"]: ("listed", None)}
    assert (await summary(house.a, act))["lines_by_state"] == {"held": 1, "listed": 1}
    assert (await step(house.a, act, "approval", "head", dict(APPROVED))).status_code == 200
    assert [line["state"] for line in await lines(house.a, act)] == ["held", "listed"]
    assert (await read_case(house.a, {"id": first["case_id"]}))["state"] == "expired"
    assert "disposal_act.line_held" in await house.actions()


async def test_a_lifted_hold_leads_to_the_next_selection_not_to_the_old_act(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "reviewed", 2)
    first, _ = await lines(house.a, act)
    house.clock.move(minutes=1)
    placed = await hold(house.a, person_ids=[], case_ids=[first["case_id"]])
    house.clock.move(minutes=1)
    assert (await lift(house.a, placed)).status_code == 200
    assert (await lines(house.a, act))[0]["state"] == "held"
    assert (await step(house.a, act, "approval", "head", dict(APPROVED))).status_code == 200
    assert [line["state"] for line in await lines(house.a, act)] == ["held", "listed"]
    assert (await make_act(house.a, {"id": first["case_id"]})).status_code == 201


async def test_others_do_not_see_it(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "in_review")
    [line] = await lines(house.a, act)
    for path in (
        f"{ACTS}/{act['id']}",
        f"{ACTS}/{act['id']}/lines",
        f"{ACTS}/{act['id']}/summary",
        f"{LINES}/{line['id']}",
    ):
        assert (await house.other.of("auditor").get(path)).status_code == 404
    assert code(await step(house.other, act, "agreement", "commission", dict(MINUTES))) == (404, "not_found")
    foreign = {"basis": BASIS, "case_ids": [line["case_id"]]}
    assert code(await house.other.of(OFFICER).post(ACTS, json=foreign)) == (404, "not_found")
    assert (await house.other.of("auditor").get(ACTS)).json()["items"] == []


async def test_a_line_says_why_it_is_there(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "draft")
    [line] = await lines(house.a, act)
    found = (await house.of("commission").get(f"{LINES}/{line['id']}")).json()
    assert found["reasons"]
    assert found["earliest_act_date"] == "2022-01-01"
    assert (found["term"], found["article"], found["files"]) == ("1 год", "ст. 0", [])


async def test_there_is_no_line_without_an_act_of_the_same_institution(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "draft")
    with pytest.raises(asyncpg.PostgresError):
        await house.owner.execute(
            "INSERT INTO disposal_act_lines SELECT (jsonb_populate_record(l, jsonb_build_object('id', $2::uuid,"
            " 'institution_id', $3::uuid))).* FROM disposal_act_lines l WHERE act_id = $1",
            act["id"],
            new_id(),
            house.other.id,
        )
