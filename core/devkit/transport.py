"""From an HTTP client to simulators without a socket.

Unlike `httpx.ASGITransport` it lets a body arrive piece by piece, keeps the read time-out, breaks where the simulator
breaks the connection, and remembers every host that was asked for and is not simulated.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field

import httpx

from core.devkit.middleware import Application, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that left the client."""

    method: str
    host: str
    path: str
    text: str = field(repr=False)
    """Address, headers and body as one text: to look whether a secret went where it should not."""


class SimulatorTransport(httpx.AsyncBaseTransport):
    """Brings each request to the simulator of its host (`host` or `host:port`); other hosts are unreachable.

    `strayed` holds the requests to hosts that are not simulated, `beside` those to simulated hosts outside `api`.
    """

    def __init__(self, hosts: Mapping[str, Application], *, api: Collection[str] | None = None) -> None:
        self.hosts = dict(hosts)
        self.api = frozenset(hosts if api is None else api)
        self.strayed: list[Sent] = []
        self.beside: list[Sent] = []
        self._asked: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the network would; raises the errors of httpx."""
        body = await request.aread()
        host = request.headers.get("host", request.url.netloc.decode("ascii"))
        self._asked[f"{request.method} {request.url} {body.decode('utf-8', 'replace')}".strip()] += 1
        simulator = self.hosts.get(host)
        if host not in self.api:
            (self.strayed if simulator is None else self.beside).append(_sent(request, host, body))
        if simulator is None:
            message = f"{host} is not simulated"
            raise httpx.ConnectError(message, request=request)
        seconds = request.extensions.get("timeout", {}).get("read")
        exchange = _Exchange(simulator, request, body, seconds)
        try:
            start = await exchange.event()
        except BaseException:
            await exchange.aclose()
            raise
        return httpx.Response(start["status"], headers=start["headers"], stream=exchange, request=request)

    def requests(self) -> int:
        """Return how many requests left since the last `forget`."""
        return self._asked.total()

    def repeated(self) -> list[str]:
        """Return the requests that left more than once: method, address and body."""
        return [line for line, number in self._asked.items() if number > 1]

    def forget(self) -> None:
        """Count from zero again."""
        self._asked.clear()


def _sent(request: httpx.Request, host: str, body: bytes) -> Sent:
    headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    text = f"{request.url}\n{headers}\n{body.decode('utf-8', 'replace')}"
    return Sent(method=request.method, host=host, path=request.url.path, text=text)


class _Exchange(httpx.AsyncByteStream):
    """One request in a task of its own, and its answer as it arrives."""

    def __init__(self, simulator: Application, request: httpx.Request, body: bytes, seconds: float | None) -> None:
        self._request = request
        self._seconds = seconds
        self._body: bytes | None = body
        self._events: asyncio.Queue[Event | BaseException] = asyncio.Queue(maxsize=4)
        self._task = asyncio.create_task(self._run(simulator))

    async def _run(self, simulator: Application) -> None:
        url = self._request.url
        path = url.raw_path.partition(b"?")[0]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self._request.method,
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": path,
            "query_string": url.query,
            "server": (url.host, url.port),
            "client": ("127.0.0.1", 40_000),
            "root_path": "",
        }
        try:
            await simulator(scope, self._receive, self._events.put)
        except Exception as error:  # noqa: BLE001 - the reader of the body learns of whatever it was
            await self._events.put(error)

    async def _receive(self) -> Event:
        if self._body is None:
            await asyncio.Event().wait()  # the client does not go away before it has the answer
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def event(self) -> Event:
        """Return the next event of the answer; raises what broke it, or `httpx.ReadTimeout`."""
        try:
            async with asyncio.timeout(self._seconds):
                event = await self._events.get()
        except TimeoutError as error:
            message = "the simulator is slow"
            raise httpx.ReadTimeout(message, request=self._request) from error
        if isinstance(event, BaseException):
            raise event
        return event

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            event = await self.event()
            more = event.get("more_body", False)
            if event.get("body"):
                yield event["body"]

    async def aclose(self) -> None:
        """End the request at the simulator."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
