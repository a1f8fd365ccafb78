"""Originals go back to their owner under a receipt: prepared by one, confirmed by another, kept in the register."""

from uuid import UUID

import pytest

from tests.registry.cases.desk import ANY, close, hold, open_case, read_case
from tests.registry.disposal import bureau
from tests.registry.documents.papers import keep
from tests.registry.exits.gate import (
    REASON,
    RETURNS,
    approved,
    confirm,
    filled_case,
    prepare,
    prepare_return,
    prepared,
)
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import House, Json, code


async def test_the_diploma_of_a_learner_goes_back_and_its_scan_stays(house_in_memory: House) -> None:
    house = house_in_memory
    diploma = await keep(
        house.a, title="Аттестат", number="123", paper_carrier="true", paper_place="сейф 2", authenticity="original"
    )
    named = {"document_id": diploma["id"], "acts_for": "представитель Примеровой А. А. по доверенности от 01.02.2026"}
    made = (await prepare_return(house.a, **named)).json()
    assert (made["state"], made["title"], made["document_number"]) == ("prepared", "Аттестат", "123")
    assert code(await prepare_return(house.a, **named)) == (409, "case_leaving")
    paper = await house.clerk.get(f"{RETURNS}/{made['id']}/receipt")
    assert (paper.headers["Content-Type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert code(await confirm(house.a, made, role="clerk")) == (403, "forbidden")
    confirmed = (await confirm(house.a, made)).json()
    assert (confirmed["state"], confirmed["number"], confirmed["received_on"]) == ("confirmed", "р-1", "2026-03-02")
    assert code(await confirm(house.a, made)) == (409, "return_step_refused")
    found = (await house.clerk.get(f"/api/v1/documents/{diploma['id']}")).json()
    assert (found["paper_carrier"], found["paper_place"], found["state"]) == (False, "", "kept")
    assert (await house.clerk.get(f"/api/v1/documents/{diploma['id']}/content")).status_code == 200
    # The paper has left once; it cannot leave twice, and the register says where it went.
    assert code(await prepare_return(house.a, document_id=diploma["id"])) == (422, "nothing_to_return")
    listed = (await house.of("auditor").get(RETURNS, params={"document_id": diploma["id"]})).json()["items"]
    assert [each["receiver"] for each in listed] == ["Примерова Вера Павловна"]
    assert "document.returned" in await house.actions()


async def test_a_case_ends_by_its_return_when_no_carrier_is_left(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    case = await filled_case(house.a, row, paper=True)
    paper = (await prepare_return(house.a, case_id=case["id"])).json()
    assert (await confirm(house.a, paper)).status_code == 200
    half = await read_case(house.a, case)
    assert (half["state"], half["paper_fate"], half["electronic_fate"]) == ("expired", "returned", "kept")
    assert code(await prepare_return(house.a, case_id=case["id"])) == (422, "nothing_to_return")
    rest = (await prepare_return(house.a, case_id=case["id"], paper=False, electronic=True)).json()
    assert code(await confirm(house.a, rest)) == (409, "receipt_number_taken")
    assert (await confirm(house.a, rest, "р-2")).status_code == 200
    whole = await read_case(house.a, case)
    assert (whole["state"], whole["electronic_fate"]) == ("returned", "returned")
    assert code(await prepare(house.a, case)) == (409, "cases_not_transferable")


async def test_nothing_leaves_twice_nor_by_one_person_nor_while_it_is_held(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "5 лет")
    case, promised = await filled_case(house.a, row), await filled_case(house.a, row, title="Второе")
    opened = await open_case(house.a, row, opened_on="2020-02-01")
    assert code(await prepare_return(house.a, case_id=opened["id"])) == (409, "case_step_refused")
    assert code(await prepare_return(house.other, case_id=case["id"])) == (404, "not_found")
    assert code(await prepare_return(house.a)) == (422, "nothing_to_return")
    await approved(house.a, promised)
    assert code(await prepare_return(house.a, case_id=promised["id"])) == (409, "case_leaving")
    await house.owner.execute(
        "UPDATE memberships SET roles = '{clerk,records_officer}' WHERE account_id = ANY ($1)",
        [house.a.accounts["clerk"], house.a.accounts[OFFICER]],
    )
    made = (await prepare_return(house.a, case_id=case["id"])).json()
    refused = await confirm(house.a, made, role="clerk")
    assert (code(refused), refused.json()["reasons"]) == ((409, "return_step_refused"), ["same_person"])
    await prepared(house.a, case)
    assert code(await confirm(house.a, made)) == (409, "case_leaving")
    await house.owner.execute("UPDATE transfer_lines SET state = 'excluded', living = false, reason = '-',"
                              " ended_at = now() WHERE case_id = $1", UUID(case["id"]))  # fmt: skip
    await hold(house.a, case_ids=[case["id"]])
    refused = await confirm(house.a, made)
    assert (code(refused), refused.json()["reasons"]) == ((409, "case_step_refused"), ["held"])
    assert (await read_case(house.a, case))["paper_fate"] == "kept"
    given_up = await house.clerk.post(f"{RETURNS}/{made['id']}/cancellation", json=REASON, headers=ANY)
    assert given_up.json()["state"] == "cancelled"


@pytest.mark.parametrize("target", ["case", "person", "file"])
async def test_a_hold_over_the_learner_keeps_the_diploma(house_in_memory: House, target: str) -> None:
    house = house_in_memory
    diploma = await keep(house.a, title="Аттестат", paper_carrier="true")
    made = (await prepare_return(house.a, document_id=diploma["id"])).json()
    await hold(house.a, **await _over(house, target))
    refused = await confirm(house.a, made)
    assert (code(refused), refused.json()["reasons"]) == ((409, "return_step_refused"), ["held"])


async def _over(house: House, target: str) -> Json:
    if target == "person":
        return {"person_ids": [str(house.a.learner)]}
    if target == "file":
        return {"whole_institution": True}
    [row] = await bureau.classes(house, "5 лет")
    case = await open_case(house.a, row, opened_on="2020-02-01")
    path = f"/api/v1/personal-files/{house.a.personal_file}/case"
    assert (await house.clerk.post(path, json={"case_id": case["id"]})).status_code in {200, 201}
    return {"case_ids": [case["id"]]}


async def test_a_return_of_a_closed_case_needs_a_possible_day(house_in_memory: House) -> None:
    house = house_in_memory
    [row] = await bureau.classes(house, "Постоянно")
    case = await close(house.a, await open_case(house.a, row, opened_on="2020-02-01"), "2020-12-01")
    made = (await prepare_return(house.a, case_id=case["id"])).json()
    body = {"number": "1", "received_on": "2026-04-01"}
    late = await house.of(OFFICER).post(f"{RETURNS}/{made['id']}/confirmation", json=body, headers=ANY)
    assert code(late) == (422, "impossible_exit_date")
