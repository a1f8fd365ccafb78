"""Connections that give up on clients who are slow to say what they want."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from core.web.errors import BodyTooSlow
from core.web.problems import PROBLEM_JSON, problem_body

LONGEST_HEAD: Final = 20.0
"""Seconds from the beginning of a connection, or from the first byte of a further request, to the end of its head."""


MOST_UNREAD: Final = 512 * 1024
"""Bytes of a body that may lie unread before its sender has to wait."""
LONGEST_GOODBYE: Final = 2.0
"""Seconds in which a client that is still sending may read why nobody listens any more."""


class _LingeringTransport:
    """A transport that, closed while somebody still sends, ends its own half first (RFC 9112, 9.6).

    A plain close would answer the bytes that are on their way with a reset, which takes the refusal from the client's
    hands before it has read it.
    """

    def __init__(self, transport: asyncio.Transport, is_sent_to: Callable[[], bool]) -> None:
        self._transport = transport
        self._is_sent_to = is_sent_to
        self.lingers = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transport has
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Say whether nothing more is to be written."""
        return self.lingers or bool(self._transport.is_closing())

    def close(self) -> None:
        """Close at once when nobody sends, else after the other side has, or after `LONGEST_GOODBYE`."""
        if self.lingers or self._transport.is_closing() or not self._is_sent_to():
            self._transport.close()
            return
        self.lingers = True
        self._transport.write_eof()
        self._transport.resume_reading()
        asyncio.get_running_loop().call_later(LONGEST_GOODBYE, self._transport.close)


class ImpatientProtocol(HttpToolsProtocol):
    """Closes a connection whose request does not begin, or whose head does not end, within `longest_head` seconds.

    uvicorn limits the pause between requests only: clients that drip a head byte by byte would hold a connection each
    for ever. The body has limits of its own. Whoever is refused while sending can read why.
    """

    longest_head: float = LONGEST_HEAD
    most_unread: int = MOST_UNREAD

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - those of uvicorn
        super().__init__(*args, **kwargs)
        self._head_ends: asyncio.TimerHandle | None = None
        self._begun = False
        self._in_message = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        self._door = _LingeringTransport(transport, lambda: self._begun)
        super().connection_made(cast("asyncio.Transport", self._door))
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Begin to wait for the end of the head with its first byte, also when that is an empty line before it."""
        if self._door.lingers:
            return
        if not self._in_message:
            self._begun = True
            self._wait_for_head()
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin to wait for the head of a request that came right behind another one."""
        self._in_message = self._begun = True
        self._wait_for_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop waiting: the head is here."""
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; a file of the usual size comes in without a pause."""
        if self.cycle.response_complete:
            return
        self.cycle.body = cast("bytearray", _longer(self.cycle.body, body))
        if len(self.cycle.body) > self.most_unread:
            self.flow.pause_reading()
        self.cycle.message_event.set()

    def on_message_complete(self) -> None:
        """Be ready for the next request."""
        self._in_message = self._begun = False
        super().on_message_complete()

    def _wait_for_head(self) -> None:
        if self._head_ends is None:
            self._head_ends = self.loop.call_later(self.longest_head, self._give_up)

    def _stop_waiting(self) -> None:
        if self._head_ends is not None:
            self._head_ends.cancel()
            self._head_ends = None

    def _give_up(self) -> None:
        self._head_ends = None
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            # The answer to the request before is still on its way.
            self._wait_for_head()
            return
        if self._begun:
            self.transport.write(_refusal())
        self.transport.close()


def _longer(unread: bytes | bytearray, piece: bytes) -> bytes | bytearray:
    """Return both, one after the other; a piece that finds nothing unread, as nearly every one does, is not copied."""
    if not unread:
        return piece
    if isinstance(unread, bytearray):
        unread += piece
        return unread
    return bytearray().join((unread, piece))


def _refusal() -> bytes:
    body = json.dumps(problem_body(BodyTooSlow(), language="ru"), ensure_ascii=False).encode()
    head = (
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nCache-Control: no-store\r\n"
        f"Content-Type: {PROBLEM_JSON}\r\nContent-Language: ru\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
