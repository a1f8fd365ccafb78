"""From the selection to the waiting time: every step, who may take it, and what stands against it."""

import asyncio

import asyncpg
import pytest

from tests.registry.cases.desk import act as case_step
from tests.registry.cases.desk import hold, read_case
from tests.registry.disposal.bureau import (
    ACTS,
    APPROVED,
    MINUTES,
    REASON,
    V1,
    act_in,
    brought_to,
    classes,
    closed_case,
    draft,
    due_cases,
    exclude,
    lines,
    make_act,
    no_inventories,
    policy,
    read_act,
    step,
    summary,
)
from tests.registry.nomenclature.office import OFFICER, UNCLEAR
from tests.registry_house import House, code


async def test_the_selection_groups_cases_of_one_kind_and_changes_nothing(house_in_memory: House) -> None:
    house = house_in_memory
    cases = await due_cases(house, 3)
    found = (await house.of("auditor").get(f"{V1}/disposal-selection")).json()
    [line] = found["lines"]
    assert (line["cases"], line["volumes"], line["title"], line["article"]) == (3, 3, "Дела 0", "ст. 0")
    assert (found["cases"], found["first_year"], found["last_year"]) == (3, 2020, 2020)
    assert {(await read_case(house.a, case))["state"] for case in cases} == {"expired"}


async def test_an_act_takes_all_that_is_due_and_tells_what_it_leaves_out(house_in_memory: House) -> None:
    house = house_in_memory
    first, second, third = await due_cases(house, 3)
    await hold(house.a, case_ids=[third["id"]])
    made = await draft(house.a)
    assert (made["state"], made["added"], made["first_year"], made["last_year"]) == ("draft", 2, 2020, 2020)
    assert [(each["case_id"], [one["code"] for one in each["reasons"]]) for each in made["left_out"]] == [
        (third["id"], ["held"])
    ]
    assert {line["case_id"] for line in await lines(house.a, made)} == {first["id"], second["id"]}
    assert (await read_case(house.a, first))["state"] == "on_act"
    assert (await read_case(house.a, third))["state"] == "expired"
    assert code(await make_act(house.a)) == (409, "nothing_due")


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        (UNCLEAR, "case_in_another_state"),
        ("3 года после замены новыми", "case_in_another_state"),
        ("Постоянно", "case_in_another_state"),
        ("1 год ЭПК", "appraisal_missing"),
        ("50 лет", "date_not_reached"),
    ],
)
async def test_what_may_not_be_destroyed_reaches_no_act(house_in_memory: House, term: str, reason: str) -> None:
    house = house_in_memory
    [record_class] = await classes(house, term)
    case = await closed_case(house.a, record_class)
    refused = await make_act(house.a, case)
    assert (code(refused), refused.json()["reasons"]) == ((409, "disposal_lines_refused"), [reason])
    assert code(await make_act(house.a)) == (409, "nothing_due")
    assert await house.owner.fetchval("SELECT count(*) FROM disposal_acts") == 0


async def test_a_held_case_reaches_no_act(house_in_memory: House) -> None:
    house = house_in_memory
    [case] = await due_cases(house)
    await hold(house.a, case_ids=[case["id"]])
    assert (await make_act(house.a, case)).json()["reasons"] == ["held"]


async def test_an_appraised_case_may_enter(house_in_memory: House) -> None:
    house = house_in_memory
    [record_class] = await classes(house, "1 год ЭПК")
    case = await closed_case(house.a, record_class)
    body = {"decision": "destroy", "happened_on": "2026-01-10", "evidence": "протокол № 1"}
    assert (await case_step(house.a, case, "appraisals", body, "commission")).status_code == 201
    assert (await make_act(house.a, case)).status_code == 201


async def test_a_case_stands_on_one_living_act(house_in_memory: House) -> None:
    house = house_in_memory
    [case] = await due_cases(house)
    made = await asyncio.gather(make_act(house.a, case), make_act(house.a, case))
    assert sorted(answer.status_code for answer in made) == [201, 409]
    act = next(answer.json() for answer in made if answer.status_code == 201)
    assert (await make_act(house.a, case)).json()["reasons"] == ["case_in_another_state"]
    assert (await step(house.a, act, "cancellation", OFFICER, REASON)).json()["state"] == "cancelled"
    assert (await read_case(house.a, case))["state"] == "expired"
    assert (await make_act(house.a, case)).status_code == 201


async def test_the_way_to_the_waiting_time_takes_three_people(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "waiting")
    today = house.clock.now.date()
    assert (act["number"], act["approved_on"]) == ("1-у", today.isoformat())
    assert act["waiting_until_date"] == today.replace(day=today.day + 7).isoformat()
    said = (await house.of("auditor").get(f"{ACTS}/{act['id']}/opinions")).json()["items"]
    assert [each["kind"] for each in said] == ["submitted", "agreed", "approved"]
    assert len({each["given_by"] for each in said}) == 3
    trail = await house.actions()
    for action in ("created", "submitted", "agreed", "approved", "waiting_started"):
        assert f"disposal_act.{action}" in trail


