"""In which encoding a file of a bundle is: proven, never guessed in silence."""

import codecs
from collections.abc import Iterator
from typing import IO

from charset_normalizer import from_bytes

UTF_8 = "utf-8"
WINDOWS_1251 = "windows-1251"
_CHUNK = 256 * 1024
_SAMPLE = 64 * 1024
_CYRILLIC = ("cp1251", "koi8_r", "cp866", "mac_cyrillic", "iso8859_5")
"""What Russian text without Unicode has ever been written in."""
_FOREIGN = frozenset("ЂЃѓЉЊЌЋЏђљњќћџЈј†‡‰¤¦¨¬")
"""Characters of windows-1251 that no list of Russian names has: they come from another encoding."""


class EncodingUnknown(ValueError):
    """The bytes are text in no encoding that can be proven."""


def encoding_of(content: IO[bytes], *, wanted: str) -> str:
    """Return the codec that decodes the whole file: `wanted`, or with `detect` the one it is proven to be in.

    UTF-8 is tried first: other text is practically never valid in it. Windows-1251 is believed only where nothing but
    Russian text comes out and no other Cyrillic encoding explains the bytes better. Raises `EncodingUnknown`.
    """
    tried = _Tried(UTF_8), _Tried(WINDOWS_1251)
    sample = bytearray()
    for chunk in iter(lambda: content.read(_CHUNK), b""):
        if b"\0" in chunk:
            detail = "has zero bytes in it: it is no text, or text in UTF-16"
            raise EncodingUnknown(detail)
        for each in tried:
            each.feed(chunk)
        sample += b"" if len(sample) >= _SAMPLE else b"\n".join(_telling(chunk))
    for each in tried:
        each.feed(b"", final=True)
    utf_8, windows = tried
    if wanted != "detect":
        chosen = utf_8 if wanted == UTF_8 else windows
        if chosen.failed:
            detail = f"is not in {wanted}"
            raise EncodingUnknown(detail)
        return _codec(chosen.name)
    if not utf_8.failed:
        return _codec(UTF_8)
    if windows.failed or windows.foreign or not _is_windows_1251(bytes(sample[:_SAMPLE])):
        detail = "is neither in UTF-8 nor beyond doubt in windows-1251; export it in UTF-8"
        raise EncodingUnknown(detail)
    return WINDOWS_1251


def _codec(name: str) -> str:
    return "utf-8-sig" if name == UTF_8 else name


def _telling(chunk: bytes) -> Iterator[bytes]:
    """The lines with bytes beyond ASCII: the others say nothing."""
    return (line for line in chunk.splitlines() if not line.isascii())


def _is_windows_1251(sample: bytes) -> bool:
    best = from_bytes(sample, cp_isolation=list(_CYRILLIC)).best()
    return best is not None and best.encoding == "cp1251"


class _Tried:
    def __init__(self, name: str) -> None:
        self.name = name
        self.failed = False
        self.foreign = False
        self._decoder = codecs.getincrementaldecoder(name)("strict")

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        if self.failed:
            return
        try:
            decoded = self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self.failed = True
            return
        if self.name == WINDOWS_1251 and not self.foreign and not decoded.isascii():
            self.foreign = not _FOREIGN.isdisjoint(decoded)
