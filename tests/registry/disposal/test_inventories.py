"""Inventories list what is kept, completely, before anything of the same years is put on an act."""

import asyncpg
import pytest

from tests.registry.cases.desk import ANY
from tests.registry.disposal.bureau import (
    INVENTORIES,
    MINUTES,
    REASON,
    approve_inventory,
    begin_inventory,
    classes,
    closed_case,
    draft,
    enter,
    no_inventories,
    policy,
    step,
    summary,
)
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import House, code


async def test_what_is_kept_is_entered_and_keeps_its_rule_from_the_approval_on(house_in_memory: House) -> None:
    house = house_in_memory
    [kept, _] = await classes(house, "Постоянно", "5 лет")
    case = await closed_case(house.a, kept)
    made = await begin_inventory(house.a)
    assert (await enter(house.a, made)).status_code == 200
    [line] = (await house.of("auditor").get(f"{INVENTORIES}/{made['id']}/lines")).json()["items"]
    assert (line["case_id"], line["position"], line["term"]) == (case["id"], 1, "Постоянно")
    approved = await approve_inventory(house.a, made)
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    assert await house.owner.fetchval("SELECT bound FROM cases WHERE id = $1", case["id"])


async def test_there_is_none_only_if_there_is_none(house_in_memory: House) -> None:
    house = house_in_memory
    kept, long_term = await classes(house, "Постоянно", "50 лет")
    for category, row in (("permanent", kept), ("long_term", long_term)):
        case = await closed_case(house.a, row)
        made = await begin_inventory(house.a, category=category, empty=True)
        refused = await approve_inventory(house.a, made)
        assert (code(refused), refused.json()["cases"]) == ((409, "inventory_incomplete"), [case["id"]])
        assert code(await enter(house.a, made)) == (409, "inventory_step_refused")


async def test_a_case_closed_later_opens_the_gate_of_its_year_again(house_in_memory: House) -> None:
    house = house_in_memory
    due, kept = await classes(house, "1 год", "Постоянно")
    await no_inventories(house.a)
    await policy(house.a)
    act = await draft(house.a, await closed_case(house.a, due))
    late = await closed_case(house.a, kept)
    assert (await step(house.a, act, "submission", OFFICER)).json()["reasons"] == ["inventories_missing"]
    assert (await summary(house.a, act))["unlisted_case_ids"] == [late["id"]]
    further = await begin_inventory(house.a)
    await enter(house.a, further, late)
    assert (await approve_inventory(house.a, further)).status_code == 200
    assert (await step(house.a, act, "submission", OFFICER)).status_code == 200


async def test_personnel_records_are_named_by_people_and_count_as_listed(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await classes(house, "50 лет")
    case = await closed_case(house.a, row)
    made = await begin_inventory(house.a, category="personnel")
    assert code(await enter(house.a, made)) == (409, "inventory_step_refused")
    assert (await enter(house.a, made, case)).status_code == 200
    assert (await approve_inventory(house.a, made)).status_code == 200
    none = await begin_inventory(house.a, category="long_term", empty=True)
    assert (await approve_inventory(house.a, none)).status_code == 200


async def test_what_belongs_elsewhere_is_not_entered(house_in_memory: House) -> None:
    house = house_in_memory
    short, kept = await classes(house, "5 лет", "Постоянно")
    made = await begin_inventory(house.a)
    refused = await enter(house.a, made, await closed_case(house.a, short))
    assert code(refused) == (409, "not_for_this_inventory")
    case = await closed_case(house.a, kept)
    assert (await enter(house.a, made, case)).status_code == 200
    assert code(await enter(house.a, made, case)) == (409, "not_for_this_inventory")


async def test_another_person_approves_once(house_in_memory: House) -> None:
    house = house_in_memory
    made = await begin_inventory(house.a, empty=True)
    assert code(await approve_inventory(house.a, made, OFFICER)) == (403, "forbidden")
    await house.owner.execute(
        "UPDATE memberships SET roles = '{records_officer,head}' WHERE account_id = $1", house.a.accounts[OFFICER]
    )
    assert code(await approve_inventory(house.a, made, OFFICER)) == (409, "same_person")
    assert (await approve_inventory(house.a, made)).status_code == 200
    assert code(await approve_inventory(house.a, made)) == (409, "inventory_step_refused")
    empty = await begin_inventory(house.a)
    assert code(await approve_inventory(house.a, empty)) == (409, "inventory_empty")


async def test_an_approved_inventory_is_changed_by_nobody(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await classes(house, "Постоянно")
    await closed_case(house.a, row)
    made = await begin_inventory(house.a)
    await enter(house.a, made)
    await approve_inventory(house.a, made)
    for statement in (
        "UPDATE inventories SET number = 'x'",
        "UPDATE inventories SET state = 'draft', approved_by = NULL",
        "DELETE FROM inventories",
        "UPDATE inventory_lines SET title = 'x'",
        "DELETE FROM inventory_lines",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await house.owner.execute(statement)
    path = f"{INVENTORIES}/{made['id']}"
    assert (await house.of(OFFICER).post(f"{path}/abandonment", json=REASON, headers=ANY)).status_code == 409


async def test_the_archive_decides_once_and_a_source_waits_for_it(house_in_memory: House) -> None:
    house = house_in_memory
    due, kept = await classes(house, "1 год", "Постоянно")
    await closed_case(house.a, kept)
    await policy(house.a, source=True)
    permanent = await begin_inventory(house.a)
    await enter(house.a, permanent)
    await approve_inventory(house.a, permanent)
    for category in ("personnel", "long_term"):
        await approve_inventory(house.a, await begin_inventory(house.a, category=category, empty=True))
    act = await draft(house.a, await closed_case(house.a, due))
    assert (await step(house.a, act, "submission", OFFICER)).status_code == 200
    assert (await step(house.a, act, "agreement", "commission", dict(MINUTES))).status_code == 200
    body = {"decided_on": "2026-01-20", "number": "ЭПК-1"}
    refused = await step(house.a, act, "archive-agreement", OFFICER, body)
    assert refused.json()["reasons"] == ["no_archive_decision"]
    path = f"{INVENTORIES}/{permanent['id']}/archive-decision"
    assert (await house.of(OFFICER).post(path, json=body, headers=ANY)).status_code == 200
    assert code(await house.of(OFFICER).post(path, json=body, headers=ANY)) == (409, "inventory_step_refused")
    assert (await step(house.a, act, "archive-agreement", OFFICER, body)).json()["state"] == "agreed"
