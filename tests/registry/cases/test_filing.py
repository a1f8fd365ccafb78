"""Documents come into cases and move between open ones; a personal file is a case as a whole."""

import asyncio
from datetime import UTC, datetime

from core.access.permissions import Role
from tests.registry.cases.desk import ANY, CASES, V1, act, classes, close, file, new_case, open_case, read_case, why
from tests.registry.cases.jobs import run_jobs
from tests.registry.documents.papers import DOCUMENTS, add_version, keep, quarantine, read, withdraw
from tests.registry.nomenclature.office import CLASSES, OFFICER, UNCLEAR
from tests.registry_house import House, Json, code


async def document(house: House, made: Json) -> Json:
    found: Json = (await house.clerk.get(f"{DOCUMENTS}/{made['id']}")).json()
    return found


async def test_a_filed_document_shares_the_fate_of_its_case(house_in_memory: House) -> None:
    house = house_in_memory
    case, made = await new_case(house, opened_on="2026-01-01"), await keep(house.a)
    filed = await file(house.a, made, case)
    assert (filed.json()["state"], filed.json()["case_id"]) == ("filed", case["id"])
    assert (await read(house.a, made)).status_code == 200
    assert "filed_in_a_case" in (await withdraw(house.a, made)).json()["reasons"]
    assert code(await add_version(house.a, made)) == (409, "stale_state")
    listed = await house.clerk.get(DOCUMENTS, params={"case_id": case["id"]})
    assert [each["id"] for each in listed.json()["items"]] == [made["id"]]
    assert (await file(house.a, made, case)).json()["revision"] == filed.json()["revision"]


async def test_a_case_is_closed_on_the_day_of_its_last_document(house_in_memory: House) -> None:
    house = house_in_memory
    case = await new_case(house, opened_on="2026-01-01")
    for issued_on in ("2026-02-20", "2026-01-15"):
        made = await keep(house.a)
        await house.clerk.patch(f"{DOCUMENTS}/{made['id']}", json={"issued_on": issued_on}, headers=ANY)
        assert (await file(house.a, made, case)).status_code == 200
    refused = await act(house.a, case, "closing", {"closed_on": "2026-02-19", "close_volumes": True})
    assert (code(refused), refused.json()["earliest"]) == ((422, "impossible_case_date"), "2026-02-20")
    assert (await close(house.a, case))["closed_on"] == "2026-02-20"


async def test_a_document_moves_with_a_reason_and_the_trace_stays(house_in_memory: House) -> None:
    house = house_in_memory
    first, second = [await open_case(house.a, each) for each in await classes(house, "5 лет", "3 года")]
    made = await keep(house.a)
    await file(house.a, made, first)
    refused = await file(house.a, made, second)
    assert (code(refused), refused.json()["reasons"]) == ((409, "document_step_refused"), ["no_reason"])
    moved = await file(house.a, made, second, reason="не то дело")
    assert moved.json()["case_id"] == second["id"]
    traces = [(await house.clerk.get(f"{CASES}/{case['id']}/movements")).json()["items"] for case in (first, second)]
    assert [(each["from_case_id"], each["reason"]) for trace in traces for each in trace] == [
        (None, ""),
        (first["id"], "не то дело"),
    ]


async def test_two_who_file_at_once_do_not_both_win(house_in_memory: House) -> None:
    house = house_in_memory
    cases = [await open_case(house.a, each) for each in await classes(house, "5 лет", "3 года")]
    made = await keep(house.a)
    answers = await asyncio.gather(*(file(house.a, made, case) for case in cases))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    moves = await house.owner.fetchval("SELECT count(*) FROM case_movements")
    assert moves == 1


async def test_closed_cases_and_closed_volumes_take_nothing(house_in_memory: House) -> None:
    house = house_in_memory
    case, made = await new_case(house), await keep(house.a)
    [volume] = (await read_case(house.a, case))["volumes"]
    path = f"{V1}/case-volumes/{volume['id']}"
    await house.clerk.patch(path, json={"closed_on": "2026-03-02"}, headers=ANY)
    assert code(await file(house.a, made, case, volume_id=volume["id"])) == (409, "volume_closed")
    await close(house.a, case)
    assert code(await file(house.a, made, case)) == (409, "case_not_open")
    assert (await document(house, made))["state"] == "kept"


async def test_what_waits_in_quarantine_or_belongs_to_others_is_not_filed(house_in_memory: House) -> None:
    house = house_in_memory
    case = await new_case(house)
    refused = await file(house.a, await quarantine(house.a), case)
    assert refused.json()["reasons"] == ["not_in_this_state"]
    assert code(await file(house.other, await keep(house.other), case)) == (404, "not_found")
    stale = await house.clerk.post(
        f"{DOCUMENTS}/{(await keep(house.a))['id']}/filing",
        json={"case_id": case["id"]},
        headers={"If-Match": '"7"'},
    )
    assert code(stale) == (412, "precondition_failed")


