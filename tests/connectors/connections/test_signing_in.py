"""Sign-ins in the browser, and tokens that are renewed."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from pydantic import SecretStr

from core.connections.opening import open_connector
from core.connections.services import ConnectionServices
from core.connections.token_store import KeptTokens
from core.outbound import Redactor
from core.sdk.connectors import Tokens
from storage.memory import MemoryVault
from tests.connectors.connections.scripted import CODE, CONSENT, Platform, stand
from tests.registry.conftest import BuildHouse
from tests.registry_house import House, code

V1 = "/api/v1"
HERE = "https://deloteka.test"


@pytest.fixture
async def public_house(build_house: BuildHouse, clock: Any) -> House:  # noqa: ANN401 (a clock of tests)
    settings = {"DELOTEKA_SERVICE__PUBLIC_URL": HERE, "DELOTEKA_SERVICE__SECURE_COOKIES": "true"}
    return await build_house(vault=MemoryVault(clock), settings=settings)


async def begun(house: House, at: str) -> tuple[str, dict[str, list[str]]]:
    answer = await house.browser("administrator").post(f"{at}/sign-in")
    assert answer.status_code == 200, answer.text
    return answer.json()["redirect_uri"], parse_qs(urlsplit(answer.json()["address"]).query)


async def test_a_sign_in_comes_back_once_to_whoever_began_it(public_house: House) -> None:
    house, platform = public_house, Platform()
    stand(house, platform)
    admin = house.browser("administrator")
    at = (await admin.post(f"{V1}/connections", json=CONSENT)).headers["location"]
    redirect_uri, query = await begun(house, at)
    assert redirect_uri == f"{HERE}{V1}/connections/sign-in/callback"
    assert query["to"] == [redirect_uri]
    state = query["state"][0]
    path = urlsplit(redirect_uri).path

    stranger = await house.browser("operator").get(path, params={"state": state, "code": CODE})
    assert code(stranger) == (422, "sign_in_refused")
    elsewhere = await house.other.browser("administrator").get(path, params={"state": state, "code": CODE})
    assert code(elsewhere) == (422, "sign_in_refused")
    program = await house.of("administrator").get(path, params={"state": state, "code": CODE})
    assert code(program) == (403, "session_required")
    back = await admin.get(path, params={"state": state, "code": CODE})
    assert (back.status_code, back.json()["state"]) == (200, "ready"), back.text
    assert platform.exchanges == 1
    again = await admin.get(path, params={"state": state, "code": CODE})
    assert code(again) == (422, "sign_in_refused")
    assert (await admin.post(f"{at}/check")).json()["outcome"] == "ok"

    _, query = await begun(house, at)
    house.clock.move(minutes=11)
    late = await admin.get(path, params={"state": query["state"][0], "code": CODE})
    assert code(late) == (422, "sign_in_refused")
    _, query = await begun(house, at)
    denied = await admin.get(path, params={"state": query["state"][0], "error": "access_denied"})
    assert code(denied) == (409, "platform_refused")
    _, query = await begun(house, at)
    wrong = await admin.post(
        f"{V1}/connections/sign-in/completion", json={"state": query["state"][0], "code": "another-code-1"}
    )
    assert code(wrong) == (409, "platform_refused")
    assert "another-code-1" not in wrong.text


async def test_a_sign_in_with_another_account_is_refused_and_forgotten(public_house: House) -> None:
    house, platform = public_house, Platform()
    services = stand(house, platform)
    admin = house.browser("administrator")
    at = (await admin.post(f"{V1}/connections", json=CONSENT)).headers["location"]

    async def signed_in() -> Any:  # noqa: ANN401 (an answer)
        _, query = await begun(house, at)
        body = {"state": query["state"][0], "code": CODE}
        return await admin.post(f"{V1}/connections/sign-in/completion", json=body)

    assert (await signed_in()).status_code == 200
    platform.account = "acc-2"
    other = await signed_in()
    assert code(other) == (409, "other_account")
    assert platform.exchanges == 2
    platform.account = "acc-1"
    kept = await store(house, services, at).load()
    assert kept is not None
    assert kept.access.get_secret_value() == "issued-access-1"
    house.app.state.connections = services.with_simulators(services.catalog, services.make_transport)


async def test_without_an_address_of_its_own_nobody_is_sent_away(house_in_memory: House) -> None:
    stand(house_in_memory, Platform())
    admin = house_in_memory.browser("administrator")
    at = (await admin.post(f"{V1}/connections", json=CONSENT)).headers["location"]
    refused = await admin.post(f"{at}/sign-in")
    assert code(refused) == (409, "public_address_unknown")


def store(house: House, services: ConnectionServices, at: str) -> KeptTokens:
    return KeptTokens(
        services.database,
        house.a.scope("administrator"),
        UUID(at.rpartition("/")[2]),
        keyring=lambda: services.keyring,
        redactor=Redactor(),
    )


def tokens(number: int) -> Tokens:
    return Tokens(access=SecretStr(f"access-{number}"), refresh=SecretStr(f"refresh-{number}"))


async def test_tokens_are_renewed_by_one_and_kept_before_they_are_used(house_in_memory: House) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    at = (await house.of("administrator").post(f"{V1}/connections", json=CONSENT)).headers["location"]
    first, second = store(house, services, at), store(house, services, at)
    await first.save(tokens(1))
    spent = await second.load()
    exchanged = 0

    async def exchange() -> Tokens:
        nonlocal exchanged
        exchanged += 1
        await asyncio.sleep(0.05)
        return tokens(2)

    one, other = await asyncio.gather(first.renew(spent, exchange), second.renew(spent, exchange))
    assert one.access == other.access == SecretStr("access-2")
    assert exchanged == 1
    raw = await house.owner.fetchrow("SELECT envelope, lease FROM connection_tokens")
    assert raw is not None
    assert b"access-2" not in raw["envelope"]
    assert raw["lease"] is None

    # A process that dies while it renews holds the others up for the time of its lease only.
    async def dies() -> Tokens:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await first.renew(one, dies)
    await house.owner.execute(
        "UPDATE connection_tokens SET lease = gen_random_uuid(), leased_until = $1", house.clock()
    )
    assert (await second.renew(one, exchange)).access == SecretStr("access-2")
    assert exchanged == 2


async def test_another_way_to_sign_in_forgets_what_the_former_gave(house_in_memory: House) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    admin = house.of("administrator")
    at = (await admin.post(f"{V1}/connections", json=CONSENT)).headers["location"]
    await store(house, services, at).save(tokens(1))
    app = {"kind": "consent", "client_id": "another-app"}
    body = {"base_url": "https://platform.test", "auth": app, "school": "7"}
    assert (await admin.patch(at, json={"configuration": body}, headers={"If-Match": "*"})).status_code == 200
    assert await store(house, services, at).load() is not None
    body = {"base_url": "https://platform.test", "auth": {"kind": "pasted", "token": "typed-anew-1"}}
    assert (await admin.patch(at, json={"configuration": body}, headers={"If-Match": "*"})).status_code == 200
    assert await store(house, services, at).load() is None


async def test_a_cancelled_run_keeps_the_tokens_that_it_was_given(house_in_memory: House) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    at = (await house.of("administrator").post(f"{V1}/connections", json=CONSENT)).headers["location"]
    kept = store(house, services, at)
    given = asyncio.Event()

    async def exchange() -> Tokens:
        given.set()
        return tokens(7)

    run = asyncio.create_task(kept.renew(None, exchange))
    await given.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    found = await kept.load()
    assert found is not None
    assert found.refresh == SecretStr("refresh-7")


async def test_an_open_connector_redacts_what_it_was_given(house_in_memory: House) -> None:
    house = house_in_memory
    services = stand(house, Platform())
    at = (await house.of("administrator").post(f"{V1}/connections", json=CONSENT)).headers["location"]
    await store(house, services, at).save(tokens(5))
    async with AsyncExitStack() as stack:
        scope = house.a.scope("administrator")
        opened = await stack.enter_async_context(open_connector(services, scope, UUID(at.rpartition("/")[2])))
        assert await opened.connector.connection.tokens.load()
        raw = {"url": "https://x/?key=refresh-5", "note": "client-secret-0815", "token": "t", "access-5": [1, None]}
        mask = "••••••"
        assert opened.redact(raw) == {"url": f"https://x/?key={mask}", "note": mask, "token": mask, mask: [1, None]}
        assert str(opened.zone) == "Europe/Moscow"
        assert "client-secret" not in repr(opened)
