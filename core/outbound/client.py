"""The client that connectors are handed: every request within the policy, the rate and the limits of a connection."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx
import stamina
from aiolimiter import AsyncLimiter

from core.outbound.decoding import ENCODINGS, TooLarge, body_of
from core.outbound.limits import Limits
from core.outbound.policy import Policy, authority_of
from core.outbound.redaction import Redactor
from core.outbound.repeating import TRANSIENT, backoff, retry_after
from core.outbound.sending import Outgoing, network_errors, next_hop
from core.outbound.transport import guarded_transport
from core.sdk.connectors import Answer, Judge, OpenAnswer, Parameters
from core.sdk.errors import (
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)


class FileAddressRefused(ConnectorRecordRefused):
    """A file lies where the connection may not go; `host` names it, if that is why: an operator may confirm it."""

    def __init__(self, detail: str, *, host: str = "") -> None:
        super().__init__(detail)
        self.host = host


@dataclass(slots=True)
class Traffic:
    """What one client has sent and received."""

    requests: int = 0
    """Every request that left, repetitions and hops included."""
    repeated: int = 0
    received: int = 0
    """Bytes of bodies, decoded."""


@dataclass(slots=True, kw_only=True)
class _Tools:
    limits: Limits
    limiter: AsyncLimiter | None
    clock: Callable[[], datetime]
    traffic: Traffic = field(default_factory=Traffic)


class GuardedClient:
    """Implements `core.sdk.connectors.HttpClient` for one connection; open it as an asynchronous context.

    `rate` is in requests a second, shared by everything that is asked through this object. `transport` is usually
    `guarded_transport`; with another nothing need go to the network (a simulator behind `httpx.ASGITransport`), and
    the policy holds all the same.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        clock: Callable[[], datetime],
        redactor: Redactor | None = None,
        rate: float | None = None,
        limits: Limits | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.policy = policy
        self.redactor = redactor or Redactor()
        limits = limits or Limits()
        # One at a time keeps the rate strictly: a bucket that holds more would begin with a burst.
        limiter = AsyncLimiter(1, 1 / rate) if rate else None
        self._tools = _Tools(limits=limits, limiter=limiter, clock=clock)
        self._transport = transport or guarded_transport(policy, limits=limits)

    @property
    def traffic(self) -> Traffic:
        """What was sent and received so far."""
        return self._tools.traffic

    async def __aenter__(self) -> Self:
        """Open it; connections are made when they are needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its connections."""
        await self._transport.aclose()

    async def request(  # noqa: PLR0913 (the contract's)
        self,
        method: str,
        url: str,
        *,
        judge: Judge,
        params: Parameters = (),
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Parameters | None = None,
    ) -> Answer:
        """Send a request, repeatedly if need be, and return the answer that `judge` lets pass.

        Raises the connector errors of `judge` and of the network, without any secret in them.
        """
        with self._redacting():
            outgoing = Outgoing.of(
                method, url, params=params, headers=headers, secret_headers=secret_headers, json=json, form=form
            )
            self._learn(outgoing)
            async for attempt in self._attempts():
                # Innermost, because repetitions are logged with their reason.
                with attempt, self._redacting():
                    self.traffic.repeated += attempt.num > 1
                    return await self._answer(outgoing, judge)
        raise _Unreachable

    @asynccontextmanager
    async def stream(
        self,
        url: str,
        *,
        params: Parameters = (),
        secret_headers: Mapping[str, str] | None = None,
        secret_params: Parameters = (),
    ) -> AsyncIterator[OpenAnswer]:
        """Open a GET whose body streams by; opening it is repeated, a body that breaks off is `ConnectorTransient`."""
        with self._redacting():
            outgoing = Outgoing.of(
                "GET", url, params=params, secret_headers=secret_headers, secret_params=secret_params
            )
            self._learn(outgoing)
            try:
                response = await self._opened(outgoing)
            except ConnectorMisconfigured as error:
                # One file at a strange place stops no stream: it is that record's own fault.
                raise FileAddressRefused(error.detail, host=str(error.facts.get("host", ""))) from None
        try:
            yield OpenAnswer(
                status=response.status_code, headers=_headers(response), chunks=self._chunks(response, outgoing)
            )
        finally:
            await response.aclose()

    async def _opened(self, outgoing: Outgoing) -> httpx.Response:
        async for attempt in self._attempts():
            with attempt, self._redacting():
                self.traffic.repeated += attempt.num > 1
                response = await self._followed(outgoing, files=True)
                if response.status_code in TRANSIENT:
                    await response.aclose()
                    raise self._later(response.status_code, _headers(response))
                return response
        raise _Unreachable

    async def _answer(self, outgoing: Outgoing, judge: Judge) -> Answer:
        limits = self._tools.limits
        response = await self._followed(outgoing)
        try:
            async with asyncio.timeout(limits.answer_seconds):
                body = b"".join([piece async for piece in self._body(response, outgoing, limits.answer_bytes)])
        except TimeoutError:
            detail = f"no whole answer within {limits.answer_seconds:g} seconds"
            raise ConnectorTransient(detail) from None
        except TooLarge as error:
            raise ConnectorBug(error.detail) from None
        finally:
            await response.aclose()
        answer = Answer(status=response.status_code, headers=_headers(response), body=body)
        try:
            judge(answer)
        except ConnectorTransient as error:
            if error.retry_after is None:
                error.retry_after = self._asked_pause(answer.headers)
            raise
        if answer.status in TRANSIENT:
            raise self._later(answer.status, answer.headers)
        return answer

    async def _followed(self, outgoing: Outgoing, *, files: bool = False) -> httpx.Response:
        """Send, and follow redirects hop by hop; each hop is held against the policy."""
        for _ in range(self._tools.limits.redirects + 1):
            self.policy.admit(outgoing.method, outgoing.url, files=files)
            response = await self._sent(outgoing)
            try:
                following = next_hop(outgoing, response, self.redactor)
            except ConnectorError:
                await response.aclose()
                raise
            if following is None:
                return response
            await response.aclose()
            outgoing = following
        detail = f"more than {self._tools.limits.redirects} redirects"
        raise ConnectorTransient(detail)

    async def _sent(self, outgoing: Outgoing) -> httpx.Response:
        limits = self._tools.limits
        request = outgoing.request(
            trusted=self.policy.trusts(outgoing.url),
            encodings=ENCODINGS,
            timeouts={
                "connect": limits.connect_seconds,
                "read": limits.answer_seconds,
                "write": limits.answer_seconds,
                "pool": limits.answer_seconds,
            },
        )
        if self._tools.limiter is not None:
            await self._tools.limiter.acquire()
        self.traffic.requests += 1
        with network_errors(authority_of(outgoing.url)):
            async with asyncio.timeout(limits.answer_seconds):
                return await self._transport.handle_async_request(request)

    async def _body(self, response: httpx.Response, outgoing: Outgoing, limit: int) -> AsyncIterator[bytes]:
        with network_errors(authority_of(outgoing.url)):
            async for piece in body_of(response, limit=limit, announced=outgoing.method != "HEAD"):
                self.traffic.received += len(piece)
                yield piece

    async def _chunks(self, response: httpx.Response, outgoing: Outgoing) -> AsyncIterator[bytes]:
        limits = self._tools.limits
        body = self._body(response, outgoing, limits.stream_bytes)
        with self._redacting():
            while True:
                try:
                    async with asyncio.timeout(limits.answer_seconds):
                        piece = await anext(body)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    detail = f"nothing arrived for {limits.answer_seconds:g} seconds"
                    raise ConnectorTransient(detail) from None
                yield piece

    def _attempts(self) -> AsyncIterable[stamina.Attempt]:
        limits = self._tools.limits
        return stamina.retry_context(
            on=backoff(limits),
            attempts=limits.attempts,
            timeout=limits.deadline_seconds,
            wait_initial=limits.first_pause_seconds,
            wait_max=limits.longest_pause_seconds,
            wait_jitter=limits.first_pause_seconds,
        )

    def _asked_pause(self, headers: Mapping[str, str]) -> int | None:
        return retry_after(headers.get("retry-after", ""), self._tools.clock())

    def _later(self, status: int, headers: Mapping[str, str]) -> ConnectorTransient:
        return ConnectorTransient(f"the platform answers {status}: not now", retry_after=self._asked_pause(headers))

    def _learn(self, outgoing: Outgoing) -> None:
        self.redactor.learn(*outgoing.secrets)

    @contextmanager
    def _redacting(self) -> Iterator[None]:
        """Let connector errors pass without secrets."""
        try:
            yield
        except ConnectorError as error:
            error.detail = self.redactor(error.detail)
            error.args = (error.detail,)
            error.facts = self.redactor.redact(error.facts)
            cause = error.__cause__ or error.__context__
            if cause is not None and self.redactor.holds(str(cause)):
                error.__cause__, error.__suppress_context__ = None, True
            raise


class _Unreachable(AssertionError):
    """Every attempt returns or raises."""


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
