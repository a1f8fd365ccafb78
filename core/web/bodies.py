"""Reads small bodies whole, within a limit, before the routes see them; lets declared raw bodies stream through."""

import asyncio
import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

from fastapi.routing import iter_route_contexts
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.web.context import header
from core.web.errors import BodyTooLarge, BodyTooSlow, MalformedRequest
from core.web.strict_json import check_json

LARGEST_BODY: Final = 1024 * 1024
"""Bytes of any body but those of raw routes."""
LONGEST_PAUSE: Final = 60.0
"""Seconds in which `LEAST_PROGRESS` bytes of a body must come in, or its end."""
LEAST_PROGRESS: Final = 4096

_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_RAW: Final = "deloteka_raw_body"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def raw_body(endpoint: Endpoint) -> Endpoint:
    """Declare that a route reads its body itself as a stream and sets its own limit (decorate below the route)."""
    setattr(endpoint, _RAW, True)
    return endpoint


class BodyReader:
    """ASGI middleware that hands routes complete bodies of at most `limit` bytes, JSON checked."""

    def __init__(self, app: ASGIApp, *, limit: int = LARGEST_BODY, longest_pause: float = LONGEST_PAUSE) -> None:
        self.app = app
        self.limit = limit
        self.longest_pause = longest_pause
        self._raw: list[tuple[re.Pattern[str], frozenset[str]]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise `BodyTooLarge`, `BodyTooSlow`, `MalformedJson` or `InvalidText` for what no route should see."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        patient = _Patience(receive, self.longest_pause)
        if self._streams(scope):
            await self.app(scope, patient.receive, send)
            return
        body = await self._read(scope, patient.receive)
        if body and _is_json(scope):
            check_json(body)
        await self.app(scope, _replay(body, receive), send)

    def _streams(self, scope: Scope) -> bool:
        if self._raw is None:
            self._raw = _raw_routes(scope)
        method, path = scope["method"], scope["path"]
        return any(method in methods and regex.match(path) for regex, methods in self._raw)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        declared = header(scope, "content-length")
        if declared is None and header(scope, "transfer-encoding") is None:
            return b""
        if declared is not None and not _LENGTH.fullmatch(declared):
            raise MalformedRequest
        if declared is not None and int(declared) > self.limit:
            raise BodyTooLarge(limit=self.limit)
        received = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            received += message.get("body", b"")
            more = message.get("more_body", False)
            if len(received) > self.limit:
                raise BodyTooLarge(limit=self.limit)
        return bytes(received)


class _Patience:
    """Waits for a body as long as it makes progress; only the time spent waiting counts, not that of the reader."""

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._left = seconds
        self._got = 0
        self._complete = False

    async def receive(self) -> Message:
        """Return the next message; raise `BodyTooSlow`."""
        if self._complete:
            return await self._receive()
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._left):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlow from None
        self._left = max(self._left - (loop.time() - began), 0)
        self._got += len(message.get("body", b""))
        if self._got >= LEAST_PROGRESS:
            self._got, self._left = 0, self._seconds
        self._complete = not message.get("more_body", False)
        return message


def _raw_routes(scope: Scope) -> list[tuple[re.Pattern[str], frozenset[str]]]:
    routes = iter_route_contexts(scope["app"].routes)
    return [
        (route.path_regex, frozenset(route.methods or ()))
        for route in routes
        if getattr(route.endpoint, _RAW, False) and route.path is not None
    ]


def _is_json(scope: Scope) -> bool:
    media_type = (header(scope, "content-type") or "").partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def _replay(body: bytes, receive: Receive) -> Receive:
    handed_over = False

    async def replay() -> Message:
        nonlocal handed_over
        if handed_over:
            return await receive()
        handed_over = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
