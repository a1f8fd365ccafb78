"""People who serve several institutions, and operators who found them."""

from datetime import date
from uuid import UUID

import pytest

from core.institutions.errors import UnknownTimeZone
from core.institutions.registry import check_time_zone, present_day
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from tests.registry.access.house import OWN_PASSWORD, Browser, House, code


async def shared_clerk(house: House) -> tuple[Browser, UUID, UUID]:
    """A clerk of two institutions, signed in to none."""
    operator = await house.administrator()
    there, second = await house.second_institution(operator)
    user = await house.user(second, "ivanova", "clerk")
    clerk = await house.browser().arrive("ivanova", user["one_time_password"])
    await clerk.ask("DELETE", "/api/v1/session")
    clerk.csrf = ""
    here = house.first.institution_id
    await operator.post(f"/api/v1/institutions/{here}/members", {"login": "ivanova", "roles": ["head"]})
    return clerk, here, there


async def test_who_serves_several_is_asked_where_only_after_the_right_password(house: House) -> None:
    clerk, here, there = await shared_clerk(house)
    wrong = await clerk.sign_in("ivanova", "wrong")
    assert code(wrong) == (401, "sign_in_failed")
    assert str(here) not in wrong.text
    answer = await clerk.sign_in("ivanova", OWN_PASSWORD)
    assert code(answer) == (409, "choose_institution")
    assert {each["id"] for each in answer.json()["institutions"]} == {str(here), str(there)}
    assert "set-cookie" not in answer.headers
    answer = await clerk.sign_in("ivanova", OWN_PASSWORD, str(there))
    assert answer.json()["institution"]["id"] == str(there)
    assert code(await clerk.sign_in("ivanova", OWN_PASSWORD, str(new_id()))) == (409, "choose_institution")


async def test_a_switch_begins_a_new_session_with_the_roles_of_the_other_place(house: House) -> None:
    clerk, here, there = await shared_clerk(house)
    await clerk.sign_in("ivanova", OWN_PASSWORD, str(there))
    assert (await clerk.post("/uploads")).status_code == 200
    old = clerk.http.cookies["deloteka_session"]
    answer = await clerk.post("/api/v1/session/institution", {"institution_id": str(here)})
    assert answer.json()["institution"]["roles"] == ["head"]
    assert [each["id"] for each in answer.json()["other_institutions"]] == [str(there)]
    assert code(await clerk.post("/uploads")) == (403, "forbidden")
    assert (await clerk.get("/contents")).json()["institution"] == str(here)
    stale = house.browser()
    stale.http.cookies.set("deloteka_session", old, domain="deloteka.test")
    assert code(await stale.get("/contents")) == (401, "not_signed_in")
    assert "session.ended" in await house.actions(there)
    assert (await house.actions(here))[-1] == "session.started"


async def test_a_switch_to_a_stranger_s_institution_is_not_found_and_keeps_the_session(house: House) -> None:
    operator = await house.administrator()
    there, _ = await house.second_institution(operator)
    for wanted in (there, new_id()):
        answer = await operator.post("/api/v1/session/institution", {"institution_id": str(wanted)})
        assert code(answer) == (404, "not_found")
    assert (await operator.get("/api/v1/session")).status_code == 200


async def test_deactivation_in_one_institution_leaves_the_other_alone(house: House) -> None:
    clerk, here, there = await shared_clerk(house)
    await clerk.sign_in("ivanova", OWN_PASSWORD, str(there))
    operator = house.browsers[0]
    account = (await clerk.get("/api/v1/session")).json()["account_id"]
    assert (await operator.post(f"/api/v1/users/{account}/deactivation", {})).status_code == 200
    assert (await clerk.get("/contents")).status_code == 200
    assert code(await clerk.post("/api/v1/session/institution", {"institution_id": str(here)})) == (404, "not_found")


