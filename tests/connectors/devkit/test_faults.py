"""A switch does what it says, for the requests it names, and nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from core.devkit.faults import (
    Asked,
    CutBody,
    DeadToken,
    EchoedRequest,
    ErrorObject,
    Fault,
    FaultAnswer,
    Faults,
    HtmlPage,
    LargerFile,
    LimitReached,
    MissingFields,
    MissingScope,
    MissingTwins,
    NewField,
    NullFields,
    PrivateRedirect,
    Refusal,
    RoundedIds,
    ServerError,
    ShortPage,
    SlowAnswer,
    UnknownValue,
)
from core.devkit.middleware import ConnectionCut, FaultMiddleware, Receive, Scope, Send

LONG = 1_234_567_890_123_456_789
ANSWER = {"id": LONG, "id_str": str(LONG), "kind": "known", "list": [{"id": LONG, "name": "Иванова"}]}


async def platform(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers everything with the same object, files with the same bytes."""
    is_file = scope["path"].startswith("/files/")
    body = b"%PDF-1.7 invented" if is_file else json.dumps(ANSWER).encode()
    kind = b"application/pdf" if is_file else b"application/json"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def in_words(refusal: Refusal, asked: Asked) -> FaultAnswer | None:
    """A platform that says errors with status 200."""
    return FaultAnswer.of(200, {"type": refusal.code}) if isinstance(refusal, ErrorObject) else None


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
async def client(faults: Faults) -> AsyncIterator[httpx.AsyncClient]:
    app = FaultMiddleware(platform, faults, shape=in_words, sign_in=("/token",), files=("/files/*",))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sim") as client:
        yield client


REFUSALS = [
    (DeadToken(), 401, {}),
    (MissingScope(scope="marks"), 403, {}),
    (LimitReached(), 429, {}),
    (LimitReached(retry_after=7), 429, {"retry-after": "7"}),
    (ServerError(status=503), 503, {}),
    (HtmlPage(), 200, {"content-type": "text/html; charset=utf-8"}),
    (EchoedRequest(status=400), 400, {}),
    (HtmlPage(status=503), 503, {"content-type": "text/html; charset=utf-8"}),
    (ErrorObject(code="invalidToken"), 200, {"content-type": "application/json"}),
]


@pytest.mark.parametrize(("fault", "status", "headers"), REFUSALS)
async def test_a_refusal_is_answered_instead_of_data(
    fault: Fault, status: int, headers: dict[str, str], faults: Faults, client: httpx.AsyncClient
) -> None:
    faults.on(fault)
    answer = await client.get("/marks")
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in headers} == headers
    assert answer.content != json.dumps(ANSWER).encode()
    assert ("retry-after" in answer.headers) == ("retry-after" in headers)
    faults.off(type(fault))
    assert (await client.get("/marks")).json() == ANSWER


async def test_a_platform_says_its_errors_in_its_own_words(faults: Faults, client: httpx.AsyncClient) -> None:
    faults.on(ErrorObject(code="requestLimit"))
    assert (await client.get("/marks")).json() == {"type": "requestLimit"}


async def test_a_switch_strikes_after_so_many_requests_and_so_many_times(
    faults: Faults, client: httpx.AsyncClient
) -> None:
    faults.on(ServerError(path="/marks/*", after=1, times=2))
    seen = [
        (await client.get(path)).status_code for path in ("/marks/1", "/groups", "/marks/2", "/marks/3", "/marks/4")
    ]
    assert seen == [200, 200, 500, 500, 200]
    assert faults.struck(ServerError) == 2


async def test_a_dead_token_harms_neither_another_one_nor_the_sign_in(
    faults: Faults, client: httpx.AsyncClient
) -> None:
    faults.on(DeadToken(token="old-token"))
    assert (await client.get("/marks", headers={"access-token": "old-token"})).status_code == 401
    assert (await client.get("/marks", params={"token": "old-token"})).status_code == 401
    assert (await client.get("/marks", headers={"access-token": "new-token"})).status_code == 200
    assert (await client.get("/token", headers={"access-token": "old-token"})).status_code == 200


async def test_only_files_are_redirected_or_larger(faults: Faults, client: httpx.AsyncClient) -> None:
    faults.on(PrivateRedirect(address="http://10.0.0.1/inside", times=1), LargerFile(extra_bytes=100_000))
    assert (await client.get("/marks")).json() == ANSWER
    redirected = await client.get("/files/1")
    assert (redirected.status_code, redirected.headers["location"]) == (302, "http://10.0.0.1/inside")
    larger = await client.get("/files/1")
    assert len(larger.content) == len(b"%PDF-1.7 invented") + 100_000
    assert "content-length" not in larger.headers


async def test_a_cut_body_is_an_error_of_the_network(faults: Faults, client: httpx.AsyncClient) -> None:
    faults.on(CutBody(after_bytes=5, times=1))
    with pytest.raises(ConnectionCut):
        await client.get("/marks")
    assert (await client.get("/marks")).json() == ANSWER


async def test_a_slow_answer_comes_late(faults: Faults, client: httpx.AsyncClient) -> None:
    faults.on(SlowAnswer(seconds=30))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.get("/marks")


REWRITINGS = [
    (NewField(name="extra"), lambda value: "extra" in value and "extra" in value["list"][0]),
    (MissingFields(fields=("id", "name")), lambda value: "id" not in value and value["list"] == [{}]),
    (NullFields(fields=("name",)), lambda value: value["list"][0]["name"] is None and "name" not in value),
    (UnknownValue(name="kind", value="?"), lambda value: value["kind"] == "?" and "kind" not in value["list"][0]),
    (RoundedIds(), lambda value: value["id"] != LONG and value["id_str"] == str(LONG) != str(value["list"][0]["id"])),
    (MissingTwins(), lambda value: "id_str" not in value and value["id"] == LONG),
]


@pytest.mark.parametrize(("fault", "holds"), REWRITINGS)
async def test_every_object_of_an_answer_is_rewritten(
    fault: Fault, holds: object, faults: Faults, client: httpx.AsyncClient
) -> None:
    faults.on(fault)
    assert callable(holds)
    assert holds((await client.get("/marks")).json())


async def test_switches_that_rewrite_work_together(faults: Faults, client: httpx.AsyncClient) -> None:
    faults.on(MissingTwins(), RoundedIds(), NewField(name="one"), NewField(name="two"))
    said = (await client.get("/marks")).json()
    assert set(said) == {"id", "kind", "list", "one", "two"}
    assert said["id"] == int(float(LONG))


async def test_what_only_the_simulator_can_do_it_asks_for(faults: Faults) -> None:
    faults.on(ShortPage(path="/users", after=1, times=1, records=3))
    asked = [faults.strikes(ShortPage, path) for path in ("/users", "/marks", "/users", "/users")]
    assert [each.records if each else None for each in asked] == [None, None, 3, None]


async def test_switches_are_on_for_the_time_of_a_block(faults: Faults, client: httpx.AsyncClient) -> None:
    with faults.during(ServerError()):
        assert (await client.get("/marks")).status_code == 500
    assert (await client.get("/marks")).status_code == 200


async def test_every_request_is_counted_once(faults: Faults, client: httpx.AsyncClient) -> None:
    faults.on(ServerError(times=1), NewField())
    for path in ("/marks/1", "/marks/2", "/marks/2", "/groups"):
        await client.get(path)
    assert faults.requested == {"GET /marks/1": 1, "GET /marks/2": 2, "GET /groups": 1}
    assert faults.requests("* /marks/*") == 3
    faults.forget_requests()
    assert faults.requests() == 0
