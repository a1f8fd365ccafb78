"""A term that nobody can read is decided by two people; the decision is a version of the rule."""

import asyncio

import asyncpg
import httpx
import pytest

from core.access.permissions import Role
from tests.registry.nomenclature.office import (
    CLASSES,
    OFFICER,
    UNCLEAR,
    V1,
    approve,
    begin,
    row,
    rows,
    section,
)
from tests.registry_house import House, Json, Place, code

DECISIONS = f"{V1}/term-decisions"
PROPOSAL = {"term": "5 лет ЭПК", "basis": "Перечень 236, ст. 19", "reason": "так решила комиссия"}
ANSWER = {"reason": "согласна"}


async def unclear(place: Place, term: str = UNCLEAR) -> tuple[Json, Json]:
    version = await begin(place)
    return version, await row(place, await section(place, version), term=term)


async def propose(place: Place, made: Json, role: str = OFFICER, **members: str) -> httpx.Response:
    body = {**PROPOSAL, **members}
    return await place.of(role).post(f"{CLASSES}/{made['id']}/term-decisions", json=body)


async def answer(place: Place, decision: Json, name: str, role: str) -> httpx.Response:
    return await place.of(role).post(f"{DECISIONS}/{decision['id']}/{name}", json=ANSWER)


@pytest.mark.parametrize("term", [UNCLEAR, "", "-", "5 лет (1)", "на усмотрение"])
async def test_what_is_not_understood_waits_for_people(house_in_memory: House, term: str) -> None:
    version, made = await unclear(house_in_memory.a, term)
    assert made["rule"]["status"] == "needs_review"
    assert made["rule"]["reading"]["rule"] is None
    waiting = await rows(house_in_memory.a, version, status="needs_review")
    assert [each["id"] for each in waiting] == [made["id"]]


async def test_two_people_decide_and_the_decision_is_a_version_of_the_rule(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    version, made = await unclear(place)
    await approve(house, version)
    proposed = await propose(place, made)
    assert proposed.status_code == 201, proposed.text
    assert (await rows(place, version))[0]["rule"] == made["rule"]
    confirmed = await answer(place, proposed.json(), "confirmation", "commission")
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed")
    rule = (await rows(place, version))[0]["rule"]
    assert (rule["id"], rule["status"], rule["origin"]) == (confirmed.json()["rule_id"], "understood", "decision")
    assert (rule["basis"], rule["reason"], rule["reading"]["mark"]) == (PROPOSAL["basis"], PROPOSAL["reason"], "ЭПК")
    assert await rows(place, version, status="needs_review") == []
    following = await begin(place, 2027, copy_from_id=version["id"])
    assert (await rows(place, following))[0]["rule"] == rule
    actions = [each for each in await house.actions() if each.startswith("term.")]
    assert actions == ["term.decision_proposed", "term.decision_confirmed"]
    jobs = await house.owner.fetch("SELECT kind FROM jobs")
    assert [job["kind"] for job in jobs] == ["nomenclature.apply_decision"]


async def test_nobody_answers_his_own_proposal(house_in_memory: House) -> None:
    place = house_in_memory.a
    _, made = await unclear(place)
    proposed = (await propose(place, made)).json()
    for name in ("confirmation", "rejection"):
        refused = await answer(place, proposed, name, OFFICER)
        assert (code(refused), refused.json()["step"]) == ((409, "same_person"), "proposal")
    with pytest.raises(asyncpg.CheckViolationError):
        await house_in_memory.owner.execute(
            "UPDATE term_decisions SET state = 'rejected', answered_by = proposed_by, answered_at = now()"
        )


async def test_a_proposal_is_answered_once(house_in_memory: House) -> None:
    place = house_in_memory.a
    _, made = await unclear(place)
    proposed = (await propose(place, made)).json()
    answers = await asyncio.gather(
        *(
            answer(place, proposed, name, role)
            for name in ("confirmation", "rejection")
            for role in ("head", "commission")
        )
    )
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"decision_answered"}


async def test_one_proposal_waits_at_a_time_and_after_a_rejection_there_is_another(house_in_memory: House) -> None:
    place = house_in_memory.a
    _, made = await unclear(place)
    first = (await propose(place, made)).json()
    again = await propose(place, made)
    assert (code(again), again.json()["decision"]) == ((409, "decision_pending"), first["id"])
    await answer(place, first, "rejection", "head")
    assert (await propose(place, made)).status_code == 201
    states = [each["state"] for each in (await place.clerk.get(DECISIONS)).json()["items"]]
    assert states == ["proposed", "rejected"]


async def test_a_decision_has_to_be_understood_itself(house_in_memory: House) -> None:
    place = house_in_memory.a
    _, made = await unclear(place)
    refused = await propose(place, made, term="5 лет, если захочется")
    assert code(refused) == (422, "decision_not_understood")
    assert "захочется" in " ".join(refused.json()["not_understood"])


async def test_what_is_understood_needs_no_decision(house_in_memory: House) -> None:
    place = house_in_memory.a
    made = await row(place, await section(place, await begin(place)), term="5 лет")
    assert code(await propose(place, made)) == (409, "term_understood")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RECORDS_OFFICER])
async def test_only_a_records_officer_proposes(house_in_memory: House, role: str) -> None:
    _, made = await unclear(house_in_memory.a)
    assert code(await propose(house_in_memory.a, made, role)) == (403, "forbidden")
