"""SHA-256 of streams and files, and its spellings."""

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

CHUNK = 1024 * 1024
"""Bytes read at a time."""

_HEX = re.compile(r"[0-9a-f]{64}")


class StreamingDigest:
    """SHA-256 and length of bytes that come in pieces."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._hash = hashlib.sha256()
        self.size = 0
        """Bytes seen so far."""

    def update(self, chunk: bytes | memoryview) -> None:
        """Take in the next bytes; above 2 KiB other threads run meanwhile."""
        self._hash.update(chunk)
        self.size += len(chunk)

    def hex(self) -> str:
        """64 lower-case hexadecimal digits of what was seen so far."""
        return self._hash.hexdigest()

    async def through(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """Pass chunks on while hashing them outside the event loop's thread."""
        async for chunk in chunks:
            await asyncio.to_thread(self.update, chunk)
            yield chunk


def sha256_of(data: bytes | memoryview) -> str:
    """SHA-256 of bytes in memory, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file, read in pieces; blocks, so call it in a thread.

    Raises:
        OSError: the file cannot be read.
    """
    digest = StreamingDigest()
    buffer = bytearray(CHUNK)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(view[:count])
    return digest.hex(), digest.size


async def sha256_of_file_async(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file without blocking the event loop."""
    return await asyncio.to_thread(sha256_of_file, path)


def is_sha256(text: str) -> bool:
    """Whether the text is 64 lower-case hexadecimal digits."""
    return _HEX.fullmatch(text) is not None


def hex_to_base64(sha256: str) -> str:
    """The spelling that S3 checksum headers use.

    Raises:
        ValueError: not 64 lower-case hexadecimal digits.
    """
    if not is_sha256(sha256):
        message = f"{sha256!r} is no SHA-256 in lower-case hexadecimal digits"
        raise ValueError(message)
    return base64.b64encode(bytes.fromhex(sha256)).decode("ascii")


def base64_to_hex(encoded: str) -> str:
    """64 hexadecimal digits from the spelling of S3 checksum headers.

    Raises:
        ValueError: not the Base64 of 32 bytes.
    """
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        message = f"{encoded!r} is no Base64"
        raise ValueError(message) from error
    if len(raw) != hashlib.sha256().digest_size:
        message = f"{encoded!r} is no SHA-256"
        raise ValueError(message)
    return raw.hex()
