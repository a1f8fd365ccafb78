"""A package as a bag: BagIt 1.0 (RFC 8493) in one ZIP file, written as a stream and read back against its manifests.

Memory is that of one chunk, whatever the size; entries are stored without compression and in ZIP64 form where needed.
The same content and the same moment give the same bytes, so that a repeated attempt writes the same package.
"""

import asyncio
import hashlib
import zipfile
from collections import Counter
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from storage.digest import StreamingDigest, sha256_of

PAYLOAD: Final = "data"
MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
_DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_OWNER_ONLY: Final = 0o100600 << 16
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """What a file of the bag was when it was written."""

    sha256: str
    size: int


class Bag:
    """A bag that is being written; use it in a block, and call `seal` last.

    `path` is a new local file, `name` the one folder inside it (RFC 8493, section 4), `moment` the time of every entry.
    """

    def __init__(self, path: Path, name: str, moment: datetime) -> None:
        self._name = name
        made = moment.astimezone(UTC)
        self._moment = (made.year, made.month, made.day, made.hour, made.minute, made.second)
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True)
        self._payload: dict[str, Written] = {}

    async def __aenter__(self) -> Self:
        """Write in a block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the directory of the ZIP file; what was not sealed is no bag."""
        await asyncio.to_thread(self._zip.close)

    @property
    def files(self) -> int:
        """Number of files of the payload."""
        return len(self._payload)

    @property
    def payload_bytes(self) -> int:
        """Bytes of the payload."""
        return sum(each.size for each in self._payload.values())

    async def add(self, path: str, chunks: AsyncIterable[bytes]) -> Written:
        """Add a file of the payload, named relative to `data/`; return what was written."""
        digest = StreamingDigest()
        target = await asyncio.to_thread(self._open, f"{PAYLOAD}/{path}")
        try:
            async for chunk in digest.through(chunks):
                await asyncio.to_thread(target.write, chunk)
        finally:
            await asyncio.to_thread(target.close)
        written = Written(digest.hex(), digest.size)
        self._payload[f"{PAYLOAD}/{path}"] = written
        return written

    async def add_bytes(self, path: str, content: bytes) -> Written:
        """Add a small file of the payload, named relative to `data/`."""
        await asyncio.to_thread(self._write, f"{PAYLOAD}/{path}", content)
        written = Written(sha256_of(content), len(content))
        self._payload[f"{PAYLOAD}/{path}"] = written
        return written

    async def seal(self, info: Mapping[str, str]) -> None:
        """Write declaration, description and manifests; `info` becomes `bag-info.txt`, one line a member."""
        said = {**info, "Payload-Oxum": f"{self.payload_bytes}.{self.files}"}
        manifest = "".join(f"{each.sha256}  {path}\n" for path, each in sorted(self._payload.items()))
        tags = {
            "bagit.txt": _DECLARATION,
            "bag-info.txt": "".join(f"{name}: {' '.join(value.split())}\n" for name, value in said.items()).encode(),
            MANIFEST: manifest.encode(),
        }
        tags[TAG_MANIFEST] = "".join(
            f"{sha256_of(content)}  {path}\n" for path, content in sorted(tags.items())
        ).encode()
        for path, content in tags.items():
            await asyncio.to_thread(self._write, path, content)

    def _entry(self, path: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(f"{self._name}/{path}", self._moment)
        entry.external_attr = _OWNER_ONLY
        return entry

    def _open(self, path: str) -> IO[bytes]:
        return self._zip.open(self._entry(path), "w", force_zip64=True)

    def _write(self, path: str, content: bytes) -> None:
        self._zip.writestr(self._entry(path), content)


def faults_of_bag(path: Path, name: str) -> list[str]:
    """Read a whole bag back and return what is wrong with it: files missing, further ones, other bytes; blocking."""
    try:
        with zipfile.ZipFile(path) as bag:
            return _faults(bag, name)
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
        return [f"unreadable: {error}"]


def _faults(bag: zipfile.ZipFile, name: str) -> list[str]:
    prefix = f"{name}/"
    names = [each.removeprefix(prefix) for each in bag.namelist()]
    tags = _listed(bag.read(prefix + TAG_MANIFEST))
    payload = _listed(bag.read(prefix + MANIFEST))
    expected = {**tags, **payload}
    faults = [f"not listed: {each}" for each in sorted(set(names) - set(expected) - {TAG_MANIFEST})]
    faults += [f"twice: {each}" for each, times in Counter(names).items() if times > 1]
    present = set(names)
    for each, sha256 in expected.items():
        if each not in present:
            faults.append(f"missing: {each}")
        elif _sha256_of_entry(bag, prefix + each) != sha256:
            faults.append(f"damaged: {each}")
    return faults


def _listed(manifest: bytes) -> dict[str, str]:
    lines = manifest.decode().splitlines()
    return {path: sha256 for sha256, _, path in (line.partition("  ") for line in lines)}


def _sha256_of_entry(bag: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with bag.open(name) as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
