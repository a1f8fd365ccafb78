"""A connection from the draft to its removal, as the administrator sees it."""

from tests.connectors.connections.scripted import PASTED, TOKEN, Platform, Scripted, stand
from tests.registry_house import House, Json, code

V1 = "/api/v1"


async def test_a_form_is_drawn_from_the_schema(house_in_memory: House) -> None:
    stand(house_in_memory, Platform())
    (found,) = (await house_in_memory.of("administrator").get(f"{V1}/connectors")).json()["items"]
    assert (found["name"], found["plugin"], found["signs_in"]) == ("scripted", "invented", True)
    assert found["manifest"]["entities"] == ["learners", "results"]
    assert found["manifest"]["scopes"] == [{"scope": "marks", "reason": "чтобы видеть отметки"}]
    fields = found["schema"]["properties"]
    assert [name for name, _ in sorted(fields.items(), key=lambda each: each[1]["x-order"])] == [
        "base_url",
        "auth",
        "school",
        "page_size",
        "proxy_password",
    ]
    assert fields["base_url"]["title"] == "Адрес"
    assert len(fields["auth"]["oneOf"]) == 2
    token = found["schema"]["$defs"]["Pasted"]["properties"]["token"]
    assert (token["x-secret"], token["writeOnly"]) == (True, True)
    assert fields["proxy_password"]["x-secret"]
    assert code(await house_in_memory.of("administrator").get(f"{V1}/connectors/nothing")) == (404, "not_found")
    nothing = {**PASTED, "connector": "nothing"}
    unknown = await house_in_memory.of("administrator").post(f"{V1}/connections", json=nothing)
    assert code(unknown) == (422, "connector_unknown")
    assert unknown.json()["available"] == ["scripted"]


async def test_from_the_draft_to_the_removal(house_in_memory: House) -> None:
    house, platform = house_in_memory, Platform()
    stand(house, platform)
    admin = house.of("administrator")
    made = await admin.post(f"{V1}/connections", json=PASTED)
    assert made.status_code == 201, made.text
    draft: Json = made.json()
    at = made.headers["location"]
    assert draft["state"] == "draft"
    assert draft["configuration"]["auth"] == {"kind": "pasted"}
    assert draft["secrets"] == {"auth/token": "set", "proxy_password": "not_set"}

    checked = (await admin.post(f"{at}/check")).json()
    assert (checked["outcome"], checked["state"], checked["identity"]["title"]) == ("ok", "ready", "Школа acc-1")
    assert [(each["name"], each["state"], each["missing"], each["chosen"]) for each in checked["streams"]] == [
        ("learners", "ok", "", True),
        ("marks", "missing_right", "marks", True),
        ("files", "unknown", "", False),
    ]
    read = await admin.get(at)
    assert read.json()["proposed_file_hosts"] == ["files.platform.test"]
    same = await admin.get(at, headers={"If-None-Match": read.headers["etag"]})
    assert same.status_code == 304

    stale = await admin.patch(at, json={"title": "Другое"}, headers={"If-Match": made.headers["etag"]})
    assert code(stale) == (412, "precondition_failed")
    tag = {"If-Match": read.headers["etag"]}
    changed = await admin.patch(at, json={"title": "Другое", "rate": 2.5}, headers=tag)
    assert (changed.json()["title"], changed.json()["rate"], changed.json()["state"]) == ("Другое", 2.5, "ready")

    for _ in range(2):
        assert (await admin.post(f"{at}/pause")).json()["state"] == "paused"
    assert (await admin.post(f"{at}/resumption")).json()["state"] == "ready"

    gone = await admin.delete(at, headers={"If-Match": "*"})
    assert gone.status_code == 204
    assert (await admin.get(at)).json()["state"] == "removed"
    assert (await admin.get(f"{V1}/connections")).json()["items"] == []
    assert len((await admin.get(f"{V1}/connections", params={"removed": "true"})).json()["items"]) == 1
    for refused in (await admin.post(f"{at}/check"), await admin.post(f"{at}/pause")):
        assert code(refused) == (409, "connection_removed")
    assert await house.owner.fetchval("SELECT count(*) FROM connection_secrets") == 0
    told = [action for action in await house.actions() if action.startswith("connection.")]
    assert told == [
        "connection.created",
        "connection.checked",
        "connection.changed",
        "connection.paused",
        "connection.resumed",
        "connection.removed",
    ]
    again = await admin.post(f"{V1}/connections", json=PASTED)
    assert (await admin.post(f"{again.headers['location']}/check")).json()["state"] == "ready"


async def test_one_account_is_connected_once_and_never_switched(house_in_memory: House) -> None:
    house, platform = house_in_memory, Platform()
    stand(house, platform)
    admin = house.of("administrator")
    first = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]
    second = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]
    assert (await admin.post(f"{first}/check")).json()["outcome"] == "ok"
    twice = await admin.post(f"{second}/check")
    assert code(twice) == (409, "already_configured")
    assert first.endswith(twice.json()["connection_id"])
    assert (await admin.get(second)).json()["state"] == "draft"

    platform.account = "acc-2"
    other = await admin.post(f"{first}/check")
    assert code(other) == (409, "other_account")
    assert (other.json()["expected"], other.json()["found"]) == ("Школа acc-1", "Школа acc-2")
    assert (await admin.post(f"{second}/check")).json()["outcome"] == "ok"
    elsewhere = house.other.of("administrator")
    there = (await elsewhere.post(f"{V1}/connections", json=PASTED)).headers["location"]
    assert (await elsewhere.post(f"{there}/check")).json()["outcome"] == "ok"
    assert code(await elsewhere.get(first)) == (404, "not_found")


