"""Bytes of a source on the local disk, for as long as they are looked at."""

import asyncio
import errno
import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from core.documents.services import DocumentServices
from core.kernel.errors import NoSpace
from core.sdk.connectors import OpenAnswer

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


@asynccontextmanager
async def received(
    documents: DocumentServices, answer: OpenAnswer, limit: int
) -> AsyncIterator[tuple[Path, str, int] | None]:
    """Lend file, SHA-256 and size of what arrives, or `None` if it is more than `limit` bytes; raise `NoSpace`."""
    documents.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(prefix="tray-", dir=documents.scratch) as target:
        digest, size = hashlib.sha256(), 0
        async for piece in answer.chunks:
            size += len(piece)
            if size > limit:
                yield None
                return
            documents.spool.require_space(len(piece))
            digest.update(piece)
            with _disk_errors(len(piece)):
                await asyncio.to_thread(target.write, piece)
        with _disk_errors(0):
            target.flush()
        yield Path(target.name), digest.hexdigest(), size


@contextmanager
def _disk_errors(size: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace(needed_bytes=size) from error
        raise
