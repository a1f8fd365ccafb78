"""Destruction takes every version and is proven, or it says that it is not."""

from pathlib import Path

import pytest

from storage.embedded import EmbeddedStore
from storage.errors import BucketMissing, DestructionUnproven, KeyTaken, ObjectAbsent, ObjectHeld, ObjectLocked
from storage.memory import MemoryVault
from storage.s3 import S3Vault
from storage.s3.multipart import PART_SIZE
from tests.object_storage.surroundings import (
    Bench,
    governance,
    in_days,
    keep,
    keeper_address,
    make_source,
    new_key,
    read,
)


async def test_every_version_and_marker_goes_and_the_proof_names_them(bench: Bench) -> None:
    stored = await keep(bench.vault, bench.source(100))
    versions = {
        stored.version_id,
        bench.hand.overwrite(stored.key, b"second"),
        bench.hand.mark_deleted(stored.key),
        bench.hand.overwrite(stored.key, b"third"),
    }
    proof = await bench.vault.destroy(stored.key)
    assert proof.key == stored.key
    assert set(proof.version_ids) == versions
    assert [entry async for entry in bench.vault.versions(stored.key)] == []
    for version_id in versions:
        with pytest.raises(ObjectAbsent):
            await bench.vault.stat(stored.key, version_id)


async def test_a_repeated_destruction_proves_the_versions_it_is_told_of(bench: Bench) -> None:
    stored = await keep(bench.vault, bench.source(100))
    first = await bench.vault.destroy(stored.key)
    again = await bench.vault.destroy(stored.key, known_versions=first.version_ids)
    assert again == first
    assert (await bench.vault.destroy(new_key())).version_ids == ()


async def test_one_held_version_saves_all_of_them(bench: Bench) -> None:
    source = bench.source(100)
    stored = await keep(bench.vault, source)
    held = bench.hand.overwrite(stored.key, b"second")
    await bench.vault.hold(stored.key, held, on=True)
    with pytest.raises(ObjectHeld) as refusal:
        await bench.vault.destroy(stored.key, bypass_governance=True)
    assert refusal.value.version_id == held
    assert await read(bench.vault, stored.key, stored.version_id) == source.data
    await bench.vault.hold(stored.key, held, on=False)


async def test_one_locked_version_saves_all_of_them(bench: Bench) -> None:
    source = bench.source(100)
    stored = await keep(bench.vault, source)
    locked = bench.hand.overwrite(stored.key, b"second")
    await bench.vault.lock(stored.key, locked, governance(1))
    with pytest.raises(ObjectLocked):
        await bench.vault.destroy(stored.key)
    assert await read(bench.vault, stored.key, stored.version_id) == source.data
    await bench.vault.destroy(stored.key, bypass_governance=True)


async def test_neighbours_survive(bench: Bench) -> None:
    source, key = bench.source(100), new_key()
    longer = f"{key}-longer"
    await keep(bench.vault, source, key)
    await keep(bench.vault, source, longer)
    await bench.vault.destroy(key)
    assert await read(bench.vault, longer) == source.data


async def test_a_destroyed_key_can_be_used_again(bench: Bench) -> None:
    source, key = bench.source(100), new_key()
    first = await keep(bench.vault, source, key)
    await bench.vault.destroy(key)
    second = await keep(bench.vault, source, key)
    assert second.version_id != first.version_id


async def test_an_unfinished_upload_goes_too(s3_vault: S3Vault) -> None:
    key = new_key()
    door = s3_vault._door
    upload_id = door.client._create_multipart_upload(door.bucket, key, {})
    door.send("PUT", key, query={"partNumber": "1", "uploadId": upload_id}, body=b"some bytes")
    proof = await s3_vault.destroy(key)
    assert proof.aborted_uploads == 1
    assert (await s3_vault.destroy(key)).aborted_uploads == 0


async def test_forgotten_uploads_are_swept_and_young_ones_are_left(s3_vault: S3Vault) -> None:
    prefix = new_key().rpartition("/")[0] + "/"
    door = s3_vault._door
    for name in ("one", "two"):
        door.client._create_multipart_upload(door.bucket, prefix + name, {})
    assert await s3_vault.abort_uploads(prefix, started_before=in_days(-1)) == 0
    assert await s3_vault.abort_uploads(prefix, started_before=in_days(1)) == 2
    assert await s3_vault.abort_uploads(prefix, started_before=in_days(1)) == 0


async def test_uploads_within_some_prefixes_are_thrown_away_whenever_they_began(s3_vault: S3Vault) -> None:
    prefix = new_key().rpartition("/")[0] + "/"
    door = s3_vault._door
    for name in ("one/a", "two/b", "three/c"):
        door.client._create_multipart_upload(door.bucket, prefix + name, {})
    assert await s3_vault.abort_uploads(prefix, within=(prefix + "one/", prefix + "two/")) == 2
    assert await s3_vault.abort_uploads(prefix) == 1


async def test_a_failed_large_put_leaves_no_parts_behind(s3_vault: S3Vault, tmp_path: Path) -> None:
    source, key = make_source(tmp_path, PART_SIZE + 10), new_key()
    await keep(s3_vault, source, key)
    with pytest.raises(KeyTaken):
        await keep(s3_vault, make_source(tmp_path, PART_SIZE + 10), key)
    assert (await s3_vault.destroy(key)).aborted_uploads == 0


async def test_a_missing_bucket_proves_nothing(embedded_store: EmbeddedStore) -> None:
    async with S3Vault(keeper_address(embedded_store, bucket="missing-bucket")) as vault:
        with pytest.raises(BucketMissing):
            await vault.destroy(new_key(), known_versions=["f" * 32])
        with pytest.raises(BucketMissing):
            await vault.stat(new_key())
        with pytest.raises(BucketMissing):
            await vault.ping()


async def test_a_broken_off_destruction_is_reported_and_repeated(memory_vault: MemoryVault, tmp_path: Path) -> None:
    stored = await keep(memory_vault, make_source(tmp_path, 100))
    memory_vault.intrude(stored.key, b"second")
    memory_vault.faults.fail_next_destructions = 1
    with pytest.raises(DestructionUnproven):
        await memory_vault.destroy(stored.key)
    proof = await memory_vault.destroy(stored.key, known_versions=[stored.version_id])
    assert stored.version_id in proof.version_ids


@pytest.mark.parametrize("size", [100, PART_SIZE + 1])
async def test_a_sound_copy_lies_on_top_of_a_damaged_one_that_is_held(bench: Bench, size: int) -> None:
    source, damaged = bench.source(size), bench.source(size)
    stored = await keep(bench.vault, damaged, legal_hold=True)
    lock = governance(2)
    put = [
        await bench.vault.put_over_damaged(
            stored.key,
            source.path,
            sha256=source.sha256,
            size=source.size,
            media_type="application/pdf",
            lock=lock,
            legal_hold=True,
        )
        for _ in range(2)
    ]
    assert put[0].version_id == put[1].version_id != stored.version_id
    assert await read(bench.vault, stored.key) == source.data
    assert await read(bench.vault, stored.key, stored.version_id) == damaged.data
    top = await bench.vault.stat(stored.key)
    assert (top.version_id, top.legal_hold, top.lock) == (put[0].version_id, True, lock)
    with pytest.raises(ObjectHeld):
        await bench.vault.destroy(stored.key, bypass_governance=True)
    for version_id in (stored.version_id, top.version_id):
        await bench.vault.hold(stored.key, version_id, on=False)
    proof = await bench.vault.destroy(stored.key, bypass_governance=True)
    assert set(proof.version_ids) == {stored.version_id, top.version_id}