async def test_a_dead_token_asks_for_a_new_one(house_in_memory: House) -> None:
    house, platform = house_in_memory, Platform(echo=True)
    stand(house, platform)
    admin = house.of("administrator")
    at = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]
    await admin.post(f"{at}/check")
    platform.tokens = {"another-token-4712"}
    report = (await admin.post(f"{at}/check")).json()
    assert (report["outcome"], report["state"]) == ("auth", "needs_sign_in")
    assert "•••" in report["message"]
    said = (await admin.get(at)).json()
    assert said["state"] == "needs_sign_in"
    assert "401" in said["state_reason"]
    body = {"base_url": "https://platform.test", "auth": {"kind": "pasted", "token": "another-token-4712"}}
    changed = await admin.patch(at, json={"configuration": body}, headers={"If-Match": "*"})
    assert changed.json()["state"] == "draft"
    assert (await admin.post(f"{at}/check")).json()["state"] == "ready"


async def test_secrets_stay_until_they_are_replaced_and_go_to_no_other_host(house_in_memory: House) -> None:
    house = house_in_memory
    stand(house, Platform())
    admin, anyway = house.of("administrator"), {"If-Match": "*"}
    at = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]
    kept = {"base_url": "https://platform.test", "auth": {"kind": "pasted"}, "proxy_password": "open-sesame"}
    changed = await admin.patch(at, json={"configuration": kept}, headers=anyway)
    assert changed.json()["secrets"] == {"auth/token": "set", "proxy_password": "set"}
    assert (await admin.post(f"{at}/check")).json()["outcome"] == "ok"

    removed = {**kept, "proxy_password": None}
    changed = await admin.patch(at, json={"configuration": removed}, headers=anyway)
    assert changed.json()["secrets"] == {"auth/token": "set", "proxy_password": "not_set"}
    needed = await admin.patch(
        at, json={"configuration": {**kept, "auth": {"kind": "pasted", "token": None}}}, headers=anyway
    )
    assert code(needed) == (422, "configuration_invalid")
    assert [each["field"] for each in needed.json()["errors"]] == ["configuration.auth.pasted.token"]

    elsewhere = {"base_url": "https://evil.test", "auth": {"kind": "pasted"}}
    refused = await admin.patch(at, json={"configuration": elsewhere}, headers=anyway)
    assert code(refused) == (409, "secrets_needed")
    assert refused.json()["fields"] == ["auth/token"]
    plain = {"base_url": "http://platform.test", "auth": {"kind": "pasted", "token": TOKEN}}
    refused = await admin.patch(at, json={"configuration": plain}, headers=anyway)
    assert code(refused) == (409, "platform_refused")
    assert "allow_http" in refused.json()["detail"]
    other_kind = {"base_url": "https://platform.test", "auth": {"kind": "consent", "client_id": "x"}}
    refused = await admin.patch(at, json={"configuration": other_kind}, headers=anyway)
    assert code(refused) == (422, "configuration_invalid")
    moved = {"base_url": "https://evil.test", "auth": {"kind": "pasted", "token": "typed-in-anew"}}
    assert (await admin.patch(at, json={"configuration": moved}, headers=anyway)).status_code == 200


async def test_what_changed_during_a_check_was_not_checked(house_in_memory: House) -> None:
    house, platform = house_in_memory, Platform()
    stand(house, platform)
    admin = house.of("administrator")
    at = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]

    async def another_token() -> None:
        body = {"base_url": "https://platform.test", "auth": {"kind": "pasted", "token": "somebody-elses-1"}}
        assert (await admin.patch(at, json={"configuration": body}, headers={"If-Match": "*"})).status_code == 200

    platform.meanwhile = another_token
    assert code(await admin.post(f"{at}/check")) == (409, "stale_state")
    assert (await admin.get(at)).json()["state"] == "draft"


async def test_what_changes_nothing_of_the_streams_keeps_the_fingerprint(house_in_memory: House) -> None:
    house = house_in_memory
    stand(house, Platform())
    admin = house.of("administrator")
    at = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]

    async def fingerprint(**changes: object) -> str:
        body = {"base_url": "https://platform.test", "auth": {"kind": "pasted"}, **changes}
        await admin.patch(at, json={"configuration": body}, headers={"If-Match": "*"})
        return str((await admin.get(f"{at}/diagnostics")).json()["fingerprint"])

    first = await fingerprint()
    assert await fingerprint(page_size=50) == first
    assert await fingerprint(auth={"kind": "pasted", "token": "another"}) == first
    assert await fingerprint(school="5") != first


async def test_a_connection_whose_plugin_is_gone_is_kept(house_in_memory: House) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    admin = house.of("administrator")
    at = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]
    await admin.post(f"{at}/check")
    house.app.state.connections = services.with_simulators(type(services.catalog)(), services.make_transport)
    said = (await admin.get(at)).json()
    assert (said["state"], said["state_reason"]) == ("unavailable", "no enabled plugin offers it")
    assert code(await admin.post(f"{at}/check")) == (409, "connector_unavailable")
    assert (await admin.get(f"{at}/diagnostics")).json()["plugin"] is None
    house.app.state.connections = services
    assert (await admin.get(at)).json()["state"] == "ready"


async def test_a_connector_that_breaks_breaks_nothing_else(house_in_memory: House) -> None:
    class Broken(Scripted):
        async def check(self) -> None:  # type: ignore[override]
            message = f"unexpected: {self.filled.auth.token.get_secret_value()}"
            raise KeyError(message)

    house = house_in_memory
    stand(house, Platform(), Broken)
    admin = house.of("administrator")
    at = (await admin.post(f"{V1}/connections", json=PASTED)).headers["location"]
    report = (await admin.post(f"{at}/check")).json()
    assert (report["outcome"], report["message"]) == ("bug", "the connector made a mistake (KeyError)")
