"""Administrators manage the members of their institution, and nothing beyond it."""

import asyncio
from datetime import datetime, timedelta

import pytest

from core.kernel.ids import new_id
from tests.kernel_database import HandClock
from tests.registry.access.house import OWN_PASSWORD, Browser, House, Json, code

USERS = "/api/v1/users"


async def tag(browser: Browser, user: Json) -> dict[str, str]:
    answer = await browser.get(f"/api/v1/users/{user['id']}")
    return {"If-Match": answer.headers["etag"]}


async def change(browser: Browser, user: Json, **changes: object) -> tuple[int, str]:
    path = f"/api/v1/users/{user['id']}"
    answer = await browser.ask("PATCH", path, json=changes, headers=await tag(browser, user))
    return (200, "") if answer.is_success else code(answer)


async def test_a_one_time_password_ends_after_its_hours_and_a_new_one_lets_in(house: House, clock: HandClock) -> None:
    admin = await house.administrator()
    user = await house.user(admin, "ivanova", "clerk")
    assert datetime.fromisoformat(user["one_time_password_expires_at"]) == clock() + timedelta(hours=72)
    clock.move(hours=71, minutes=59)
    assert (await house.browser().sign_in("ivanova", user["one_time_password"])).status_code == 201
    clock.move(minutes=1)
    answer = await house.browser().sign_in("ivanova", user["one_time_password"])
    assert code(answer) == (401, "one_time_password_expired")
    assert code(await house.browser().sign_in("ivanova", "wrong")) == (401, "sign_in_failed")
    assert (await house.actions()).count("session.refused") == 2
    await admin.sign_in("admin", OWN_PASSWORD)
    made = (await admin.post(f"{USERS}/{user['id']}/password-reset")).json()
    assert datetime.fromisoformat(made["expires_at"]) == clock() + timedelta(hours=72)
    clerk = await house.browser().arrive("ivanova", made["one_time_password"])
    clock.move(days=30)
    assert (await clerk.sign_in("ivanova", OWN_PASSWORD)).status_code == 201
    await admin.sign_in("admin", OWN_PASSWORD)
    seen = (await admin.get(f"{USERS}/{user['id']}")).json()
    assert (seen["must_change_password"], seen["one_time_password_expires_at"]) == (False, None)


async def test_a_new_clerk_gets_a_one_time_password_and_may_upload(house: House) -> None:
    admin = await house.administrator()
    clerk = await house.member(admin, "ivanova", "clerk")
    assert (await clerk.post("/uploads")).status_code == 200
    assert code(await clerk.get("/api/v1/users")) == (403, "forbidden")
    assert (await clerk.get("/api/v1/users")).json()["needed"] == ["accounts.read"]


async def test_an_administrator_opens_no_contents(house: House) -> None:
    admin = await house.administrator()
    assert code(await admin.get("/contents")) == (403, "forbidden")


async def test_deactivation_ends_session_and_token_between_two_requests(house: House) -> None:
    admin = await house.administrator()
    user = await house.user(admin, "ivanova", "clerk")
    clerk = await house.browser().arrive("ivanova", user["one_time_password"])
    made = await clerk.post("/api/v1/tokens", {"name": "Проба", "scopes": ["documents.open"]})
    program, bearer = house.browser(), {"Authorization": f"Bearer {made.json()['token']}"}
    assert (await clerk.get("/contents")).status_code == 200
    assert (await program.get("/contents", headers=bearer)).status_code == 200
    answer = await admin.post(f"/api/v1/users/{user['id']}/deactivation", {"reason": "Уволена"})
    assert answer.json()["active"] is False
    assert code(await clerk.get("/contents")) == (401, "not_signed_in")
    assert code(await program.get("/contents", headers=bearer)) == (401, "not_signed_in")
    assert code(await house.browser().sign_in("ivanova", OWN_PASSWORD)) == (403, "serves_no_institution")
    answer = await admin.post(f"/api/v1/users/{user['id']}/reactivation", {})
    assert answer.json()["active"] is True
    assert code(await clerk.get("/contents")) == (401, "not_signed_in")
    assert code(await program.get("/contents", headers=bearer)) == (401, "not_signed_in")
    assert (await clerk.sign_in("ivanova", OWN_PASSWORD)).status_code == 201
    actions = await house.actions(house.first.institution_id)
    assert {"membership.deactivated", "membership.reactivated"} <= set(actions)


