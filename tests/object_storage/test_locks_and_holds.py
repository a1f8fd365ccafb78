"""Locks are kept exactly or refused, and a locked or held object survives."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from storage.errors import (
    LockDateRefused,
    LockDateUnrepresentable,
    LockWeakened,
    ObjectAbsent,
    ObjectHeld,
    ObjectLocked,
)
from storage.objects import LockMode, RetentionLock
from tests.object_storage.surroundings import Bench, compliance, governance, in_days, keep, new_key, now, read

AFTER_2106 = datetime(2107, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("lock", [governance(30), compliance(0.0001)], ids=["governance", "compliance"])
async def test_a_lock_asked_for_at_the_put_is_kept_exactly(bench: Bench, lock: RetentionLock) -> None:
    lock = RetentionLock(retain_until=max(lock.retain_until, now() + timedelta(seconds=10)), mode=lock.mode)
    source, key = bench.source(100), new_key()
    stored = await keep(bench.vault, source, key, lock=lock)
    assert stored.lock == lock
    assert (await bench.vault.stat(key)).lock == lock
    assert await keep(bench.vault, source, key, lock=lock) == stored


async def test_a_governance_lock_denies_early_destruction(bench: Bench) -> None:
    source = bench.source(100)
    stored = await keep(bench.vault, source, lock=governance(30))
    with pytest.raises(ObjectLocked) as refusal:
        await bench.vault.destroy(stored.key)
    assert refusal.value.lock == stored.lock
    assert await read(bench.vault, stored.key, stored.version_id) == source.data
    proof = await bench.vault.destroy(stored.key, bypass_governance=True)
    assert proof.version_ids == (stored.version_id,)


async def test_nobody_bypasses_a_compliance_lock_but_it_ends(bench: Bench) -> None:
    lock = RetentionLock(retain_until=now() + timedelta(seconds=4), mode=LockMode.COMPLIANCE)
    stored = await keep(bench.vault, bench.source(100), lock=lock)
    with pytest.raises(ObjectLocked):
        await bench.vault.destroy(stored.key, bypass_governance=True)
    deadline = time.monotonic() + 10
    while True:
        try:
            await bench.vault.destroy(stored.key)
            break
        except ObjectLocked:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
    assert now() >= lock.retain_until


async def test_a_legal_hold_denies_destruction_whatever_is_bypassed(bench: Bench) -> None:
    source = bench.source(100)
    stored = await keep(bench.vault, source, legal_hold=True)
    assert stored.legal_hold
    assert (await bench.vault.stat(stored.key)).legal_hold
    with pytest.raises(ObjectHeld):
        await bench.vault.destroy(stored.key, bypass_governance=True)
    assert not (await bench.vault.hold(stored.key, stored.version_id, on=False)).legal_hold
    await bench.vault.destroy(stored.key)


async def test_a_hold_and_a_lock_do_not_disturb_each_other(bench: Bench) -> None:
    stored = await keep(bench.vault, bench.source(100), lock=governance(3))
    held = await bench.vault.hold(stored.key, stored.version_id, on=True)
    assert (held.lock, held.legal_hold) == (stored.lock, True)
    longer = await bench.vault.lock(stored.key, stored.version_id, governance(5))
    assert longer.legal_hold
    assert await bench.vault.hold(stored.key, stored.version_id, on=True) == longer
    freed = await bench.vault.hold(stored.key, stored.version_id, on=False)
    assert (freed.lock, freed.legal_hold) == (longer.lock, False)


async def test_a_lock_is_set_later_and_made_longer(bench: Bench) -> None:
    stored = await keep(bench.vault, bench.source(100))
    first, second = in_days(10), in_days(20)
    locked = await bench.vault.extend_lock(stored.key, stored.version_id, first)
    assert locked.lock == RetentionLock(retain_until=first)
    locked = await bench.vault.extend_lock(stored.key, stored.version_id, second)
    assert locked.lock == RetentionLock(retain_until=second)
    assert await bench.vault.stat(stored.key) == locked


async def test_a_lock_is_never_weakened(bench: Bench) -> None:
    stored = await keep(bench.vault, bench.source(100), lock=governance(20))
    for weaker in (governance(19), RetentionLock(retain_until=in_days(19), mode=LockMode.COMPLIANCE)):
        with pytest.raises(LockWeakened) as refusal:
            await bench.vault.lock(stored.key, stored.version_id, weaker)
        assert refusal.value.stored == stored.lock
    with pytest.raises(LockWeakened):
        await bench.vault.extend_lock(stored.key, stored.version_id, in_days(1))
    assert (await bench.vault.stat(stored.key)).lock == stored.lock


async def test_compliance_never_becomes_governance(bench: Bench) -> None:
    lock = RetentionLock(retain_until=now() + timedelta(seconds=10), mode=LockMode.COMPLIANCE)
    stored = await keep(bench.vault, bench.source(100), lock=lock)
    with pytest.raises(LockWeakened):
        await bench.vault.lock(stored.key, stored.version_id, governance(1))
    longer = await bench.vault.extend_lock(stored.key, stored.version_id, now() + timedelta(seconds=11))
    assert longer.lock is not None
    assert longer.lock.mode is LockMode.COMPLIANCE


async def test_a_repeated_put_may_strengthen_a_lock_and_never_weakens_it(bench: Bench) -> None:
    source, key = bench.source(100), new_key()
    first = await keep(bench.vault, source, key)
    locked = await keep(bench.vault, source, key, lock=governance(10), legal_hold=True)
    assert (locked.version_id, locked.legal_hold) == (first.version_id, True)
    again = await keep(bench.vault, source, key, lock=governance(2))
    assert again == locked


async def test_a_date_after_2106_is_kept_exactly_where_the_store_is_known_to_keep_it(bench: Bench) -> None:
    await bench.vault.probe()
    stored = await keep(bench.vault, bench.source(100), lock=RetentionLock(retain_until=AFTER_2106))
    assert (await bench.vault.stat(stored.key)).lock == RetentionLock(retain_until=AFTER_2106)
    await bench.vault.destroy(stored.key, bypass_governance=True)


async def test_fractions_of_a_second_are_refused_before_anything_is_stored(bench: Bench) -> None:
    key, lock = new_key(), RetentionLock(retain_until=in_days(3).replace(microsecond=1))
    with pytest.raises(LockDateUnrepresentable):
        await keep(bench.vault, bench.source(100), key, lock=lock)
    with pytest.raises(ObjectAbsent):
        await bench.vault.stat(key)


async def test_a_date_in_the_past_is_refused_and_nothing_is_stored(bench: Bench) -> None:
    key, lock = new_key(), governance(-1)
    with pytest.raises(LockDateRefused):
        await keep(bench.vault, bench.source(100), key, lock=lock)
    with pytest.raises(ObjectAbsent):
        await bench.vault.stat(key)
    stored = await keep(bench.vault, bench.source(100), key)
    with pytest.raises(LockDateRefused):
        await bench.vault.lock(key, stored.version_id, lock)
    assert (await bench.vault.stat(key)).lock is None


async def test_what_is_absent_cannot_be_locked_or_held(bench: Bench) -> None:
    with pytest.raises(ObjectAbsent):
        await bench.vault.lock(new_key(), "f" * 32, governance(1))
    with pytest.raises(ObjectAbsent):
        await bench.vault.extend_lock(new_key(), "f" * 32, in_days(1))
    with pytest.raises(ObjectAbsent):
        await bench.vault.hold(new_key(), "f" * 32, on=True)


def test_a_lock_needs_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        RetentionLock(retain_until=datetime(2030, 1, 1))  # noqa: DTZ001 — what is refused
