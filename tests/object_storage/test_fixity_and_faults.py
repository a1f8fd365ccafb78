"""Damage is found, and the double fails when it is told to."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.errors import (
    LockDateUnrepresentable,
    LockError,
    LockUnsupported,
    ObjectAbsent,
    StoreFull,
    StoreUnavailable,
)
from storage.fixity import FixityOutcome, FixityTask, check_all
from storage.memory import MemoryVault
from storage.objects import Capabilities, RetentionLock
from tests.object_storage.surroundings import Bench, keep, make_source, new_key, read


async def test_a_round_tells_intact_from_damaged_and_absent(bench: Bench) -> None:
    sources = [bench.source(1000 + number) for number in range(3)]
    stored = [await keep(bench.vault, each) for each in sources]
    forged = bench.hand.overwrite(stored[1].key, b"forged")
    await bench.vault.destroy(stored[2].key)
    versions = (stored[0].version_id, forged, stored[2].version_id)

    async def tasks() -> AsyncIterator[FixityTask]:
        for each, version_id in zip(stored, versions, strict=True):
            yield FixityTask(key=each.key, version_id=version_id, sha256=each.sha256)

    results = [result async for result in check_all(bench.vault, tasks())]
    assert [result.outcome for result in results] == [
        FixityOutcome.INTACT,
        FixityOutcome.DAMAGED,
        FixityOutcome.ABSENT,
    ]
    assert [result.size for result in results] == [1000, 6, 0]
    assert results[0].actual_sha256 == sources[0].sha256
    assert results[2].actual_sha256 is None


async def test_a_failing_disk_is_found(memory_vault: MemoryVault, tmp_path: Path) -> None:
    for content in (b"some bytes", b""):
        source = make_source(tmp_path, content)
        stored = await keep(memory_vault, source)
        memory_vault.corrupt(stored.key)
        assert not (await memory_vault.verify(stored.key, None, source.sha256)).intact
        memory_vault.lose(stored.key)
        with pytest.raises(ObjectAbsent):
            memory_vault.corrupt(stored.key)


async def test_an_unavailable_store_says_so_everywhere(memory_vault: MemoryVault, tmp_path: Path) -> None:
    source = make_source(tmp_path, 10)
    stored = await keep(memory_vault, source)
    memory_vault.faults.unavailable = True
    calls = (
        memory_vault.ping,
        memory_vault.probe,
        lambda: keep(memory_vault, source),
        lambda: memory_vault.stat(stored.key),
        lambda: read(memory_vault, stored.key),
        lambda: memory_vault.verify(stored.key, None, source.sha256),
        lambda: memory_vault.hold(stored.key, stored.version_id, on=True),
        lambda: memory_vault.destroy(stored.key),
        lambda: memory_vault.abort_uploads("", started_before=datetime(2030, 1, 1, tzinfo=UTC)),
    )
    for call in calls:
        with pytest.raises(StoreUnavailable):
            await call()
    memory_vault.faults.unavailable = False
    assert await read(memory_vault, stored.key) == source.data
    assert await memory_vault.abort_uploads("", started_before=datetime(2030, 1, 1, tzinfo=UTC)) == 0


async def test_a_full_store_refuses_puts_and_still_reads(memory_vault: MemoryVault, tmp_path: Path) -> None:
    source = make_source(tmp_path, 10)
    stored = await keep(memory_vault, source)
    memory_vault.faults.full = True
    with pytest.raises(StoreFull):
        await keep(memory_vault, source)
    assert await read(memory_vault, stored.key) == source.data


async def test_a_failed_put_keeps_nothing_and_the_next_one_works(memory_vault: MemoryVault, tmp_path: Path) -> None:
    source, key = make_source(tmp_path, 10), new_key()
    memory_vault.faults.fail_next_puts = 1
    with pytest.raises(StoreUnavailable):
        await keep(memory_vault, source, key)
    with pytest.raises(ObjectAbsent):
        await memory_vault.stat(key)
    await keep(memory_vault, source, key)


async def test_a_lost_answer_is_given_by_the_repetition(memory_vault: MemoryVault, tmp_path: Path) -> None:
    source, key = make_source(tmp_path, 10), new_key()
    memory_vault.faults.lose_next_answers = 1
    with pytest.raises(StoreUnavailable):
        await keep(memory_vault, source, key)
    stored = await keep(memory_vault, source, key)
    assert [entry.version_id async for entry in memory_vault.versions(key)] == [stored.version_id]


async def test_locks_of_the_double_follow_the_clock_that_is_passed_in(tmp_path: Path) -> None:
    moment = [datetime(2030, 1, 1, tzinfo=UTC)]
    async with MemoryVault(clock=lambda: moment[0]) as vault:
        lock = RetentionLock(retain_until=datetime(2035, 1, 1, tzinfo=UTC))
        stored = await keep(vault, make_source(tmp_path, 10), lock=lock)
        moment[0] = lock.retain_until + timedelta(seconds=1)
        await vault.destroy(stored.key)


@pytest.mark.parametrize(
    ("granted", "reason"),
    [
        (Capabilities(versioning=True, object_lock=True), LockDateUnrepresentable),
        (Capabilities(versioning=True), LockUnsupported),
    ],
)
async def test_the_double_can_be_as_limited_as_some_stores(
    tmp_path: Path, granted: Capabilities, reason: type[LockError]
) -> None:
    vault = MemoryVault(clock=lambda: datetime(2030, 1, 1, tzinfo=UTC), granted=granted)
    lock = RetentionLock(retain_until=datetime(2107, 1, 1, tzinfo=UTC))
    with pytest.raises(reason):
        await keep(vault, make_source(tmp_path, 10), lock=lock)