async def test_inventories_come_first(house_in_memory: House) -> None:
    house = house_in_memory
    act = await draft(house.a, *await due_cases(house))
    refused = await step(house.a, act, "submission", OFFICER)
    assert (code(refused), refused.json()["reasons"]) == ((409, "disposal_step_refused"), ["inventories_missing"])
    assert "personnel 2020" in (await summary(house.a, act))["missing_inventories"]
    await no_inventories(house.a)
    assert (await step(house.a, act, "submission", OFFICER)).status_code == 200


@pytest.mark.parametrize(
    ("state", "name", "role", "body"),
    [
        ("draft", "submission", "head", {}),
        ("draft", "submission", "administrator", {}),
        ("in_review", "agreement", OFFICER, MINUTES),
        ("in_review", "agreement", "head", MINUTES),
        ("in_review", "return", "head", {"comment": "нет"}),
        ("reviewed", "approval", "commission", APPROVED),
        ("reviewed", "approval", OFFICER, APPROVED),
        ("reviewed", "approval", "administrator", APPROVED),
        ("reviewed", "archive-agreement", "head", {"decided_on": "2026-01-15", "number": "1"}),
        ("waiting", "abort", "clerk", REASON),
        ("waiting", "cancellation", "commission", REASON),
    ],
)
async def test_who_has_another_role_changes_nothing(
    house_in_memory: House, state: str, name: str, role: str, body: dict[str, object]
) -> None:
    house = house_in_memory
    act = await act_in(house, state)
    assert code(await step(house.a, act, name, role, dict(body))) == (403, "forbidden")
    assert await read_act(house.a, act) == act


@pytest.mark.parametrize(
    ("state", "name", "role", "body"),
    [
        ("draft", "agreement", "commission", MINUTES),
        ("draft", "approval", "head", APPROVED),
        ("draft", "abort", "head", REASON),
        ("in_review", "submission", OFFICER, {}),
        ("in_review", "approval", "head", APPROVED),
        ("changes_requested", "agreement", "commission", MINUTES),
        ("reviewed", "agreement", "commission", MINUTES),
        ("reviewed", "return", "commission", {"comment": "нет"}),
        ("waiting", "approval", "head", {"number": "2-у"}),
        ("waiting", "submission", OFFICER, {}),
    ],
)
async def test_a_step_out_of_turn_is_refused(
    house_in_memory: House, state: str, name: str, role: str, body: dict[str, object]
) -> None:
    house = house_in_memory
    act = await act_in(house, state)
    refused = await step(house.a, act, name, role, dict(body))
    assert code(refused) == (409, "disposal_step_refused")
    assert "act_in_another_state" in refused.json()["reasons"]
    assert await read_act(house.a, act) == act


async def several_roles(house: House, role: str, *further: str) -> None:
    """Let the account of a role hold further ones."""
    await house.owner.execute(
        "UPDATE memberships SET roles = $2 WHERE account_id = $1", house.a.accounts[role], [role, *further]
    )


async def test_the_author_does_not_review_and_the_reviewer_does_not_approve(house_in_memory: House) -> None:
    house = house_in_memory
    await several_roles(house, OFFICER, "commission", "head")
    await several_roles(house, "commission", "head")
    act = await act_in(house, "in_review")
    for name, body in (("agreement", MINUTES), ("return", {"comment": "нет"})):
        refused = await step(house.a, act, name, OFFICER, dict(body))
        assert (code(refused), refused.json()["reasons"]) == ((409, "disposal_step_refused"), ["same_person"])
    assert (await step(house.a, act, "agreement", "commission", dict(MINUTES))).status_code == 200
    for role in (OFFICER, "commission"):
        refused = await step(house.a, act, "approval", role, dict(APPROVED))
        assert (code(refused), refused.json()["reasons"]) == ((409, "disposal_step_refused"), ["same_person"])
    assert (await step(house.a, act, "approval", "head", dict(APPROVED))).status_code == 200


async def test_neither_does_the_database_let_them(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "reviewed")
    for role in (OFFICER, "commission"):
        with pytest.raises(asyncpg.PostgresError):
            await house.owner.execute(
                "UPDATE disposal_acts SET state = 'approved', approved_by = $2, approved_on = now(), number = '1'"
                " WHERE id = $1",
                act["id"],
                house.a.accounts[role],
            )


async def test_a_declared_single_person_does_it_all_and_the_act_says_so(house_in_memory: House) -> None:
    house = house_in_memory
    cases = await due_cases(house)
    await policy(house.a)
    await no_inventories(house.a)
    await several_roles(house, "head", OFFICER, "commission")
    body = {"single_person": True, "ground": "приказ № 3", "waiting_days": 10}
    assert (await house.of("head").post(f"{V1}/disposal-policies", json=body)).status_code == 201
    act = (await make_act(house.a, *cases, role="head")).json()
    for name, said in (("submission", {}), ("agreement", MINUTES), ("approval", APPROVED)):
        answer = await step(house.a, act, name, "head", dict(said))
        assert answer.status_code == 200, answer.text
    made = await read_act(house.a, act)
    today = house.clock.now.date()
    assert (made["state"], made["single_person"], made["single_person_ground"]) == ("waiting", True, "приказ № 3")
    assert made["single_person_since_date"] == today.isoformat()
    assert made["waiting_until_date"] == today.replace(day=today.day + 10).isoformat()


