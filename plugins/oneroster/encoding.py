"""In which encoding a file of a bundle is: proven, never guessed in silence."""

import codecs
from typing import IO

from charset_normalizer import from_bytes

DETECT = "detect"
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
    if wanted != WINDOWS_1251 and _decodes(content, UTF_8):
        return "utf-8-sig"
    if wanted == WINDOWS_1251 and _decodes(content, WINDOWS_1251):
        return WINDOWS_1251
    if wanted != DETECT:
        detail = f"is not in {wanted}"
        raise EncodingUnknown(detail)
    content.seek(0)
    seen: set[str] = set()
    if not _decodes(content, WINDOWS_1251, seen) or seen & _FOREIGN or not _is_windows_1251(content):
        detail = "is neither in UTF-8 nor beyond doubt in windows-1251; export it in UTF-8"
        raise EncodingUnknown(detail)
    return WINDOWS_1251


def _decodes(content: IO[bytes], codec: str, seen: set[str] | None = None) -> bool:
    """Whether all bytes are text in this encoding; `seen` gathers its characters."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        for chunk in iter(lambda: content.read(_CHUNK), b""):
            if b"\0" in chunk:
                detail = "has zero bytes in it: it is no text, or text in UTF-16"
                raise EncodingUnknown(detail)
            decoded = decoder.decode(chunk)
            if seen is not None:
                seen.update(decoded)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_windows_1251(content: IO[bytes]) -> bool:
    """Whether no other encoding explains the lines with bytes beyond ASCII better; the others say nothing."""
    content.seek(0)
    sample = bytearray()
    for chunk in iter(lambda: content.read(_CHUNK), b""):
        sample += b"\n".join(line for line in chunk.splitlines() if not line.isascii())
        if len(sample) >= _SAMPLE:
            break
    best = from_bytes(bytes(sample[:_SAMPLE]), cp_isolation=list(_CYRILLIC)).best()
    return best is not None and best.encoding == "cp1251"
