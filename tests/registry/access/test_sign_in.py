"""Signing in, out and over, as a browser sees it."""

import asyncio
import json

import pytest

from tests.registry.access.house import OWN_PASSWORD, House, code

pytestmark = pytest.mark.asyncio


async def test_the_first_administrator_signs_in_and_must_choose_a_password(house: House) -> None:
    browser = house.browser()
    answer = await browser.sign_in(house.first.login, house.first.password.value)
    assert answer.status_code == 201, answer.text
    assert answer.json()["must_change_password"] is True
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "samesite=lax" in answer.headers["set-cookie"].lower()
    assert code(await browser.get("/api/v1/users")) == (403, "password_change_required")
    answer = await browser.post(
        "/api/v1/session/password", {"present": house.first.password.value, "wanted": OWN_PASSWORD}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["must_change_password"] is False
    assert (await browser.get("/api/v1/users")).status_code == 200


async def test_login_is_the_same_in_upper_and_lower_case(house: House) -> None:
    assert (await house.browser().sign_in("ADMIN", house.first.password.value)).status_code == 201


@pytest.mark.parametrize(("login", "password"), [("admin", "wrong"), ("nobody", "wrong"), ("adm\\'in", "x")])
async def test_a_wrong_login_and_a_wrong_password_get_the_same_answer(house: House, login: str, password: str) -> None:
    answer = await house.browser().sign_in(login, password)
    assert code(answer) == (401, "sign_in_failed")
    assert "www-authenticate" in answer.headers
    assert "set-cookie" not in answer.headers


async def test_changing_the_password_ends_every_other_session(house: House) -> None:
    here, there = await house.administrator(), house.browser()
    assert (await there.sign_in("admin", OWN_PASSWORD)).status_code == 201
    old = here.http.cookies["deloteka_session"]
    form = {"present": OWN_PASSWORD, "wanted": "четыре медленных трамвая"}
    assert (await here.post("/api/v1/session/password", form)).status_code == 200
    assert here.http.cookies["deloteka_session"] != old
    assert (await here.get("/api/v1/session")).status_code == 200
    assert code(await there.get("/api/v1/session")) == (401, "not_signed_in")
    assert code(await there.sign_in("admin", OWN_PASSWORD)) == (401, "sign_in_failed")


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("коротко", "short"),
        ("д" * 201, "long"),
        ("administrator1234", "login"),
        ("qwertyuiop1234567", "common"),
        ("йцукенгшщзхъ", "common"),
        ("parolparolparol!", "common"),
        ("1234567890123", "common"),
        ("ababababababab", "common"),
        (OWN_PASSWORD, "same"),
    ],
)
async def test_a_password_that_is_guessed_first_is_refused(house: House, wanted: str, reason: str) -> None:
    browser = await house.administrator()
    answer = await browser.post("/api/v1/session/password", {"present": OWN_PASSWORD, "wanted": wanted})
    assert code(answer) == (422, "weak_password")
    assert answer.json()["reason"] == reason
    assert wanted not in answer.text


async def test_the_present_password_is_asked_for_again(house: House) -> None:
    browser = await house.administrator()
    form = {"present": "не тот пароль", "wanted": "четыре медленных трамвая"}
    assert code(await browser.post("/api/v1/session/password", form)) == (422, "wrong_password")
    assert (await browser.get("/api/v1/session")).status_code == 200


async def test_signing_out_ends_the_session_for_good(house: House) -> None:
    browser = await house.administrator()
    cookie = browser.http.cookies["deloteka_session"]
    assert (await browser.ask("DELETE", "/api/v1/session")).status_code == 204
    assert "deloteka_session" not in browser.http.cookies
    browser.http.cookies.set("deloteka_session", cookie, domain="deloteka.test")
    assert code(await browser.get("/api/v1/session")) == (401, "not_signed_in")


async def test_a_session_ends_when_it_is_idle(house: House) -> None:
    browser = await house.administrator()
    house.clock.move(minutes=40)
    assert (await browser.get("/api/v1/session")).status_code == 200
    house.clock.move(minutes=59)
    assert (await browser.get("/api/v1/session")).status_code == 200
    house.clock.move(minutes=60)
    assert code(await browser.get("/api/v1/session")) == (401, "credential_expired")


async def test_a_session_ends_after_its_hours_however_busy(house: House) -> None:
    browser = await house.administrator()
    for _ in range(23):
        house.clock.move(minutes=30)
        assert (await browser.get("/api/v1/session")).status_code == 200
    house.clock.move(minutes=30)
    assert code(await browser.get("/api/v1/session")) == (401, "credential_expired")