async def test_a_change_of_roles_is_felt_by_the_next_request(house: House) -> None:
    admin = await house.administrator()
    user = await house.user(admin, "ivanova", "clerk")
    clerk = await house.browser().arrive("ivanova", user["one_time_password"])
    made = await clerk.post("/api/v1/tokens", {"name": "Проба", "scopes": ["documents.open"]})
    assert await change(admin, user, roles=["teacher"]) == (200, "")
    assert code(await clerk.get("/contents")) == (403, "forbidden")
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert code(await house.browser().get("/contents", headers=bearer)) == (403, "forbidden")


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("person", ["administrator", "clerk"]),
        ("person", ["service_account"]),
        ("service", ["clerk"]),
        ("service", ["service_account", "clerk"]),
    ],
)
async def test_roles_that_exclude_each_other_are_refused(house: House, kind: str, roles: list[str]) -> None:
    admin = await house.administrator()
    form = {"login": "ivanova", "display_name": "И", "kind": kind, "roles": roles}
    assert code(await admin.post("/api/v1/users", form)) == (422, "roles_exclude_each_other")


async def test_a_login_is_unique_in_the_whole_installation_whatever_its_case(house: House) -> None:
    admin = await house.administrator()
    _, second = await house.second_institution(admin)
    await house.user(admin, "ivanova", "clerk")
    form = {"login": "Ivanova", "display_name": "И", "roles": ["clerk"]}
    assert code(await second.post("/api/v1/users", form)) == (409, "login_taken")


async def test_users_of_another_institution_are_not_found(house: House) -> None:
    admin = await house.administrator()
    _, second = await house.second_institution(admin)
    user = await house.user(admin, "ivanova", "clerk")
    path = f"/api/v1/users/{user['id']}"
    listed = (await second.get("/api/v1/users")).json()["items"]
    assert [each["login"] for each in listed] == ["second"]
    match = {"If-Match": "*"}
    answers = [
        await second.get(path),
        await second.ask("PATCH", path, json={"note": "x"}, headers=match),
        await second.post(f"{path}/password-reset"),
        await second.post(f"{path}/deactivation", {}),
        await second.post(f"{path}/reactivation", {}),
        await second.get(f"{path}/tokens"),
        await second.ask("DELETE", f"{path}/tokens/{new_id()}"),
    ]
    assert {code(answer) for answer in answers} == {(404, "not_found")}


async def test_the_list_comes_in_pages(house: House) -> None:
    admin = await house.administrator()
    for number in range(4):
        await house.user(admin, f"user{number}", "clerk")
    first = (await admin.get("/api/v1/users?limit=3")).json()
    rest = (await admin.get("/api/v1/users", params={"limit": 3, "cursor": first["next"]})).json()
    names = [each["login"] for each in first["items"] + rest["items"]]
    assert names == ["admin", "user0", "user1", "user2", "user3"]
    assert rest["next"] is None


async def test_a_change_needs_the_revision_that_was_read(house: House) -> None:
    admin = await house.administrator()
    user = await house.user(admin, "ivanova", "clerk")
    path, old = f"/api/v1/users/{user['id']}", await tag(admin, user)
    assert code(await admin.ask("PATCH", path, json={"note": "x"})) == (428, "precondition_required")
    answer = await admin.ask("PATCH", path, json={"note": "x", "display_name": "Новое имя"}, headers=old)
    assert answer.json()["display_name"] == "Новое имя"
    assert code(await admin.ask("PATCH", path, json={"note": "y"}, headers=old)) == (412, "precondition_failed")
    again = await admin.ask("PATCH", path, json={"note": "y"}, headers={"If-Match": answer.headers["etag"]})
    assert again.status_code == 200
    unchanged = await admin.get(path, headers={"If-None-Match": again.headers["etag"]})
    assert unchanged.status_code == 304


async def test_a_reset_ends_everything_the_account_held(house: House) -> None:
    admin = await house.administrator()
    user = await house.user(admin, "ivanova", "clerk")
    clerk = await house.browser().arrive("ivanova", user["one_time_password"])
    made = await clerk.post("/api/v1/tokens", {"name": "Проба", "scopes": ["documents.open"]})
    answer = await admin.post(f"/api/v1/users/{user['id']}/password-reset")
    assert code(await clerk.get("/api/v1/session")) == (401, "not_signed_in")
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert code(await house.browser().get("/contents", headers=bearer)) == (401, "not_signed_in")
    assert code(await clerk.sign_in("ivanova", OWN_PASSWORD)) == (401, "sign_in_failed")
    answer = await clerk.sign_in("ivanova", answer.json()["one_time_password"])
    assert answer.json()["must_change_password"] is True


