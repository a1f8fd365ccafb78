"""Bodies as they arrive: counted, decoded within bounds, and found out when they were cut."""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

import httpx

from core.sdk.errors import ConnectorRecordRefused, ConnectorTransient

ENCODINGS: Final = "gzip, deflate"
_EITHER: Final = 47
"""Tells zlib to recognise gzip and zlib by their heads."""
_GZIP: Final = b"\x1f\x8b"
_PIECE: Final = 256 * 1024


class TooLarge(ConnectorRecordRefused):
    """A body beyond the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the answer is larger than {limit} bytes")
        self.limit = limit


class _Decoder:
    """Decodes one body piece by piece; no piece is larger than some hundred kilobytes, whatever it expands to."""

    def __init__(self, encoding: str) -> None:
        self._inflate = None if encoding in {"", "identity"} else zlib.decompressobj(_EITHER)

    def pieces(self, received: bytes) -> Iterator[bytes]:
        """Yield what `received` adds; raise `zlib.error` for what is damaged."""
        if self._inflate is None:
            yield received
            return
        rest, full = received, False
        while rest or full:
            self._inflate = self._next_member(self._inflate, rest)
            piece = self._inflate.decompress(rest, _PIECE)
            yield piece
            # A full piece may leave more behind, in the decoder itself.
            full = len(piece) == _PIECE and not self._inflate.eof
            rest = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail

    @staticmethod
    def _next_member(inflate: "zlib._Decompress", rest: bytes) -> "zlib._Decompress":
        """A gzip body may have several members (RFC 1952, 2.2)."""
        if not inflate.eof:
            return inflate
        if not _GZIP.startswith(rest[:2]):
            message = "bytes after the end"
            raise zlib.error(message)
        return zlib.decompressobj(_EITHER)

    @property
    def complete(self) -> bool:
        """Whether the end was seen."""
        return self._inflate is None or self._inflate.eof


async def body_of(response: httpx.Response, *, limit: int, announced: bool) -> AsyncIterator[bytes]:
    """Yield the decoded body; `announced`: whether the length that the head names must arrive.

    Raises `ConnectorTransient` for a body that was cut or damaged and `TooLarge` beyond `limit` bytes, received or
    decoded. Network errors pass.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        detail = f"the answer is encoded as {encoding[:40]!r}, which was not asked for"
        raise ConnectorTransient(detail)
    length = response.headers.get("content-length", "")
    received = decoded = 0
    decoder = _Decoder(encoding)
    try:
        async for raw in response.aiter_raw():
            received += len(raw)
            if received > limit:
                raise TooLarge(limit)
            for piece in decoder.pieces(raw):
                decoded += len(piece)
                if decoded > limit:
                    raise TooLarge(limit)
                if piece:
                    yield piece
    except zlib.error:
        detail = "the answer is damaged: it does not decode"
        raise ConnectorTransient(detail) from None
    if announced and ((length.isdigit() and received < int(length)) or (received and not decoder.complete)):
        detail = f"the answer was cut after {received} bytes"
        raise ConnectorTransient(detail)
