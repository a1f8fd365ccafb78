"""The transport without a socket behaves as a network does."""

import asyncio

import httpx
import pytest

from core.devkit.middleware import ConnectionCut, Receive, Scope, Send
from core.devkit.transport import SimulatorTransport


class Platform:
    """Sends its body in pieces, as fast as they are taken."""

    def __init__(self) -> None:
        self.sent = 0
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = (await receive())["body"].decode()
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"x-asked", asked.encode())]})
            if scope["path"] == "/late":
                await asyncio.sleep(60)
            for _ in range(1_000):
                if scope["path"] == "/broken" and self.sent == 3:
                    raise ConnectionCut
                self.sent += 1
                await send({"type": "http.response.body", "body": b"x" * 1_000, "more_body": True})
            await send({"type": "http.response.body", "body": b"end"})
        finally:
            self.ended.set()


def client_of(platform: Platform, *, api: str = "api.example") -> tuple[httpx.AsyncClient, SimulatorTransport]:
    transport = SimulatorTransport({"api.example": platform, "files.example": platform}, api={api})
    return httpx.AsyncClient(transport=transport, timeout=2, trust_env=False), transport


async def test_a_body_arrives_in_pieces_and_nobody_sends_what_is_not_taken() -> None:
    platform = Platform()
    client, _ = client_of(platform)
    async with client.stream("POST", "https://api.example/file", content=b"please") as answer:
        assert answer.headers["x-asked"] == "please"
        assert len(await anext(answer.aiter_raw())) == 1_000
        assert platform.sent < 10
    await asyncio.wait_for(platform.ended.wait(), 5)
    assert platform.sent < 10


async def test_a_whole_body_is_whole() -> None:
    client, _ = client_of(Platform())
    assert len((await client.get("https://api.example/file")).content) == 1_000_003


async def test_what_breaks_at_the_platform_breaks_at_the_client() -> None:
    client, _ = client_of(Platform())
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("https://api.example/broken")


async def test_a_body_that_does_not_come_is_given_up() -> None:
    platform = Platform()
    client, _ = client_of(platform)
    with pytest.raises(httpx.ReadTimeout):
        await client.get("https://api.example/late")
    assert platform.ended.is_set()


async def test_every_host_that_is_asked_is_known() -> None:
    client, transport = client_of(Platform())
    await client.get("https://files.example/file", params={"key": "open"})
    with pytest.raises(httpx.ConnectError):
        await client.get("https://elsewhere.example/inside", headers={"x-key": "secret"})
    await client.get("https://api.example/file")
    assert [(sent.host, sent.path) for sent in transport.beside] == [("files.example", "/file")]
    assert [(sent.host, "secret" in sent.text) for sent in transport.strayed] == [("elsewhere.example", True)]
    assert "secret" not in repr(transport.strayed)
    assert (transport.requests(), transport.repeated()) == (3, [])
    await client.get("https://api.example/file")
    assert transport.repeated() == ["GET https://api.example/file"]
    transport.forget()
    assert transport.requests() == 0