async def test_a_personal_file_is_one_case_and_closes_as_a_whole(house_in_memory: House) -> None:
    house = house_in_memory
    first, second = [await open_case(house.a, each) for each in await classes(house, "75 лет ЭПК", "3 года")]
    kept, waiting = await keep(house.a), await quarantine(house.a)
    path = f"{V1}/personal-files/{house.a.personal_file}/case"
    for _ in range(2):
        attached = await house.clerk.post(path, json={"case_id": first["id"]})
        assert (attached.json()["subject_kind"], attached.json()["subject_id"]) == (
            "personal_file",
            str(house.a.personal_file),
        )
    taken = await house.clerk.post(path, json={"case_id": second["id"]})
    assert (code(taken), taken.json()["case"]) == ((409, "subject_has_case"), first["id"])
    another = f"{V1}/personal-files/{await house.learner()}/case"
    assert code(await house.clerk.post(another, json={"case_id": first["id"]})) == (409, "case_has_subject")
    assert code(await house.of(Role.HEAD).post(path, json={"case_id": first["id"]})) == (403, "forbidden")
    await close(house.a, first)
    assert [(await document(house, each))["state"] for each in (kept, waiting)] == ["filed", "quarantined"]


async def test_a_decision_about_a_term_dates_the_cases_that_waited(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    [record_class] = await classes(house, UNCLEAR)
    cases = [await open_case(place, record_class, opened_on="2026-01-01") for _ in range(3)]
    for case in cases[:2]:
        assert (await close(place, case, "2026-02-01"))["state"] == "needs_review"
    proposal = {"term": "3 года", "basis": "решение ЭК", "reason": "так понимает комиссия"}
    made = await place.of(OFFICER).post(f"{CLASSES}/{record_class['id']}/term-decisions", json=proposal)
    path = f"{V1}/term-decisions/{made.json()['id']}/confirmation"
    confirmed = await place.of("head").post(path, json={"reason": "согласен"})
    assert await run_jobs(house) == ["done"]
    shown = [await read_case(place, case) for case in cases]
    assert [each["state"] for each in shown] == ["retained", "retained", "open"]
    assert {each["earliest_act_date"] for each in shown[:2]} == {"2030-01-01"}
    assert {each["rule_id"] for each in shown[:2]} == {confirmed.json()["rule_id"]}
    assert (await why(place, cases[0]))["term"] == "3 года"
    again = await place.of(OFFICER).post(
        f"{CLASSES}/{record_class['id']}/term-decisions", json={**proposal, "term": "1 год"}
    )
    path = f"{V1}/term-decisions/{again.json()['id']}/confirmation"
    assert (await place.of("head").post(path, json={"reason": "передумали"})).status_code == 200
    assert await run_jobs(house) == ["done"]
    assert [await read_case(place, case) for case in cases] == shown
    told = await why(place, cases[0])
    assert (told["term"], told["rule_id"]) == ("3 года", shown[0]["rule_id"])
    assert (await close(place, cases[2], "2026-02-01"))["earliest_act_date"] == "2028-01-01"


async def test_the_final_record_counts_what_was_opened_and_is_made_once_after_the_year(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    made = await classes(house, "Постоянно", "50 лет ЭПК", "5 лет", "10 лет", UNCLEAR, carried_over=True)
    for record_class in made[:4]:
        await open_case(place, record_class)
    await place.clerk.post(f"{CASES}/{(await open_case(place, made[2]))['id']}/volumes", json={})
    nomenclature = (await place.of(OFFICER).get(f"{V1}/nomenclatures")).json()["items"][0]["id"]
    path = f"{V1}/nomenclatures/{nomenclature}/final-record"
    now = (await place.of(OFFICER).get(path)).json()
    counted = {each["category"]: (each["cases"], each["volumes"], each["appraised"]) for each in now["counts"]}
    assert counted == {
        "permanent": (1, 1, 0),
        "over_ten_years": (1, 1, 1),
        "up_to_ten_years": (3, 4, 0),
        "undecided": (0, 0, 0),
        "total": (5, 6, 1),
    }
    assert now["made_at"] is None
    early = await place.of(OFFICER).post(path)
    assert (code(early), early.json()["earliest"]) == ((409, "year_not_over"), "2027-01-01")
    house.clock.now = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
    answers = await asyncio.gather(*(place.of(OFFICER).post(path) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert (await place.of(OFFICER).get(path)).json()["counts"] == now["counts"]
