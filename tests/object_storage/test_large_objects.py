"""Objects in parts: as safe as small ones, and with flat memory."""

import asyncio
import threading
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from storage.digest import StreamingDigest, sha256_of, sha256_of_file
from storage.errors import DigestMismatch, KeyTaken, ObjectAbsent, SourceChanged
from storage.objects import RetentionLock, StoredVersion
from storage.s3 import PART_SIZE, S3Vault
from storage.s3.multipart import MAX_PARTS, part_size_for
from tests.object_storage.surroundings import keep, make_source, new_key, now, read

MIB = 1024 * 1024


class PeakMemory:
    """How far the resident memory of this process grows while a block runs."""

    growth = 0

    def __enter__(self) -> Self:
        self._start = self._resident()
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch)
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.01):
            self.growth = max(self.growth, self._resident() - self._start)

    @staticmethod
    def _resident() -> int:
        fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
        return int(fields["VmRSS"].split()[0]) * 1024


async def test_forty_mebibytes_come_back_byte_for_byte(s3_vault: S3Vault, tmp_path: Path) -> None:
    source, key = make_source(tmp_path, 40 * MIB + 12_345), new_key()
    lock = RetentionLock(retain_until=now() + timedelta(days=1))
    stored = await keep(s3_vault, source, key, lock=lock)
    assert (stored.size, stored.sha256, stored.lock) == (source.size, source.sha256, lock)
    assert sha256_of(await read(s3_vault, key, stored.version_id)) == source.sha256
    assert (await s3_vault.verify(key, stored.version_id, source.sha256)).intact
    edge = 2 * PART_SIZE
    assert await read(s3_vault, key, offset=edge - 10, length=20) == source.data[edge - 10 : edge + 10]
    assert await keep(s3_vault, source, key, lock=lock) == stored


async def test_a_large_wrong_digest_is_found_and_nothing_is_kept(s3_vault: S3Vault, tmp_path: Path) -> None:
    source, key = make_source(tmp_path, PART_SIZE + 5), new_key()
    with pytest.raises(DigestMismatch) as refusal:
        await s3_vault.put(key, source.path, sha256=sha256_of(b"other"), size=source.size, media_type="video/mp4")
    assert refusal.value.actual == source.sha256
    with pytest.raises(ObjectAbsent):
        await s3_vault.stat(key)
    assert (await s3_vault.destroy(key)).aborted_uploads == 0


@pytest.mark.parametrize("difference", [-1, 1])
async def test_a_large_file_of_another_size_is_not_sent(s3_vault: S3Vault, tmp_path: Path, difference: int) -> None:
    source = make_source(tmp_path, PART_SIZE + 5)
    with pytest.raises(SourceChanged):
        await s3_vault.put(
            new_key(),
            source.path,
            sha256=source.sha256,
            size=source.size + difference,
            media_type="video/mp4",
        )


async def test_of_four_large_writers_one_wins(s3_vault: S3Vault, tmp_path: Path) -> None:
    sources, key = [make_source(tmp_path, PART_SIZE + number + 1) for number in range(4)], new_key()
    answers = await asyncio.gather(*(keep(s3_vault, each, key) for each in sources), return_exceptions=True)
    winners = [answer for answer in answers if isinstance(answer, StoredVersion)]
    assert len(winners) == 1
    assert [type(answer) for answer in answers].count(KeyTaken) == 3
    assert (await s3_vault.verify(key, None, winners[0].sha256)).intact
    assert (await s3_vault.destroy(key)).aborted_uploads == 0


async def test_memory_stays_flat_and_the_loop_stays_free(s3_vault: S3Vault, tmp_path: Path) -> None:
    path, block = tmp_path / "large", make_source(tmp_path, MIB).data
    with path.open("wb") as file:
        for number in range(200):
            file.write(number.to_bytes(8) + block[8:])
    sha256, size = sha256_of_file(path)
    beats: list[float] = []

    async def heart() -> None:
        while True:
            beats.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.01)

    beating = asyncio.create_task(heart())
    key, digest = new_key(), StreamingDigest()
    with PeakMemory() as memory:
        stored = await s3_vault.put(key, path, sha256=sha256, size=size, media_type="video/mp4")
        async with s3_vault.open(key, stored.version_id) as stream:
            async for _ in digest.through(stream):
                pass
    beating.cancel()
    assert (digest.hex(), digest.size) == (sha256, size)
    assert memory.growth < 64 * MIB
    pauses = [later - earlier for earlier, later in pairwise(beats)]
    assert sorted(pauses)[len(pauses) // 2] < 0.05


@pytest.mark.parametrize("size", [1, PART_SIZE, PART_SIZE * MAX_PARTS, PART_SIZE * MAX_PARTS + 1, 5 * 1024**4])
def test_parts_are_large_enough_for_their_greatest_number(size: int) -> None:
    part_size = part_size_for(size)
    assert part_size % MIB == 0
    assert part_size >= PART_SIZE
    assert -(-size // part_size) <= MAX_PARTS