async def test_nobody_resets_the_own_password_or_changes_the_own_roles(house: House) -> None:
    admin = await house.administrator()
    me = {"id": str(house.first.account_id)}
    assert code(await admin.post(f"/api/v1/users/{me['id']}/password-reset")) == (409, "own_account")
    assert await change(admin, me, roles=["clerk"]) == (409, "own_account")


async def test_an_account_that_serves_elsewhere_is_changed_here_only_as_a_member(house: House) -> None:
    operator = await house.administrator()
    _, second = await house.second_institution(operator)
    user = await house.user(second, "ivanova", "clerk")
    form = {"login": "ivanova", "roles": ["head"]}
    answer = await operator.post(f"/api/v1/institutions/{house.first.institution_id}/members", form)
    assert answer.status_code == 201, answer.text
    assert answer.json()["one_time_password"] is None
    assert code(await second.post(f"/api/v1/users/{user['id']}/password-reset")) == (409, "shared_account")
    assert await change(second, user, display_name="Чужое имя") == (409, "shared_account")
    assert await change(second, user, roles=["commission"]) == (200, "")
    await operator.post(f"/api/v1/users/{user['id']}/deactivation", {})
    assert code(await second.post(f"/api/v1/users/{user['id']}/password-reset")) == (409, "shared_account")
    assert (await operator.post(f"/api/v1/users/{user['id']}/password-reset")).status_code == 200


async def test_an_administrator_cannot_take_over_an_operator(house: House) -> None:
    operator = await house.administrator()
    other = await house.member(operator, "admin2", "administrator")
    path = f"/api/v1/users/{house.first.account_id}"
    assert code(await other.post(f"{path}/password-reset")) == (409, "shared_account")


async def test_the_last_administrator_cannot_leave(house: House) -> None:
    admin = await house.administrator()
    path = f"/api/v1/users/{house.first.account_id}/deactivation"
    assert code(await admin.post(path, {})) == (409, "last_administrator")
    await house.member(admin, "admin2", "administrator")
    assert (await admin.post(path, {})).status_code == 200
    assert code(await admin.get("/api/v1/users")) == (401, "not_signed_in")


async def test_of_two_administrators_who_remove_each_other_at_once_one_stays(house: House) -> None:
    first = await house.administrator()
    user = await house.user(first, "admin2", "administrator")
    second = await house.browser().arrive("admin2", user["one_time_password"])
    here, there = f"/api/v1/users/{house.first.account_id}", f"/api/v1/users/{user['id']}"
    for _ in range(3):
        answers = await asyncio.gather(first.post(f"{there}/deactivation", {}), second.post(f"{here}/deactivation", {}))
        active = await house.owner.fetch("SELECT account_id FROM memberships WHERE deactivated_at IS NULL")
        assert len(active) == 1, [answer.text for answer in answers]
        assert min(answer.status_code for answer in answers) == 200
        await house.owner.execute("UPDATE memberships SET deactivated_at = NULL")
        await first.sign_in("admin", OWN_PASSWORD)
        await second.sign_in("admin2", OWN_PASSWORD)


async def test_of_two_administrators_who_demote_each_other_at_once_one_stays(house: House) -> None:
    first = await house.administrator()
    user = await house.user(first, "admin2", "administrator")
    second = await house.browser().arrive("admin2", user["one_time_password"])
    me = {"id": str(house.first.account_id)}
    here, there = await tag(second, me), await tag(first, user)
    answers = await asyncio.gather(
        first.ask("PATCH", f"/api/v1/users/{user['id']}", json={"roles": ["clerk"]}, headers=there),
        second.ask("PATCH", f"/api/v1/users/{me['id']}", json={"roles": ["clerk"]}, headers=here),
    )
    assert [answer.status_code for answer in answers].count(200) == 1, [answer.text for answer in answers]
    assert {answer.status_code for answer in answers} <= {200, 403, 409}


async def test_of_two_who_take_one_login_at_once_one_gets_it(house: House) -> None:
    admin = await house.administrator()
    form = {"login": "ivanova", "display_name": "И", "roles": ["clerk"]}
    answers = await asyncio.gather(*(admin.post("/api/v1/users", form) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize("login", ["Иванова", "ab", "a b c", "-abc", "a" * 101, "ab\n", ""])
async def test_a_login_that_reads_like_another_is_refused(house: House, login: str) -> None:
    admin = await house.administrator()
    form = {"login": login, "display_name": "И", "roles": ["clerk"]}
    assert code(await admin.post("/api/v1/users", form)) == (422, "invalid_request")
