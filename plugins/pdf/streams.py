"""Streams that unpack to far more than they are: PDFium unpacks a page's content whole, whatever it grows to."""

import binascii
import zlib
from base64 import a85decode
from collections.abc import Iterable, Iterator

import pikepdf

LIMIT = 128 << 20
"""Bytes a stream may unpack to; pictures are exempt, they are decoded line by line."""

_FLATE = frozenset({"/FlateDecode", "/Fl"})
_TEXT = frozenset({"/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx"})
_MAX_GROWTH = 1_032
"""What one layer of Flate can make of a byte (zlib's own documentation)."""
_CHUNK = 1 << 18


def is_bomb(stream: pikepdf.Stream) -> bool:
    """Whether the stream unpacks to more than `LIMIT`; never holds more than a few blocks of it."""
    filters = _filters(stream)
    if _FLATE.isdisjoint(filters) or str(stream.stream_dict.get("/Subtype")) == "/Image":
        return False
    layers = len([name for name in filters if name in _FLATE])
    if len(raw := stream.read_raw_bytes()) * _MAX_GROWTH**layers <= LIMIT:
        return False
    blocks: Iterable[bytes] = [raw]
    try:
        for name in filters:
            if name in _TEXT:
                blocks = [_from_text(name, b"".join(blocks))]
            elif name in _FLATE:
                blocks = _inflated(blocks)
            else:
                return False
        return _is_longer(blocks)
    except (zlib.error, ValueError, binascii.Error):
        return False


def _filters(stream: pikepdf.Stream) -> list[str]:
    value = stream.stream_dict.get("/Filter")
    if isinstance(value, pikepdf.Array):
        return [str(name) for name in value]
    return [] if value is None else [str(value)]


def _from_text(name: str, text: bytes) -> bytes:
    if name in {"/ASCIIHexDecode", "/AHx"}:
        return binascii.unhexlify(b"".join(text.partition(b">")[0].split()))
    return a85decode(text.strip().removeprefix(b"<~").removesuffix(b"~>"))


def _inflated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    for block in blocks:
        pending = block
        while pending:
            yield inflater.decompress(pending, _CHUNK)
            pending = inflater.unconsumed_tail


def _is_longer(blocks: Iterable[bytes]) -> bool:
    total = 0
    for block in blocks:
        total += len(block)
        if total > LIMIT:
            return True
    return False
