"""The commission keeps a case longer: by minutes, to a later day, for good."""

from datetime import UTC, datetime

from core.cases.expiring import expire_due
from tests.registry.cases.desk import ANY, V1, act, classes, close, new_case, open_case, read_case, why
from tests.registry_house import House, code

_MINUTES = {"evidence": "протокол ЭК от 01.02.2026 № 2"}


async def test_a_case_is_kept_until_the_day_that_the_commission_names(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    [record_class] = await classes(house, "1 год")
    case = await open_case(place, record_class, opened_on="2026-01-01")
    longer = {"kept_until_date": "2031-06-30", **_MINUTES}
    still_open = await act(place, case, "prolongations", longer, "commission")
    assert (code(still_open), "date_not_later" in still_open.json()["reasons"]) == ((409, "case_step_refused"), True)
    await close(place, case, "2026-02-01")
    assert (await read_case(place, case))["earliest_act_date"] == "2028-01-01"
    for role in ("clerk", "records_officer", "head"):
        assert code(await act(place, case, "prolongations", longer, role)) == (403, "forbidden")
    for day in ("2027-12-31", "2026-03-01"):
        refused = await act(place, case, "prolongations", {**longer, "kept_until_date": day}, "commission")
        assert (code(refused), refused.json()["reasons"]) == ((409, "case_step_refused"), ["date_not_later"])
    assert code(await act(place, case, "prolongations", {**longer, "kept_until_date": "3000-01-01"}, "commission")) == (
        422,
        "impossible_case_date",
    )
    made = await act(place, case, "prolongations", longer, "commission")
    assert (made.status_code, made.json()["kind"], made.json()["evidence"]) == (201, "prolonged", _MINUTES["evidence"])
    found = await read_case(place, case)
    assert (found["state"], found["earliest_act_date"]) == ("retained", "2031-07-01")
    assert "prolonged" in [each["code"] for each in (await why(place, case))["reasons"]]
    queued = "SELECT count(*) FROM storage_lock_queue WHERE case_id = $1"
    assert await house.owner.fetchval(queued, case["id"]) >= 1
    path = f"{V1}/case-decisions/{made.json()['id']}/revocation"
    assert (await place.of("commission").post(path, json={"reason": "ошибка"}, headers=ANY)).status_code == 404


async def test_a_case_whose_date_has_come_is_kept_again(house_in_memory: House) -> None:
    house, place = house_in_memory, house_in_memory.a
    case = await new_case(house, "1 год", opened_on="2026-01-01")
    await close(place, case, "2026-02-01")
    house.clock.now = datetime(2028, 2, 1, tzinfo=UTC)
    await house.owner.execute("UPDATE api_tokens SET expires_at = expires_at + interval '5 years', last_used_at = NULL")
    assert await expire_due(house.services.database, house.clock) == 1
    past = await act(place, case, "prolongations", {"kept_until_date": "2028-01-15", **_MINUTES}, "commission")
    assert past.json()["reasons"] == ["verdict_differs"]
    assert (await read_case(place, case))["state"] == "expired"
    longer = {"kept_until_date": "2028-12-31", **_MINUTES}
    assert (await act(place, case, "prolongations", longer, "commission")).status_code == 201
    found = await read_case(place, case)
    assert (found["state"], found["earliest_act_date"]) == ("retained", "2029-01-01")
    assert (await place.clerk.get(f"{V1}/due-cases")).json()["items"] == []
