"""The middleware that makes a simulated platform faulty; plain ASGI, put around the whole application."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import httpx

from core.devkit.faults import (
    Asked,
    CutBody,
    DeadToken,
    FaultAnswer,
    Faults,
    LargerFile,
    LimitReached,
    PrivateRedirect,
    Refusal,
    Rewriting,
    Shape,
    SlowAnswer,
)

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An ASGI application."""


class ConnectionCut(httpx.RemoteProtocolError):
    """The simulator broke the connection: what a client sees over a socket, and through a transport without one."""

    def __init__(self) -> None:
        super().__init__("the connection was closed before the body was complete")


class FaultMiddleware:
    """A platform with its faults: `FaultMiddleware(FastAPI(…), faults, shape=…)` is what clients are given.

    `shape` says refusals in the platform's words; `sign_in` are patterns of paths that a dead token does not touch;
    `files` are patterns of paths that give files: only those are redirected or come larger than announced.
    """

    def __init__(
        self,
        platform: Application,
        faults: Faults,
        *,
        shape: Shape | None = None,
        sign_in: Sequence[str] = (),
        files: Sequence[str] = ("*",),
    ) -> None:
        self.platform = platform
        self.faults = faults
        self._shape = shape
        self._sign_in = tuple(sign_in)
        self._files = tuple(files)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.platform(scope, receive, send)
            return
        asked = _asked(scope)
        self.faults.count(asked)
        slow = self.faults.strikes(SlowAnswer, asked)
        if slow is not None:
            await asyncio.sleep(slow.seconds)
        cut = self.faults.strikes(CutBody, asked)
        out = send if cut is None else _Cutting(send, cut.after_bytes)
        refused = self._refused(asked)
        if refused is not None:
            await _say(refused, out)
        else:
            await self._answer(asked, scope, receive, out)

    def _refused(self, asked: Asked) -> FaultAnswer | None:
        """The first refusal that strikes, in the platform's words."""
        spared: tuple[type[Refusal], ...] = ()
        if _fits(asked.path, self._sign_in):
            spared += (DeadToken,)
        if not _fits(asked.path, self._files):
            spared += (PrivateRedirect,)
        refusal = self.faults.strikes(Refusal, asked, but=spared)
        return None if refusal is None else self._said(refusal, asked)

    def _said(self, refusal: Refusal, asked: Asked) -> FaultAnswer:
        answer = (self._shape(refusal, asked) if self._shape else None) or refusal.answer(asked)
        if isinstance(refusal, LimitReached) and refusal.retry_after is not None:
            headers = {**answer.headers, "retry-after": str(refusal.retry_after)}
            return FaultAnswer(status=answer.status, body=answer.body, media_type=answer.media_type, headers=headers)
        return answer

    async def _answer(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        out = send
        larger = self.faults.strikes(LargerFile, asked) if _fits(asked.path, self._files) else None
        if larger is not None:
            out = _Enlarging(out, larger.extra_bytes)
        rewritings = self.faults.striking(Rewriting, asked)
        await self.platform(scope, receive, _Rewriter(out, rewritings) if rewritings else out)


def _asked(scope: Scope) -> Asked:
    return Asked(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
    )


def _fits(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


async def _say(answer: FaultAnswer, send: Send) -> None:
    named = {"content-type": answer.media_type, "content-length": str(len(answer.body)), **answer.headers}
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _without_length(event: Event) -> Event:
    kept = [(name, value) for name, value in event["headers"] if name.lower() != b"content-length"]
    return {**event, "headers": kept}


class _Cutting:
    """Lets some bytes of the body through, then breaks the connection."""

    def __init__(self, send: Send, left: int) -> None:
        self._send = send
        self._left = left

    async def __call__(self, event: Event) -> None:
        if event["type"] != "http.response.body":
            await self._send(event)
            return
        body: bytes = event.get("body", b"")
        last = not event.get("more_body", False)
        through = body[: min(self._left, max(0, len(body) - 1) if last else len(body))]
        self._left -= len(through)
        await self._send({"type": "http.response.body", "body": through, "more_body": True})
        if last or len(through) < len(body):
            raise ConnectionCut


class _Enlarging:
    """Adds bytes after the body."""

    def __init__(self, send: Send, extra: int) -> None:
        self._send = send
        self._extra = extra

    async def __call__(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            await self._send(_without_length(event))
            return
        last = not event.get("more_body", False)
        await self._send({**event, "more_body": True})
        if last:
            piece = b"\0" * 65_536
            for start in range(0, self._extra, len(piece)):
                some = piece[: min(len(piece), self._extra - start)]
                await self._send({"type": "http.response.body", "body": some, "more_body": True})
            await self._send({"type": "http.response.body", "body": b""})


class _Rewriter:
    """Holds a JSON body back, rewrites every object in it, and sends it."""

    def __init__(self, send: Send, rewritings: Sequence[Rewriting]) -> None:
        self._send = send
        self._rewritings = rewritings
        self._start: Event | None = None
        self._body = bytearray()

    async def __call__(self, event: Event) -> None:
        if event["type"] == "http.response.start" and _is_json(event):
            self._start = event
        elif self._start is None:
            await self._send(event)
        else:
            self._body += event.get("body", b"")
            if not event.get("more_body", False):
                await self._send(_without_length(self._start))
                body = json.dumps(self._rewritten(json.loads(self._body or b"null")), ensure_ascii=False).encode()
                await self._send({"type": "http.response.body", "body": body})

    def _rewritten(self, value: object) -> object:
        if isinstance(value, list):
            return [self._rewritten(each) for each in value]
        if not isinstance(value, dict):
            return value
        whole: dict[str, object] = {name: self._rewritten(each) for name, each in value.items()}
        for rewriting in self._rewritings:
            whole = rewriting.rewrite(whole)
        return whole


def _is_json(event: Event) -> bool:
    return any(name.lower() == b"content-type" and b"json" in value for name, value in event["headers"])