async def test_a_change_needs_the_csrf_token_of_its_own_session(house: House) -> None:
    browser, other = await house.administrator(), house.browser()
    await other.sign_in("admin", OWN_PASSWORD)
    for wrong in ("", "0" * 64, other.csrf, "ы"):
        answer = await browser.ask("DELETE", "/api/v1/session", headers={"X-CSRF-Token": wrong.encode()})
        assert code(answer) == (403, "csrf")
    csrf, browser.csrf = browser.csrf, ""
    assert code(await browser.ask("DELETE", "/api/v1/session")) == (403, "csrf")
    assert (await browser.get("/api/v1/session")).json()["csrf_token"] == csrf
    assert (await browser.ask("DELETE", "/api/v1/session")).status_code == 204


async def test_cookie_and_token_together_are_refused(house: House) -> None:
    browser = await house.administrator()
    answer = await browser.get("/api/v1/session", headers={"Authorization": "Bearer dlt_x"})
    assert code(answer) == (400, "two_credentials")


@pytest.mark.parametrize("header", ["Bearer dlt_unknown", "Bearer ", "Basic YWRtaW46eA==", "Bearer " + "x" * 5000])
async def test_an_unknown_token_opens_nothing(house: House, header: str) -> None:
    answer = await house.browser().get("/api/v1/session", headers={"Authorization": header})
    assert code(answer) == (401, "not_signed_in")


async def test_a_session_cookie_is_no_token_and_a_token_no_cookie(house: House) -> None:
    browser = await house.administrator()
    form = {"name": "Проба", "scopes": ["accounts.read"]}
    token = (await browser.post("/api/v1/tokens", form)).json()["token"]
    stranger = house.browser()
    stranger.http.cookies.set("deloteka_session", token, domain="deloteka.test")
    assert code(await stranger.get("/api/v1/session")) == (401, "not_signed_in")
    cookie = browser.http.cookies["deloteka_session"]
    answer = await house.browser().get("/api/v1/session", headers={"Authorization": f"Bearer {cookie}"})
    assert code(answer) == (401, "not_signed_in")


async def test_failures_and_sign_ins_stand_in_the_audit_trail_without_what_was_typed(house: House) -> None:
    browser = house.browser()
    await browser.sign_in("my-password-in-the-wrong-field", "secret-word-one")
    await browser.sign_in("admin", "secret-word-two")
    await browser.sign_in("admin", house.first.password.value)
    chain = await house.actions(house.first.institution_id)
    assert chain[-2:] == ["session.refused", "session.started"]
    assert "session.refused" in await house.actions()
    rows = await house.owner.fetch(
        "SELECT e.*, p.payload FROM audit_entries e JOIN audit_payloads p ON p.entry_id = e.id"
    )
    text = " ".join(str(dict(row)) for row in rows)
    token = browser.http.cookies["deloteka_session"]
    for secret in ("my-password", "secret-word", house.first.password.value, token, browser.csrf):
        assert secret not in text
    assert "203.0.113.7" in text


async def test_no_row_of_the_database_holds_a_secret(house: House) -> None:
    browser = await house.administrator()
    made = await browser.post("/api/v1/tokens", {"name": "Проба", "scopes": ["accounts.read"]})
    secrets = (browser.http.cookies["deloteka_session"], made.json()["token"], browser.csrf, OWN_PASSWORD)
    tables = await house.owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in tables:
        rows = await house.owner.fetch(f'SELECT t::text AS line FROM "{table["tablename"]}" t')  # noqa: S608
        for row in rows:
            assert not any(secret in row["line"] for secret in secrets), table["tablename"]


@pytest.mark.parametrize("typed", ["\ud800", "a\0b", "x" * 201, ""])
async def test_what_nobody_can_type_is_refused_and_breaks_nothing(house: House, typed: str) -> None:
    body = json.dumps({"login": "admin", "password": typed}).encode()
    answer = await house.browser().ask(
        "POST", "/api/v1/session", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {401, 422}, answer.text


async def test_wrong_passwords_at_the_same_moment_leave_the_service_well(house: House) -> None:
    browsers = [house.browser() for _ in range(12)]
    passwords = [house.first.password.value if number % 3 == 0 else "wrong" for number in range(12)]
    answers = await asyncio.gather(
        *(browser.sign_in("admin", password) for browser, password in zip(browsers, passwords, strict=True))
    )
    assert {answer.status_code for answer in answers} <= {201, 401, 429}


async def test_a_cross_site_form_cannot_sign_anybody_in(house: House) -> None:
    body = json.dumps({"login": "admin", "password": house.first.password.value}).encode()
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await house.browser().ask(
            "POST", "/api/v1/session", content=body, headers={"Content-Type": media_type}
        )
        assert answer.status_code in {415, 422}
        assert "set-cookie" not in answer.headers
