"""From the draft to force: three people, minutes, a date; amendments during the year."""

import asyncio

import pytest

from tests.registry.nomenclature.office import (
    ANY,
    CLASSES,
    MINUTES,
    OFFICER,
    V1,
    VERSIONS,
    approve,
    begin,
    row,
    rows,
    section,
    step,
)
from tests.registry_house import House, Json, Place, code

REASON = {"reason": "так решено"}


async def drafted(place: Place, year: int = 2026) -> Json:
    version = await begin(place, year)
    await row(place, await section(place, version))
    return version


async def test_a_version_goes_from_the_draft_to_force_with_everybody_named(house_in_memory: House) -> None:
    place = house_in_memory.a
    made = await approve(house_in_memory, await drafted(place))
    assert (made["state"], made["number"], made["approved_on"]) == ("approved", "1", "2026-03-02")
    assert made["authors"] == [str(place.accounts[OFFICER])]
    assert made["minutes"] == {**MINUTES, "recorded_by": str(place.accounts["commission"])}
    assert made["approved_by"] == str(place.accounts["head"])
    in_force = await place.clerk.get(VERSIONS, params={"in_force_on": "2026-07-01"})
    assert [each["id"] for each in in_force.json()["items"]] == [made["id"]]
    for day in ("2025-12-31", "2027-01-01", "0001-01-01", "9999-12-31"):
        assert (await place.clerk.get(VERSIONS, params={"in_force_on": day})).json()["items"] == []
    actions = [each for each in await house_in_memory.actions() if each.startswith("nomenclature.")]
    assert actions[-3:] == ["nomenclature.submitted", "nomenclature.agreed", "nomenclature.approved"]


@pytest.mark.parametrize(
    ("name", "body"), [("agreement", MINUTES), ("approval", {}), ("return", REASON), ("submission", None)]
)
async def test_steps_are_taken_in_their_order_only(house_in_memory: House, name: str, body: Json | None) -> None:
    place = house_in_memory.a
    version = await drafted(place)
    roles = {"agreement": "commission", "approval": "head", "return": "head", "submission": OFFICER}
    if name == "submission":
        assert (await step(place, version, name, OFFICER)).status_code == 200
    refused = await step(place, version, name, roles[name], body)
    assert code(refused) == (409, "nomenclature_step_refused")
    assert refused.json()["reasons"] == ["not_in_this_state"]