async def test_declaring_the_mode_later_does_not_touch_a_submitted_act(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "in_review")
    await several_roles(house, OFFICER, "commission")
    body = {"single_person": True, "ground": "приказ № 3"}
    assert (await house.of("head").post(f"{V1}/disposal-policies", json=body)).status_code == 201
    assert (await step(house.a, act, "agreement", OFFICER, dict(MINUTES))).json()["reasons"] == ["same_person"]
    assert (await read_act(house.a, act))["single_person"] is False


async def test_a_second_click_and_a_stale_revision_change_nothing(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "reviewed")
    stale = await step(house.a, act, "approval", "head", dict(APPROVED), match='"1"')
    assert stale.status_code == 412
    clicks = await asyncio.gather(*(step(house.a, act, "approval", "head", dict(APPROVED)) for _ in range(3)))
    assert sorted(answer.status_code for answer in clicks) == [200, 409, 409]
    said = (await house.of("auditor").get(f"{ACTS}/{act['id']}/opinions")).json()["items"]
    assert [each["kind"] for each in said].count("approved") == 1


async def test_rejected_lines_are_answered_or_excluded(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "in_review", 3)
    first, second, third = await lines(house.a, act)
    rejected = [{"line_id": each["id"], "said": "нет описи"} for each in (first, second)]
    answer = await step(house.a, act, "return", "commission", {"comment": "см. строки", "rejected": rejected})
    assert answer.json()["state"] == "changes_requested"
    assert (await step(house.a, act, "submission", OFFICER)).json()["reasons"] == ["rejected_lines_open"]
    assert (await exclude(house.a, first)).status_code == 200
    body = {"answers": [{"line_id": second["id"], "said": "опись есть"}]}
    assert (await step(house.a, act, "submission", OFFICER, body)).json()["round"] == 2
    left = {line["id"]: (line["state"], line["answer"]) for line in await lines(house.a, act)}
    assert left == {first["id"]: ("excluded", ""), second["id"]: ("listed", "опись есть"), third["id"]: ("listed", "")}
    assert (await read_case(house.a, {"id": first["case_id"]}))["state"] == "expired"


async def test_only_an_open_list_changes_and_only_by_its_author(house_in_memory: House) -> None:
    house = house_in_memory
    cases = await due_cases(house, 3)
    await policy(house.a)
    await no_inventories(house.a)
    act = await draft(house.a, cases[0])
    more = {"case_ids": [cases[1]["id"]]}
    assert (await step(house.a, act, "listing", OFFICER, more)).json()["added"] == 1
    newcomer = house.a.accounts["clerk"]
    await house.owner.execute("UPDATE memberships SET roles = '{records_officer}' WHERE account_id = $1", newcomer)
    refused = await step(house.a, act, "listing", "clerk", {"case_ids": [cases[2]["id"]]})
    assert (code(refused), refused.json()["reasons"]) == ((409, "disposal_lines_refused"), ["not_your_step"])
    [line, _] = await lines(house.a, act)
    assert (await exclude(house.a, line, "clerk")).json()["reasons"] == ["not_your_step"]
    await brought_to(house.a, act, "in_review")
    refused = await step(house.a, act, "listing", OFFICER, {"case_ids": [cases[2]["id"]]})
    assert refused.json()["reasons"] == ["list_frozen"]
    assert (await exclude(house.a, line)).json()["reasons"] == ["list_frozen"]


async def test_an_abort_makes_everything_void_but_the_list(house_in_memory: House) -> None:
    house = house_in_memory
    act = await act_in(house, "waiting")
    answer = await step(house.a, act, "abort", "commission", REASON)
    assert (answer.json()["state"], answer.json()["number"], answer.json()["waiting_until_date"]) == ("draft", "", None)
    assert [line["state"] for line in await lines(house.a, act)] == ["listed"]
    again = await brought_to(house.a, act, "waiting")
    assert again["round"] == 2


async def test_a_source_institution_asks_its_archive(house_in_memory: House) -> None:
    house = house_in_memory
    cases = await due_cases(house)
    await policy(house.a, source=True)
    await no_inventories(house.a)
    act = await brought_to(house.a, await draft(house.a, *cases), "reviewed")
    assert (await step(house.a, act, "approval", "head", dict(APPROVED))).json()["reasons"] == ["archive_first"]
    body = {"decided_on": "2026-01-15", "number": "ЭПК-1"}
    agreed = await step(house.a, act, "archive-agreement", OFFICER, body)
    assert agreed.json()["state"] == "agreed", agreed.text
    assert (await step(house.a, act, "approval", "head", dict(APPROVED))).json()["state"] == "waiting"
