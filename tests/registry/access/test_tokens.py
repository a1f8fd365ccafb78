"""Tokens of programs: shown once, narrower than their account, ending when told to."""

from datetime import timedelta

import pytest

from tests.registry.access.house import Browser, House, Json, code


async def token(browser: Browser, *scopes: str, **more: object) -> Json:
    answer = await browser.post("/api/v1/tokens", {"name": "Проба", "scopes": list(scopes), **more})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def bearer(made: Json) -> dict[str, str]:
    return {"Authorization": f"Bearer {made['token']}"}


async def test_a_token_does_what_its_scopes_say_and_no_more(house: House) -> None:
    clerk = await house.member(await house.administrator(), "ivanova", "clerk")
    made = await token(clerk, "documents.upload")
    program = house.browser()
    answer = await program.post("/uploads", headers=bearer(made))
    assert answer.json()["credential"] == "token"
    assert code(await program.get("/contents", headers=bearer(made))) == (403, "forbidden")
    assert (await program.get("/contents", headers=bearer(made))).json()["needed"] == ["documents.open"]


async def test_a_token_cannot_be_given_more_than_its_account_may(house: House) -> None:
    clerk = await house.member(await house.administrator(), "ivanova", "clerk")
    answer = await clerk.post("/api/v1/tokens", {"name": "x", "scopes": ["documents.open", "accounts.manage"]})
    assert code(answer) == (403, "scopes_exceed_permissions")
    assert answer.json()["needed"] == ["accounts.manage"]


async def test_a_token_makes_no_tokens(house: House) -> None:
    clerk = await house.member(await house.administrator(), "ivanova", "clerk")
    made = await token(clerk, "tokens.own")
    answer = await house.browser().post("/api/v1/tokens", {"name": "x", "scopes": ["tokens.own"]}, headers=bearer(made))
    assert code(answer) == (403, "session_required")


@pytest.mark.parametrize("path", ["/api/v1/session/password", "/api/v1/session/institution"])
async def test_a_token_changes_no_session(house: House, path: str) -> None:
    admin = await house.administrator()
    made = await token(admin, "accounts.read")
    forms = {"present": "x", "wanted": "y"}, {"institution_id": str(house.first.institution_id)}
    form = forms[path.endswith("institution")]
    assert code(await house.browser().post(path, form, headers=bearer(made))) == (403, "session_required")


async def test_a_token_ends_at_its_time(house: House) -> None:
    clerk = await house.member(await house.administrator(), "ivanova", "clerk")
    ends = house.clock.now + timedelta(days=2)
    made = await token(clerk, "documents.open", expires_at=ends.isoformat())
    program = house.browser()
    house.clock.move(days=2, seconds=-1)
    assert (await program.get("/contents", headers=bearer(made))).status_code == 200
    house.clock.move(seconds=1)
    assert code(await program.get("/contents", headers=bearer(made))) == (401, "credential_expired")


@pytest.mark.parametrize("days", [-1, 0, 367, 200_000])
async def test_a_token_lives_no_longer_than_the_settings_allow(house: House, days: int) -> None:
    admin = await house.administrator()
    ends = house.clock.now + timedelta(days=days)
    form = {"name": "x", "scopes": ["accounts.read"], "expires_at": ends.isoformat()}
    assert code(await admin.post("/api/v1/tokens", form)) == (422, "token_lives_too_long")


async def test_a_token_is_revoked_at_once_and_stays_in_the_list_without_its_value(house: House) -> None:
    clerk = await house.member(await house.administrator(), "ivanova", "clerk")
    made = await token(clerk, "documents.open")
    path = f"/api/v1/tokens/{made['id']}"
    assert (await clerk.ask("DELETE", path)).status_code == 204
    assert (await clerk.ask("DELETE", path)).status_code == 204
    assert code(await house.browser().get("/contents", headers=bearer(made))) == (401, "not_signed_in")
    answer = await clerk.get("/api/v1/tokens")
    assert answer.json()["items"][0]["revoked_at"] is not None
    assert made["token"] not in answer.text
    assert (await house.actions(house.first.institution_id)).count("token.revoked") == 1


async def test_tokens_of_others_are_not_found(house: House) -> None:
    admin = await house.administrator()
    clerk = await house.member(admin, "ivanova", "clerk")
    made = await token(admin, "accounts.read")
    assert code(await clerk.ask("DELETE", f"/api/v1/tokens/{made['id']}")) == (404, "not_found")
    assert (await clerk.get("/api/v1/tokens")).json()["items"] == []


async def test_a_program_gets_its_token_from_the_administrator(house: House) -> None:
    admin = await house.administrator()
    program = await house.user(admin, "importer", "service_account", kind="service")
    assert program["one_time_password"] is None
    path = f"/api/v1/users/{program['id']}"
    form = {"name": "Загрузка", "scopes": ["documents.upload"]}
    made = (await admin.post(f"{path}/tokens", form)).json()
    assert (await house.browser().post("/uploads", headers=bearer(made))).status_code == 200
    assert [each["id"] for each in (await admin.get(f"{path}/tokens")).json()["items"]] == [made["id"]]
    answer = await admin.post(f"{path}/tokens", {"name": "x", "scopes": ["quarantine.decide"]})
    assert code(answer) == (403, "scopes_exceed_permissions")
    assert code(await admin.post(f"{path}/password-reset")) == (409, "has_no_password")
    assert code(await house.browser().sign_in("importer", "anything at all")) == (401, "sign_in_failed")
    assert (await admin.ask("DELETE", f"{path}/tokens/{made['id']}")).status_code == 204
    assert code(await house.browser().post("/uploads", headers=bearer(made))) == (401, "not_signed_in")


async def test_people_get_no_token_from_the_administrator(house: House) -> None:
    admin = await house.administrator()
    user = await house.user(admin, "ivanova", "clerk")
    form = {"name": "x", "scopes": ["documents.open"]}
    assert code(await admin.post(f"/api/v1/users/{user['id']}/tokens", form)) == (409, "not_a_service")


async def test_a_token_says_who_it_is_and_tells_no_csrf_token(house: House) -> None:
    admin = await house.administrator()
    await house.second_institution(admin)
    made = await token(admin, "accounts.read")
    seen = (await house.browser().get("/api/v1/session", headers=bearer(made))).json()
    assert seen["permissions"] == ["accounts.read"]
    assert seen["credential"] == "token"
    assert seen["csrf_token"] is None
    assert seen["other_institutions"] == []


async def test_the_last_use_is_noted_once_a_minute(house: House) -> None:
    admin = await house.administrator()
    made = await token(admin, "accounts.read")
    program = house.browser()
    noted = []
    for _ in range(3):
        house.clock.move(seconds=40)
        await program.get("/api/v1/session", headers=bearer(made))
        noted.append(await house.owner.fetchval("SELECT last_used_at FROM api_tokens"))
    assert noted[0] == noted[1] < noted[2]
