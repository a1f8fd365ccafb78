"""Consents are facts: given, withdrawn once, never changed; what is current follows from them and the day."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from tests.registry.consents.desk import CONSENT, V1, give, given, reach, take_back
from tests.registry.documents.papers import keep, withdraw
from tests.registry_house import House, Json, code


async def read(house: House, consent: Json) -> Json:
    found: Json = (await house.clerk.get(f"{V1}/consents/{consent['id']}")).json()
    return found


async def test_a_consent_is_current_until_its_last_day_is_over(house_in_memory: House) -> None:
    house = house_in_memory
    made = await given(house.a, expires_on="2026-03-02")
    assert made["state"] == "current"
    house.clock.move(days=1)
    assert (await read(house, made))["state"] == "expired"


async def test_a_withdrawal_gives_a_duty_of_thirty_days_and_ends_the_consent(house_in_memory: House) -> None:
    house = house_in_memory
    made = await given(house.a)
    answer = await take_back(house.a, made)
    assert answer.status_code == 200, answer.text
    duty = answer.json()
    assert (duty["duty"], duty["article"], duty["due_on"]) == ("destroy", "ст. 21 ч. 5", "2026-03-22")
    assert (duty["state"], duty["overdue"]) == ("open", False)
    shown = await read(house, made)
    assert (shown["state"], shown["withdrawal"]["withdrawn_on"]) == ("withdrawn", "2026-02-20")


@pytest.mark.parametrize(
    ("members", "field"),
    [({"given_on": "2026-03-03"}, "given_on"), ({"expires_on": "2025-08-31"}, "expires_on")],
)
async def test_a_consent_lies_in_the_past_and_ends_after_it_began(
    house_in_memory: House, members: dict[str, str], field: str
) -> None:
    answer = await give(house_in_memory.a, **members)
    assert (code(answer), answer.json()["field"]) == ((422, "impossible_consent_date"), field)


@pytest.mark.parametrize("day", ["2025-08-31", "2026-03-03"])
async def test_a_withdrawal_before_the_consent_or_in_the_future_is_refused(house_in_memory: House, day: str) -> None:
    house = house_in_memory
    made = await given(house.a)
    assert code(await take_back(house.a, made, day)) == (422, "impossible_consent_date")
    assert (await read(house, made))["state"] == "current"
    assert await house.owner.fetchval("SELECT count(*) FROM duties") == 0


@pytest.mark.parametrize("day", ["2025-09-01", "2026-03-02"])
async def test_the_day_of_the_consent_and_today_are_possible(house_in_memory: House, day: str) -> None:
    house = house_in_memory
    assert (await take_back(house.a, await given(house.a), day)).status_code == 200


async def test_the_day_is_that_of_the_institution(house_in_memory: House) -> None:
    house = house_in_memory
    # 00:30 on the third of March in Moscow.
    house.clock.move(hours=12, minutes=30)
    made = await given(house.a)
    assert (await take_back(house.a, made, "2026-03-03")).status_code == 200


async def test_a_representative_is_named_exactly_if_one_gave_it(house_in_memory: House) -> None:
    house = house_in_memory
    assert code(await give(house.a, given_by="representative")) == (422, "invalid_request")
    assert code(await give(house.a, representative="Примерова Анна")) == (422, "invalid_request")
    made = await given(house.a, given_by="representative", representative="Примерова Анна")
    assert made["representative"] == "Примерова Анна"


async def test_a_double_click_records_once(house_in_memory: House) -> None:
    house = house_in_memory
    answers = await asyncio.gather(give(house.a), give(house.a))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert code(await give(house.a)) == (409, "consent_recorded")
    [made] = [answer.json() for answer in answers if answer.status_code == 201]
    answers = await asyncio.gather(take_back(house.a, made), take_back(house.a, made))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert code(await take_back(house.a, made)) == (409, "consent_withdrawn")
    answers = await asyncio.gather(reach(house.a), reach(house.a))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert await house.owner.fetchval("SELECT count(*) FROM duties") == 2


async def test_what_proves_a_consent_is_a_document_of_the_institution(house_in_memory: House) -> None:
    house = house_in_memory
    own, foreign = await keep(house.a), await keep(house.other)
    assert code(await give(house.a, document_id=foreign["id"])) == (422, "unknown_proof")
    made = await given(house.a, document_id=own["id"])
    assert made["document_id"] == own["id"]
    # A wrong upload is withdrawn all the same: the consent has its words.
    assert (await withdraw(house.a, own)).status_code == 204
    assert code(await give(house.a, given_on="2025-09-02", document_id=own["id"])) == (422, "unknown_proof")


async def test_another_institution_sees_and_withdraws_nothing(house_in_memory: House) -> None:
    house = house_in_memory
    made = await given(house.a)
    other = house.other
    assert (await other.clerk.get(f"{V1}/consents/{made['id']}")).status_code == 404
    assert code(await take_back(other, made)) == (404, "not_found")
    answer = await other.clerk.post(f"{V1}/people/{house.a.learner}/consents", json=CONSENT)
    assert code(answer) == (404, "not_found")
    assert (await other.clerk.get(f"{V1}/duties")).json()["items"] == []


@pytest.mark.parametrize("role", ["administrator", "records_officer", "head", "auditor", "teacher", "service_account"])
async def test_the_clerk_alone_records(house_in_memory: House, role: str) -> None:
    house = house_in_memory
    made = await given(house.a)
    for answer in (
        await give(house.a, role),
        await take_back(house.a, made, role=role),
        await reach(house.a, role=role),
    ):
        assert code(answer) == (403, "forbidden")


async def test_lists_come_in_pages_and_show_the_newest_first(house_in_memory: House) -> None:
    house = house_in_memory
    made = [await given(house.a, given_on=f"2025-09-0{number}") for number in (1, 2, 3)]
    first = await house.clerk.get(f"{V1}/people/{house.a.learner}/consents", params={"limit": "2"})
    assert [each["id"] for each in first.json()["items"]] == [made[2]["id"], made[1]["id"]]
    rest = await house.clerk.get(first.links["next"]["url"])
    assert [each["id"] for each in rest.json()["items"]] == [made[0]["id"]]


async def test_the_tables_refuse_changes_even_from_their_owner(house_in_memory: House) -> None:
    house = house_in_memory
    made = await given(house.a)
    await take_back(house.a, made)
    for statement in (
        "UPDATE consents SET purpose = 'иное'",
        "DELETE FROM consents",
        "UPDATE consent_withdrawals SET withdrawn_on = '2026-01-01'",
        "UPDATE duties SET due_on = due_on + 1",
        "DELETE FROM duties",
    ):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await house.owner.execute(statement)
        assert refused.value.sqlstate == "DL001", statement


async def test_the_trail_names_people_by_id_only_outside_the_payload(house_in_memory: House) -> None:
    house = house_in_memory
    made = await given(house.a, given_by="representative", representative="Примерова Анна")
    await take_back(house.a, made)
    rows = await house.owner.fetch("SELECT to_jsonb(e)::text AS said FROM audit_entries e")
    assert not [row["said"] for row in rows if "Примерова" in row["said"] or "заявление" in row["said"]]
    actions = await house.actions()
    assert {"consent.recorded", "consent.withdrawal_recorded", "duty.arisen"} <= set(actions)
    assert await house.owner.fetchval(
        "SELECT count(*) FROM audit_entries WHERE action = 'consent.recorded' AND object_id = $1", str(UUID(made["id"]))
    )
