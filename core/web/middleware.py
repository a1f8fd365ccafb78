"""The envelope of every request: its id, limits on what is read, headers that protect the reader, the last catch.

Plain ASGI: bodies and answers of any size stream through it untouched.
"""

import logging
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from core.kernel.errors import DelotekaError
from core.kernel.ids import new_id
from core.web.bodies import LARGEST_BODY, LONGEST_PAUSE, BodyReader
from core.web.context import header, instance, set_request_id, web_state
from core.web.errors import HeadersTooLarge, InvalidText, QueryTooLong, UnknownHost
from core.web.problems import problem_response

API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
"""Content-Security-Policy of answers that are no pages; a page sends its own."""

_PROTECTION: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Content-Security-Policy", API_POLICY),
    ("Cache-Control", "no-store"),
)
_TRANSPORT: Final = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
_INCOMING_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL_IN_PATH: Final = re.compile("[\x00-\x1f\x7f]")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a request is read before it is refused."""

    body_bytes: int = LARGEST_BODY
    query_bytes: int = 8192
    header_count: int = 100
    header_bytes: int = 32768
    longest_pause: float = LONGEST_PAUSE
    """Seconds a body may stand still."""


def install_middleware(app: FastAPI, *, limits: Limits | None = None, hosts: Collection[str] = ()) -> None:
    """Put the envelope around `app`; `hosts` are the names it answers under (empty: any)."""
    chosen = limits or Limits()
    app.add_middleware(BodyReader, limit=chosen.body_bytes, longest_pause=chosen.longest_pause)
    app.add_middleware(RequestEnvelope, limits=chosen, hosts=hosts)


class RequestEnvelope:
    """ASGI middleware that stands outermost."""

    def __init__(self, app: ASGIApp, *, limits: Limits, hosts: Collection[str] = ()) -> None:
        self.app = app
        self.limits = limits
        self.hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer every request, with a problem document where the application raised."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identity = _request_id(scope)
        set_request_id(scope, identity)
        tokens = bind_contextvars(request_id=identity)
        try:
            await self._answer(scope, receive, _Answer(scope, send, identity))
        finally:
            reset_contextvars(**tokens)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        started = time.monotonic()
        try:
            self._check(scope)
            await self.app(scope, receive, answer.send)
        except ClientDisconnect:
            _logger.info("the client cut the connection: %s %s", scope["method"], instance(scope))
            return
        except DelotekaError as error:
            await _refuse(error, scope, receive, answer)
        except Exception:
            if answer.started:
                # The server logs it and cuts the connection: a broken answer is not taken for a whole one.
                raise
            _logger.exception("unexpected error")
            await _refuse(DelotekaError(), scope, receive, answer)
        took = round((time.monotonic() - started) * 1000, 1)
        _logger.info("%s %s %s %s ms", scope["method"], instance(scope), answer.status, took)

    def _check(self, scope: Scope) -> None:
        headers = scope["headers"]
        size = sum(len(name) + len(value) for name, value in headers)
        if len(headers) > self.limits.header_count or size > self.limits.header_bytes:
            raise HeadersTooLarge
        if len(scope["query_string"]) > self.limits.query_bytes or len(scope["path"]) > self.limits.query_bytes:
            raise QueryTooLong(limit=self.limits.query_bytes)
        if self.hosts and _host_name(scope) not in self.hosts:
            raise UnknownHost
        query = unquote_to_bytes(scope["query_string"])
        if _CONTROL.search(query) or _CONTROL_IN_PATH.search(scope["path"]):
            raise InvalidText


async def _refuse(error: DelotekaError, scope: Scope, receive: Receive, answer: "_Answer") -> None:
    if answer.started:
        raise error
    await problem_response(error, scope)(scope, receive, answer.send)


class _Answer:
    """Adds the headers that every answer carries, and remembers what was answered."""

    def __init__(self, scope: Scope, send: Send, identity: str) -> None:
        self.status: int | None = None
        self._scope = scope
        self._send = send
        self._identity = identity

    @property
    def started(self) -> bool:
        """Whether the head of the answer is on its way."""
        return self.status is not None

    async def send(self, message: Message) -> None:
        """Send one ASGI message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._identity
            for name, value in _PROTECTION:
                headers.setdefault(name, value)
            if web_state(self._scope).secure:
                headers.setdefault(*_TRANSPORT)
        await self._send(message)


def _request_id(scope: Scope) -> str:
    given = header(scope, "x-request-id")
    return given if given and _INCOMING_ID.fullmatch(given) else str(new_id())


def _host_name(scope: Scope) -> str:
    host = (header(scope, "host") or "").lower()
    name, separator, port = host.rpartition(":")
    return (name if separator and port.isdigit() else host).strip("[]")
