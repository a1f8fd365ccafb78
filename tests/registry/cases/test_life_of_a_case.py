"""A case is opened, filled, closed and dated; events and answers move its date, never silently earlier."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from core.cases.expiring import expire_due
from tests.registry.cases.desk import ANY, CASES, V1, act, classes, close, new_case, open_case, read_case, why
from tests.registry.nomenclature.office import CLASSES, OFFICER, begin, in_force_by_hand, row, rows, section
from tests.registry_house import House, code

EVENT = {"code": "replaced", "words": "замены новыми", "happened_on": "2026-02-10", "evidence": "приказ № 7"}


async def test_a_case_is_opened_under_a_row_in_force_with_its_first_volume(house_in_memory: House) -> None:
    house = house_in_memory
    [record_class] = await classes(house, "5 лет")
    made = await open_case(house.a, record_class)
    assert (made["state"], made["title"], made["class_index"], made["year"]) == ("open", "Дела 0", "01-01", 2026)
    assert (made["opened_on"], made["earliest_act_date"], made["paper_fate"]) == ("2026-03-02", None, "kept")
    read = await read_case(house.a, made)
    assert [(each["number"], each["is_full"]) for each in read["volumes"]] == [(1, False)]
    assert read["hold_ids"] == []


async def test_no_case_is_opened_under_what_is_not_in_force(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    draft = await row(place, await section(place, await begin(place, 2025)))
    [record_class] = await classes(house, "5 лет")
    for class_id, opened_on in ((draft["id"], "2025-03-01"), (record_class["id"], "2025-12-31")):
        refused = await place.clerk.post(CASES, json={"class_id": class_id, "opened_on": opened_on})
        assert code(refused) == (409, "class_not_in_force")
    for opened_on in ("2026-03-03", "1899-12-31", "9999-12-31"):
        refused = await place.clerk.post(CASES, json={"class_id": record_class["id"], "opened_on": opened_on})
        assert code(refused) == (422, "impossible_case_date")
    missing = await place.clerk.post(CASES, json={"class_id": str(place.id)})
    assert code(missing) == (404, "not_found")
    bare = {"class_id": record_class["id"], "paper": False, "electronic": False}
    assert code(await place.clerk.post(CASES, json=bare)) == (422, "no_carrier")


@pytest.mark.parametrize(
    ("term", "closed_on", "state", "earliest"),
    [
        ("3 года", "2026-02-01", "retained", "2030-01-01"),
        ("5 лет ЭПК", "2026-03-02", "retained", "2032-01-01"),
        ("50/75 лет", "2026-01-01", "retained", "2077-01-01"),
        ("Постоянно", "2026-02-01", "permanent", None),
        ("3 года после замены новыми", "2026-02-01", "awaiting_event", None),
        ("До минования надобности", "2026-02-01", "awaiting_event", None),
        ("5 лет, если директор не возражает", "2026-02-01", "needs_review", None),
        ("", "2026-02-01", "needs_review", None),
    ],
)
async def test_closing_starts_the_term(
    house_in_memory: House, term: str, closed_on: str, state: str, earliest: str | None
) -> None:
    case = await new_case(house_in_memory, term, opened_on="2026-01-01")
    closed = await close(house_in_memory.a, case, closed_on)
    assert (closed["state"], closed["closed_on"], closed["earliest_act_date"]) == (state, closed_on, earliest)
    told = await why(house_in_memory.a, case)
    assert told["earliest_act_date"] == earliest
    assert told["rule_id"] == closed["rule_id"]
    assert told["term"] == term
    assert told["reasons"]
    assert not told["may_enter_act"]


async def test_volumes_are_closed_first_or_with_the_case(house_in_memory: House) -> None:
    place = house_in_memory.a
    case = await new_case(house_in_memory)
    refused = await act(place, case, "closing", {})
    assert (code(refused), refused.json()["reasons"]) == ((409, "case_step_refused"), ["volumes_open"])
    [volume] = (await read_case(place, case))["volumes"]
    address = f"{V1}/case-volumes/{volume['id']}"
    full = await place.clerk.patch(address, json={"sheets": 250, "closed_on": "2026-03-02"}, headers=ANY)
    assert (full.json()["is_full"], full.json()["closed_on"]) == (True, "2026-03-02")
    second = await place.clerk.post(f"{CASES}/{case['id']}/volumes", json={})
    assert second.json()["number"] == 2
    taken = await place.clerk.post(f"{CASES}/{case['id']}/volumes", json={"number": 2})
    assert code(taken) == (409, "volume_number_taken")
    assert (await act(place, case, "closing", {"close_volumes": True})).status_code == 200
    late = await place.clerk.post(f"{CASES}/{case['id']}/volumes", json={})
    assert (code(late), late.json()["state"]) == ((409, "case_not_open"), "retained")


@pytest.mark.parametrize("closed_on", ["2026-01-31", "2026-03-03", "0001-01-01", "9999-12-31"])
async def test_a_case_is_not_closed_before_it_was_opened_nor_tomorrow(house_in_memory: House, closed_on: str) -> None:
    case = await new_case(house_in_memory, opened_on="2026-02-01")
    refused = await act(house_in_memory.a, case, "closing", {"closed_on": closed_on, "close_volumes": True})
    assert code(refused) == (422, "impossible_case_date")


async def test_a_case_is_closed_once_however_often_it_is_asked_for(house_in_memory: House) -> None:
    case = await new_case(house_in_memory)
    answers = await asyncio.gather(
        *(act(house_in_memory.a, case, "closing", {"close_volumes": True}, match='"1"') for _ in range(4))
    )
    assert min(answer.status_code for answer in answers) == 200
    assert {code(answer) for answer in answers if answer.status_code != 200} <= {
        (409, "stale_state"),
        (412, "precondition_failed"),
    }
    assert (await house_in_memory.actions()).count("case.closed") == 1


async def test_a_case_is_opened_again_with_a_reason_and_its_date_goes(house_in_memory: House) -> None:
    place = house_in_memory.a
    case = await new_case(house_in_memory)
    await close(place, case)
    opened = await act(place, case, "reopening", {"reason": "забыли протокол"})
    shown = opened.json()
    assert (shown["state"], shown["closed_on"], shown["earliest_act_date"]) == ("open", None, None)
    assert code(await act(place, case, "reopening", {"reason": "ещё раз"})) == (409, "case_step_refused")
    assert (await close(place, case))["state"] == "retained"


async def test_what_stands_in_an_approved_act_is_not_opened_again(house_in_memory: House) -> None:
    case = await new_case(house_in_memory)
    await close(house_in_memory.a, case)
    await house_in_memory.owner.execute("UPDATE cases SET bound = true")
    refused = await act(house_in_memory.a, case, "reopening", {"reason": "забыли"})
    assert refused.json()["reasons"] == ["bound"]


async def test_an_event_that_was_awaited_gives_the_date_and_takes_it_back(house_in_memory: House) -> None:
    place = house_in_memory.a
    case = await new_case(house_in_memory, "3 года после замены новыми", opened_on="2026-01-01")
    await close(place, case, "2026-02-01")
    assert [each["code"] for each in (await why(place, case))["awaited"]] == ["replaced"]
    recorded = await act(place, case, "events", EVENT)
    assert recorded.status_code == 201, recorded.text
    shown = await read_case(place, case)
    assert (shown["state"], shown["earliest_act_date"]) == ("retained", "2030-01-01")
    earlier = await act(place, case, "events", {**EVENT, "happened_on": "2026-02-05"})
    assert earlier.status_code == 201
    assert (await read_case(place, case))["earliest_act_date"] == "2030-01-01"
    revocation = {"reason": "приказ отменён"}
    for fact in (recorded.json(), earlier.json()):
        path = f"{V1}/case-events/{fact['id']}/revocation"
        assert (await place.clerk.post(path, json=revocation, headers=ANY)).status_code == 200
        again = await place.clerk.post(path, json=revocation, headers=ANY)
        assert code(again) == (409, "fact_revoked")
    shown = await read_case(place, case)
    assert (shown["state"], shown["earliest_act_date"]) == ("awaiting_event", None)
    facts = (await place.clerk.get(f"{CASES}/{case['id']}/facts")).json()["items"]
    assert [fact["kind"] for fact in facts] == ["event", "event", "revoked", "revoked"]


async def test_a_later_event_is_taken_back_while_an_earlier_one_stays_if_somebody_accepts_the_earlier_date(
    house_in_memory: House,
) -> None:
    place = house_in_memory.a
    case = await new_case(house_in_memory, "3 года после замены новыми", opened_on="2026-01-09")
    await close(place, case, "2026-02-01")
    house_in_memory.clock.move(days=310)
    _, later = [await act(place, case, "events", {**EVENT, "happened_on": day}) for day in ("2026-02-05", "2027-01-05")]
    assert (await read_case(place, case))["earliest_act_date"] == "2031-01-01"
    path = f"{V1}/case-events/{later.json()['id']}/revocation"
    refused = await place.clerk.post(path, json={"reason": "не тот приказ"}, headers=ANY)
    assert (code(refused), refused.json()["reasons"]) == ((409, "case_step_refused"), ["earlier_not_accepted"])
    accepting = {"reason": "не тот приказ", "earlier_accepted": True}
    assert code(await place.clerk.post(path, json=accepting, headers=ANY)) == (403, "forbidden")
    taken = await place.of("records_officer").post(path, json=accepting, headers=ANY)
    assert taken.status_code == 200, taken.text
    assert (await read_case(place, case))["earliest_act_date"] == "2030-01-01"


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"code": "invented"}, (422, "unknown_event_code")),
        ({"happened_on": "2026-03-03"}, (422, "impossible_case_date")),
        ({"happened_on": "0000-01-01"}, (422, "invalid_request")),
        ({"evidence": " "}, (422, "invalid_request")),
        ({"words": "a\x00b"}, (422, "invalid_text")),
    ],
)
async def test_events_that_cannot_be_are_refused(
    house_in_memory: House, members: dict[str, Any], said: tuple[int, str]
) -> None:
    case = await new_case(house_in_memory, "3 года после замены новыми")
    assert code(await act(house_in_memory.a, case, "events", {**EVENT, **members})) == said


async def test_an_open_question_keeps_longer_and_its_answer_is_accepted_explicitly(house_in_memory: House) -> None:
    place = house_in_memory.a
    [record_class] = await classes(house_in_memory, "5 лет (1)", note="(1) При отсутствии годовых - Постоянно")
    case = await open_case(place, record_class, opened_on="2026-01-01")
    assert (await close(place, case, "2026-02-01"))["state"] == "permanent"
    answer = {"kind": "answer", "words": "При отсутствии годовых", "answer": "no", "evidence": "годовые есть"}
    refused = await act(place, case, "answers", answer, OFFICER)
    assert (code(refused), refused.json()["reasons"]) == ((409, "case_step_refused"), ["earlier_not_accepted"])
    assert (await read_case(place, case))["state"] == "permanent"
    accepted = await act(place, case, "answers", {**answer, "earlier_accepted": True}, OFFICER)
    assert accepted.status_code == 201, accepted.text
    shown = await read_case(place, case)
    assert (shown["state"], shown["earliest_act_date"]) == ("retained", "2032-01-01")
    path = f"{V1}/case-answers/{accepted.json()['id']}/revocation"
    back = await place.of(OFFICER).post(path, json={"reason": "годовых всё же нет"}, headers=ANY)
    assert back.status_code == 200
    assert (await read_case(place, case))["state"] == "permanent"
    assert code(await act(place, case, "answers", {**answer, "words": ""}, OFFICER)) == (422, "invalid_request")


async def test_the_end_of_a_need_counts_after_its_least_time(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    case = await new_case(house, "До минования надобности", opened_on="2026-01-01")
    await close(place, case, "2026-02-01")
    decision = {"happened_on": "2026-03-01", "evidence": "протокол ЭК № 3"}
    assert (await act(place, case, "decisions", decision, "head")).status_code == 201
    shown = await read_case(place, case)
    assert shown["state"] == "retained"
    assert shown["earliest_act_date"] >= "2028-01-01"
    assert code(await act(place, case, "decisions", decision)) == (403, "forbidden")


async def test_a_date_that_comes_lets_the_case_expire(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    plain, marked = await classes(house, "1 год", "1 год ЭПК")
    cases = [await open_case(place, each, opened_on="2026-01-01") for each in (plain, marked)]
    for case in cases:
        await close(place, case, "2026-02-01")
    due = f"{V1}/due-cases"
    assert (await place.clerk.get(due)).json()["items"] == []
    listed = await place.clerk.get(due, params={"due_on": "2028-01-01"})
    assert [each["id"] for each in listed.json()["items"]] == [case["id"] for case in cases]
    assert await expire_due(house.services.database, house.clock) == 0
    house.clock.now = datetime(2027, 12, 31, 21, 30, tzinfo=UTC)
    assert await expire_due(house.services.database, house.clock) == 2
    assert await expire_due(house.services.database, house.clock) == 0
    await house.owner.execute("UPDATE api_tokens SET expires_at = expires_at + interval '5 years', last_used_at = NULL")
    first, second = [await why(place, case) for case in cases]
    assert (first["outcome"], first["may_enter_act"], first["obstacles"]) == ("due", True, [])
    assert (second["outcome"], second["may_enter_act"]) == ("needs_appraisal", False)
    appraisal = {"decision": "destroy", "happened_on": "2028-01-01", "evidence": "протокол ЭК № 1"}
    assert code(await act(place, cases[1], "appraisals", appraisal, "head")) == (403, "forbidden")
    assert (await act(place, cases[1], "appraisals", appraisal, "commission")).status_code == 201
    assert (await why(place, cases[1]))["may_enter_act"]


async def test_a_question_of_what_would_be_changes_nothing(house_in_memory: House) -> None:
    place = house_in_memory.a
    case = await new_case(house_in_memory, "5 лет", opened_on="2026-01-01")
    await close(place, case, "2026-02-01")
    before = await read_case(place, case)
    path = f"{CASES}/{case['id']}/what-if"
    for term, shift, needs, earliest in (
        ("3 года", "earlier", True, "2030-01-01"),
        ("10 лет", "later", False, "2037-01-01"),
        ("5 лет", "unchanged", False, "2032-01-01"),
        ("как скажут", "blocked", False, None),
    ):
        said = (await place.clerk.post(path, json={"term": term})).json()
        assert (said["shift"], said["needs_acceptance"], said["earliest_act_date"]) == (shift, needs, earliest)
    assert await read_case(place, case) == before


async def test_what_a_case_was_and_how_it_ended_cannot_be_rewritten(house_in_memory: House) -> None:
    house = house_in_memory
    case = await new_case(house, "3 года после замены новыми")
    await act(house.a, case, "events", EVENT)
    for statement in (
        "DELETE FROM cases",
        "UPDATE cases SET year = 2020",
        "UPDATE case_facts SET happened_on = '2020-01-01'",
        "DELETE FROM case_facts",
        "TRUNCATE cases CASCADE",
    ):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await house.owner.execute(statement)
        assert refused.value.sqlstate == "DL001", statement


async def test_another_institution_sees_and_changes_nothing(house_in_memory: House) -> None:
    house, other = house_in_memory, house_in_memory.other
    case = await new_case(house)
    assert (await other.clerk.get(CASES)).json()["items"] == []
    for answer in (
        await other.clerk.get(f"{CASES}/{case['id']}"),
        await other.clerk.get(f"{CASES}/{case['id']}/why"),
        await act(other, case, "closing", {}),
        await act(other, case, "events", EVENT),
    ):
        assert code(answer) == (404, "not_found")


async def test_a_hundred_years_are_no_trouble(house_in_memory: House) -> None:
    case = await new_case(house_in_memory, "150 лет", opened_on="2026-01-01")
    assert (await close(house_in_memory.a, case, "2026-02-01"))["earliest_act_date"] == "2177-01-01"
    house_in_memory.clock.now += timedelta(days=1)


async def test_a_case_of_one_year_keeps_the_rule_of_its_year_and_a_carried_over_one_follows(
    house_in_memory: House,
) -> None:
    house, place = house_in_memory, house_in_memory.a
    yearly, carried = await classes(house, "5 лет", "10 лет")
    await house.owner.execute("ALTER TABLE record_classes DISABLE TRIGGER of_a_draft")
    await house.owner.execute("UPDATE record_classes SET carried_over = true WHERE id = $1", carried["id"])
    await house.owner.execute("ALTER TABLE record_classes ENABLE TRIGGER of_a_draft")
    cases = [await open_case(place, each) for each in (yearly, carried)]
    following = await begin(place, 2027, copy_from_id=yearly["version_id"])
    for line in await rows(place, following):
        await place.of(OFFICER).patch(f"{CLASSES}/{line['id']}", json={"term": "1 год"}, headers=ANY)
    await in_force_by_hand(house, following)
    house.clock.now = datetime(2027, 1, 15, 9, tzinfo=UTC)
    closed = [await close(place, case, "2027-01-10") for case in cases]
    assert [each["earliest_act_date"] for each in closed] == ["2033-01-01", "2029-01-01"]
    assert [each["version_id"] for each in closed] == [yearly["version_id"], following["id"]]