async def test_nobody_agrees_to_or_approves_what_he_worked_on(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    version = await drafted(place)
    await house.owner.execute(
        "UPDATE memberships SET roles = ARRAY['records_officer', 'commission', 'head'] WHERE account_id = ANY ($1)",
        [place.accounts[OFFICER], place.accounts["commission"]],
    )
    await step(place, version, "submission", OFFICER)
    refused = await step(place, version, "agreement", OFFICER, MINUTES)
    assert (code(refused), refused.json()["step"]) == ((409, "same_person"), "author")
    assert (await step(place, version, "agreement", "commission", MINUTES)).status_code == 200
    for role, earlier in ((OFFICER, "author"), ("commission", "agreement")):
        refused = await step(place, version, "approval", role, {})
        assert (code(refused), refused.json()["step"]) == ((409, "same_person"), earlier)
    assert (await step(place, version, "approval", "head", {})).status_code == 200


async def test_whoever_corrects_a_returned_draft_is_one_of_its_authors(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    version = await drafted(place)
    await step(place, version, "submission", OFFICER)
    await step(place, version, "agreement", "commission", MINUTES)
    returned = await step(place, version, "return", "head", REASON)
    assert (returned.json()["state"], returned.json()["minutes"]) == ("draft", None)
    await house.owner.execute(
        "UPDATE memberships SET roles = ARRAY['records_officer', 'head'] WHERE account_id = $1", place.accounts["head"]
    )
    [made] = await rows(place, version)
    assert (await place.of("head").patch(f"{CLASSES}/{made['id']}", json={"title": "Иное"}, headers=ANY)).is_success
    await step(place, version, "submission", OFFICER)
    await step(place, version, "agreement", "commission", MINUTES)
    assert code(await step(place, version, "approval", "head", {})) == (409, "same_person")


async def test_what_was_looked_at_is_what_is_approved(house_in_memory: House) -> None:
    place = house_in_memory.a
    version = await drafted(place)
    await step(place, version, "submission", OFFICER)
    stale = await step(place, version, "agreement", "commission", MINUTES, match='"1"')
    assert code(stale) == (412, "precondition_failed")
    present = (await place.of("commission").get(f"{VERSIONS}/{version['id']}")).headers["ETag"]
    assert (await step(place, version, "agreement", "commission", MINUTES, match=present)).status_code == 200


async def test_of_two_approvals_at_once_one_counts(house_in_memory: House) -> None:
    place = house_in_memory.a
    version = await drafted(place)
    await step(place, version, "submission", OFFICER)
    await step(place, version, "agreement", "commission", MINUTES)
    answers = await asyncio.gather(*(step(place, version, "approval", "head", {}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert (await house_in_memory.actions()).count("nomenclature.approved") == 1


@pytest.mark.parametrize("held_on", ["2026-03-03", "1899-12-31", "0000-01-01", "9999-12-31"])
async def test_minutes_are_not_of_tomorrow(house_in_memory: House, held_on: str) -> None:
    place = house_in_memory.a
    version = await drafted(place)
    await step(place, version, "submission", OFFICER)
    refused = await step(place, version, "agreement", "commission", {**MINUTES, "held_on": held_on})
    assert refused.status_code == 422, refused.text


async def test_an_empty_nomenclature_is_not_submitted(house_in_memory: House) -> None:
    version = await begin(house_in_memory.a)
    assert code(await step(house_in_memory.a, version, "submission", OFFICER)) == (409, "nomenclature_empty")


async def test_an_amendment_takes_effect_on_its_day(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    first = await approve(house, await drafted(place))
    path = f"{V1}/nomenclatures/{first['nomenclature_id']}/amendments"
    for day in ("2025-12-31", "2027-01-01"):
        refused = await place.of(OFFICER).post(path, json={"effective_on": day})
        assert code(refused) == (422, "impossible_effective_date")
    second = (await place.of(OFFICER).post(path, json={"effective_on": "2026-09-01", "note": "новый перечень"})).json()
    assert (second["ordinal"], second["based_on_id"]) == (2, first["id"])
    again = await place.of(OFFICER).post(path, json={"effective_on": "2026-10-01"})
    assert (code(again), again.json()["version"]) == ((409, "nomenclature_draft_exists"), second["id"])
    [copied] = await rows(place, second)
    await place.of(OFFICER).patch(f"{CLASSES}/{copied['id']}", json={"term": "10 лет"}, headers=ANY)
    for day, expected in (("2026-10-01", first["id"]),):
        assert [each["id"] for each in await in_force(place, day)] == [expected]
    await approve(house, second)
    for day, expected in (("2026-08-31", first["id"]), ("2026-09-01", second["id"]), ("2026-12-31", second["id"])):
        assert [each["id"] for each in await in_force(place, day)] == [expected]
    assert [each["term"] for each in await rows(place, first)] == ["5 лет"]


async def in_force(place: Place, day: str) -> list[Json]:
    found: list[Json] = (await place.clerk.get(VERSIONS, params={"in_force_on": day})).json()["items"]
    return found


async def test_a_needless_amendment_is_abandoned(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    first = await drafted(place)
    refused = await step(place, first, "abandonment", OFFICER, REASON)
    assert refused.json()["reasons"] == ["only_draft_of_its_year"]
    await approve(house, first)
    path = f"{V1}/nomenclatures/{first['nomenclature_id']}/amendments"
    second = (await place.of(OFFICER).post(path, json={"effective_on": "2026-09-01"})).json()
    assert (await step(place, second, "abandonment", OFFICER, REASON)).json()["state"] == "abandoned"
    third = await place.of(OFFICER).post(path, json={"effective_on": "2026-10-01"})
    assert (third.status_code, third.json()["ordinal"]) == (201, 3)


async def test_another_institution_sees_and_changes_nothing(house_in_memory: House) -> None:
    house, other = house_in_memory, house_in_memory.other
    version = await drafted(house.a)
    [made] = await rows(house.a, version)
    for answer in (
        await other.of(OFFICER).get(f"{VERSIONS}/{version['id']}"),
        await other.of(OFFICER).get(f"{VERSIONS}/{version['id']}/record-classes"),
        await other.of(OFFICER).patch(f"{CLASSES}/{made['id']}", json={"title": "Иное"}, headers=ANY),
        await step(other, version, "submission", OFFICER),
        await other.of(OFFICER).post(f"{V1}/nomenclatures", json={"year": 2030, "copy_from_id": version["id"]}),
    ):
        assert code(answer) == (404, "not_found")
    assert (await other.of(OFFICER).get(f"{V1}/nomenclatures")).json()["items"] == []