async def test_an_operator_founds_institutions_and_sees_their_names_only(house: House) -> None:
    operator = await house.administrator()
    there, second = await house.second_institution(operator)
    listed = (await operator.get("/api/v1/institutions")).json()["items"]
    assert {each["id"] for each in listed} == {str(house.first.institution_id), str(there)}
    assert len((await operator.get("/api/v1/users")).json()["items"]) == 1
    assert code(await second.get("/api/v1/institutions")) == (403, "forbidden")
    assert code(await second.post(f"/api/v1/institutions/{there}/members", {"login": "admin", "roles": ["head"]})) == (
        403,
        "forbidden",
    )
    actions = await house.actions(there)
    assert actions[:3] == ["institution.founded", "account.created", "membership.created"]


async def test_an_operator_lets_himself_in_as_administrator_at_most(house: House) -> None:
    operator = await house.administrator()
    there, _ = await house.second_institution(operator)
    path = f"/api/v1/institutions/{there}/members"
    assert code(await operator.post(path, {"login": "admin", "roles": ["clerk"]})) == (409, "own_account")
    assert (await operator.post(path, {"login": "admin", "roles": ["administrator"]})).status_code == 201
    assert code(await operator.post(path, {"login": "admin", "roles": ["administrator"]})) == (409, "already_exists")


async def test_nobody_is_appointed_who_does_not_exist_or_where_nothing_is(house: House) -> None:
    operator = await house.administrator()
    path = f"/api/v1/institutions/{house.first.institution_id}/members"
    assert code(await operator.post(path, {"login": "nobody", "roles": ["clerk"]})) == (404, "not_found")
    form = {"login": "somebody", "display_name": "Кто-то", "roles": ["clerk"]}
    nowhere = await operator.post(f"/api/v1/institutions/{new_id()}/members", form)
    assert code(nowhere) == (404, "not_found")
    assert (await operator.post(path, form)).status_code == 201


async def test_name_time_zone_and_settings_are_changed_by_the_administrator_only(house: House) -> None:
    admin = await house.administrator()
    clerk = await house.member(admin, "ivanova", "clerk")
    seen = await clerk.get("/api/v1/institution")
    match = {"If-Match": seen.headers["etag"]}
    change = {"name": "Колледж № 7", "settings": {"contact": "Канцелярия"}}
    refused = await clerk.ask("PATCH", "/api/v1/institution", json=change, headers=match)
    assert code(refused) == (403, "forbidden")
    answer = await admin.ask("PATCH", "/api/v1/institution", json=change, headers=match)
    assert (answer.json()["name"], answer.json()["settings"]) == ("Колледж № 7", {"contact": "Канцелярия"})
    stale = await admin.ask("PATCH", "/api/v1/institution", json={"name": "x"}, headers=match)
    assert code(stale) == (412, "precondition_failed")


async def test_today_is_that_of_the_institution(house: House) -> None:
    house.clock.now = house.clock.now.replace(hour=18, minute=30)
    admin = await house.administrator()
    scope = Scope(institution_id=house.first.institution_id)
    for zone, day in (("Europe/Moscow", date(2026, 3, 2)), ("Asia/Kamchatka", date(2026, 3, 3))):
        await admin.ask("PATCH", "/api/v1/institution", json={"time_zone": zone}, headers={"If-Match": "*"})
        async with house.services.database.work(scope) as work:
            assert await present_day(work) == day


@pytest.mark.parametrize("name", ["Moscow", "localtime", "Europe/Москва", "../etc/passwd", "posix/Europe/Moscow", "+3"])
def test_what_is_no_place_is_no_time_zone(name: str) -> None:
    with pytest.raises(UnknownTimeZone):
        check_time_zone(name)


@pytest.mark.parametrize("name", ["Europe/Kaliningrad", "Asia/Kamchatka", "UTC"])
def test_places_are_time_zones(name: str) -> None:
    assert check_time_zone(name) == name
