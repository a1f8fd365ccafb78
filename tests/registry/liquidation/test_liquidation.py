"""The end of an institution: two people say so, then the head releases case by case what no archive takes."""

from typing import Any

import asyncpg
import httpx
import pytest

from tests.registry.cases.desk import ANY, hold, lift, read_case
from tests.registry.disposal.bureau import classes, closed_case, make_act, policy
from tests.registry.nomenclature.office import OFFICER, V1
from tests.registry_house import House, Json, Place, code

LIQUIDATIONS = f"{V1}/liquidations"
ENDED = {"liquidated_on": "2026-02-27", "evidence": "лист записи ЕГРЮЛ от 27.02.2026"}
REASON = {"reason": "запись признана недействительной"}
NO_ARCHIVE = {"evidence": "ответ архива от 01.03.2026 № 15"}


async def record(place: Place, role: str = OFFICER, **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
    return await place.of(role).post(LIQUIDATIONS, json={**ENDED, **members})


async def step(place: Place, made: Json, name: str, role: str = "head", body: Json | None = None) -> httpx.Response:
    return await place.of(role).post(f"{LIQUIDATIONS}/{made['id']}/{name}", json=body or {}, headers=ANY)


async def release(place: Place, case: Json, role: str = "head", **members: Any) -> httpx.Response:  # noqa: ANN401
    path = f"{V1}/cases/{case['id']}/liquidation"
    return await place.of(role).post(path, json={**NO_ARCHIVE, **members}, headers=ANY)


async def test_cases_are_released_one_by_one_after_two_people_said_that_it_is_over(house_in_memory: House) -> None:
    house = house_in_memory
    until, permanent = await classes(house, "До ликвидации организации", "Постоянно")
    case, other = await closed_case(house.a, until), await closed_case(house.a, permanent)
    await policy(house.a, source=True)
    early = await release(house.a, case)
    assert (code(early), early.json()["reasons"]) == ((409, "case_step_refused"), ["verdict_differs"])
    assert code(await record(house.a, liquidated_on="2026-03-03")) == (422, "impossible_case_date")
    assert code(await record(house.a, role="clerk")) == (403, "forbidden")
    made = (await record(house.a)).json()
    assert code(await record(house.a)) == (409, "liquidation_exists")
    assert code(await release(house.a, case)) == (409, "case_step_refused")
    assert code(await step(house.other, made, "confirmation")) == (404, "not_found")
    confirmed = await step(house.a, made, "confirmation")
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed")
    assert code(await step(house.a, made, "confirmation")) == (409, "liquidation_settled")
    assert (await house.of("auditor").get(f"{V1}/retention-policy")).json()["liquidated_on"] == "2026-02-27"
    # A later decision about terms does not forget it, and nothing was released by the record itself.
    await policy(house.a, source=True)
    assert {(await read_case(house.a, each))["state"] for each in (case, other)} == {"permanent"}
    assert code(await make_act(house.a, case)) == (409, "disposal_lines_refused")
    placed = await hold(house.a, case_ids=[case["id"]])
    held = await release(house.a, case)
    assert (code(held), held.json()["reasons"]) == ((409, "case_step_refused"), ["held"])
    await lift(house.a, placed)
    assert code(await release(house.a, case, evidence="")) == (422, "invalid_request")
    kept = await release(house.a, other)
    assert (code(kept), kept.json()["reasons"]) == ((409, "case_step_refused"), ["verdict_differs"])
    released = await release(house.a, case)
    assert (released.status_code, released.json()["state"]) == (200, "expired"), released.text
    assert "case.released_on_liquidation" in await house.actions()
    # Taken back, it keeps the case again: no act takes it.
    assert (await step(house.a, made, "revocation", body=REASON)).json()["state"] == "revoked"
    assert code(await make_act(house.a, case)) == (409, "disposal_lines_refused")
    again = (await record(house.a)).json()
    assert (await step(house.a, again, "confirmation")).status_code == 200
    assert (await make_act(house.a, case)).status_code == 201
    assert [each["state"] for each in (await house.clerk.get(LIQUIDATIONS)).json()["items"]] == ["confirmed", "revoked"]
    with pytest.raises(asyncpg.PostgresError, match="may not become"):
        await house.owner.execute("UPDATE liquidations SET state = 'recorded'")


async def test_one_person_may_only_under_the_declared_mode(house_in_memory: House) -> None:
    house = house_in_memory
    both = house.a.accounts[OFFICER]
    await house.owner.execute("UPDATE memberships SET roles = '{records_officer,head}' WHERE account_id = $1", both)
    made = (await record(house.a)).json()
    assert code(await step(house.a, made, "confirmation", OFFICER)) == (409, "liquidation_by_same")
    assert (await step(house.a, made, "revocation", OFFICER, REASON)).status_code == 200
    declared = {"single_person": True, "ground": "приказ № 3"}
    assert (await house.of("head").post(f"{V1}/disposal-policies", json=declared)).status_code == 201
    alone = (await record(house.a)).json()
    assert (await step(house.a, alone, "confirmation", OFFICER)).json()["single_person"] is True
