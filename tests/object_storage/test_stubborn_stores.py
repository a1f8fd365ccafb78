"""Stores that say yes and do no, or break off in the middle: nothing is called destroyed or kept that is not."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
from urllib3 import BaseHTTPResponse

from storage.errors import (
    DestructionUnproven,
    DigestMismatch,
    LockMismatch,
    ObjectAbsent,
    ObjectHeld,
    ObjectLocked,
    StoreAccessDenied,
    StoreUnavailable,
)
from storage.objects import RetentionLock
from storage.s3 import MAX_TRANSFERS, PART_SIZE, S3Vault
from storage.s3.client import Door
from tests.object_storage.surroundings import HandAtS3, governance, keep, make_source, new_key, read

Query = Mapping[str, str]
Trick = Callable[[str, str | None, Query], None]
"""Looks at a request before it is sent, and may raise instead."""


class TrickyDoor(Door):
    """Speaks with a good store, but some requests go wrong on the way."""

    trick: Trick | None = None

    def send(
        self,
        method: str,
        key: str | None = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        preload: bool = True,
    ) -> BaseHTTPResponse:
        if self.trick is not None:
            self.trick(method, key, query or {})
        return super().send(method, key, query=query, headers=headers, body=body, preload=preload)


@pytest.fixture
async def tricky(s3_vault: S3Vault) -> AsyncIterator[S3Vault]:
    vault = S3Vault(s3_vault.address)
    vault._door.close()
    vault._door = TrickyDoor(s3_vault.address)
    await vault.probe()
    yield vault
    await vault.close()


def play(vault: S3Vault, trick: Trick | None) -> None:
    door = vault._door
    assert isinstance(door, TrickyDoor)
    door.trick = trick


class LazyDoor(TrickyDoor):
    """Answers a deletion as if it had been done."""

    def send(
        self,
        method: str,
        key: str | None = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        preload: bool = True,
    ) -> BaseHTTPResponse:
        done = "HEAD" if method == "DELETE" else method
        return super().send(done, key, query=query, headers=headers, body=body, preload=preload)


async def test_a_deletion_that_was_only_promised_is_not_proven(s3_vault: S3Vault, tmp_path: Path) -> None:
    source = make_source(tmp_path, 100)
    stored = await keep(s3_vault, source)
    lazy = S3Vault(s3_vault.address)
    lazy._door.close()
    lazy._door = LazyDoor(s3_vault.address)
    async with lazy:
        with pytest.raises(DestructionUnproven, match="still there"):
            await lazy.destroy(stored.key)
    assert await read(s3_vault, stored.key) == source.data


async def test_a_listed_marker_spoils_the_proof(s3_vault: S3Vault, tmp_path: Path) -> None:
    stored = await keep(s3_vault, make_source(tmp_path, 100))
    await s3_vault.destroy(stored.key)
    HandAtS3(s3_vault).mark_deleted(stored.key)
    lazy = S3Vault(s3_vault.address)
    lazy._door.close()
    lazy._door = LazyDoor(s3_vault.address)
    async with lazy:
        with pytest.raises(DestructionUnproven, match="still lists"):
            await lazy.destroy(stored.key)
    await s3_vault.destroy(stored.key)


async def test_a_destruction_that_breaks_off_is_repeated(tricky: S3Vault, tmp_path: Path) -> None:
    stored = await keep(tricky, make_source(tmp_path, 100))
    second = HandAtS3(tricky).overwrite(stored.key, b"second")
    deletions: list[str] = []

    def break_off(method: str, key: str | None, query: Query) -> None:
        if method == "DELETE" and key == stored.key:
            deletions.append(query["versionId"])
            if len(deletions) == 2:
                raise StoreUnavailable(reason="the cable was pulled")

    play(tricky, break_off)
    with pytest.raises(DestructionUnproven, match="the cable was pulled"):
        await tricky.destroy(stored.key)
    play(tricky, None)
    proof = await tricky.destroy(stored.key, known_versions=[stored.version_id, second])
    assert set(proof.version_ids) == {stored.version_id, second}


async def test_a_version_that_goes_meanwhile_is_no_failure(tricky: S3Vault, tmp_path: Path) -> None:
    stored = await keep(tricky, make_source(tmp_path, 100))

    def others_were_faster(method: str, key: str | None, query: Query) -> None:
        if method == "DELETE" and "versionId" in query:
            play(tricky, None)
            tricky._door.send("DELETE", key, query=query)
            raise ObjectAbsent(stored.key, query["versionId"])

    play(tricky, others_were_faster)
    assert (await tricky.destroy(stored.key)).version_ids == (stored.version_id,)


@pytest.mark.parametrize(
    ("lock", "legal_hold", "reason"),
    [(None, True, ObjectHeld), (governance(1), False, ObjectLocked), (None, False, DestructionUnproven)],
)
async def test_protection_that_comes_meanwhile_is_named(
    tricky: S3Vault,
    tmp_path: Path,
    lock: RetentionLock | None,
    legal_hold: bool,  # noqa: FBT001 — a column of the table
    reason: type[Exception],
) -> None:
    stored = await keep(tricky, make_source(tmp_path, 100))

    def somebody_protects(method: str, key: str | None, query: Query) -> None:
        if method == "DELETE" and key == stored.key and "versionId" in query:
            play(tricky, None)
            if lock is not None:
                asyncio.run(tricky.lock(stored.key, stored.version_id, lock))
            if legal_hold:
                asyncio.run(tricky.hold(stored.key, stored.version_id, on=True))
            raise StoreAccessDenied("AccessDenied")

    play(tricky, somebody_protects)
    with pytest.raises(reason):
        await tricky.destroy(stored.key)
    await tricky.hold(stored.key, stored.version_id, on=False)
    await tricky.destroy(stored.key, bypass_governance=True)


@pytest.mark.parametrize("broken", ["3", "last"])
async def test_a_large_put_that_breaks_off_leaves_nothing(tricky: S3Vault, tmp_path: Path, broken: str) -> None:
    source, key = make_source(tmp_path, 4 * PART_SIZE), new_key()

    def break_off(method: str, _: str | None, query: Query) -> None:
        completing = method == "POST" and "uploadId" in query
        if query.get("partNumber") == broken or (broken == "last" and completing):
            raise StoreUnavailable(reason="the cable was pulled")

    play(tricky, break_off)
    with pytest.raises(StoreUnavailable):
        await keep(tricky, source, key)
    play(tricky, None)
    assert (await tricky.destroy(key)).aborted_uploads == 0
    await keep(tricky, source, key)
    assert await read(tricky, key) == source.data


async def test_a_damaged_part_is_refused(tricky: S3Vault, tmp_path: Path) -> None:
    source, key = make_source(tmp_path, 2 * PART_SIZE), new_key()

    def damage(_: str, __: str | None, query: Query) -> None:
        if query.get("partNumber") == "2":
            raise DigestMismatch(key, expected="the declared digest", actual=None)

    play(tricky, damage)
    with pytest.raises(DigestMismatch) as refusal:
        await keep(tricky, source, key)
    assert len(refusal.value.expected) == 64


async def test_an_object_that_comes_and_goes_is_reported_as_unavailable(tricky: S3Vault, tmp_path: Path) -> None:
    source = make_source(tmp_path, 100)
    stored = await keep(tricky, source)

    def vanish(method: str, _: str | None, __: Query) -> None:
        if method == "HEAD":
            raise ObjectAbsent(stored.key)

    play(tricky, vanish)
    with pytest.raises(StoreUnavailable, match="came and went"):
        await keep(tricky, source, stored.key)


async def test_an_unlifted_hold_is_a_mismatch(s3_vault: S3Vault, tmp_path: Path) -> None:
    stored = await keep(s3_vault, make_source(tmp_path, 100), legal_hold=True)
    real = s3_vault._door.client.disable_object_legal_hold
    s3_vault._door.client.disable_object_legal_hold = lambda *_, **__: None  # type: ignore[method-assign]
    with pytest.raises(LockMismatch) as refusal:
        await s3_vault.hold(stored.key, stored.version_id, on=False)
    assert (refusal.value.requested, refusal.value.stored) == (
        "no lock, legal hold off",
        "no lock, legal hold on",
    )
    s3_vault._door.client.disable_object_legal_hold = real  # type: ignore[method-assign]
    await s3_vault.hold(stored.key, stored.version_id, on=False)


async def test_cancelled_callers_give_their_connections_back(s3_vault: S3Vault, tmp_path: Path) -> None:
    source = make_source(tmp_path, 2_000_000)
    stored = await keep(s3_vault, source)

    async def begin_and_wait() -> None:
        async with s3_vault.open(stored.key) as stream:
            async for _ in stream:
                await asyncio.sleep(60)

    for delay in (0, 0, 0.001, 0.005, 0.02, 0.1):
        readers = [asyncio.create_task(begin_and_wait()) for _ in range(4)]
        await asyncio.sleep(delay)
        for reader in readers:
            reader.cancel()
        ends = await asyncio.gather(*readers, return_exceptions=True)
        assert {type(end) for end in ends} == {asyncio.CancelledError}
    assert await read(s3_vault, stored.key) == source.data


async def test_short_requests_do_not_wait_behind_slow_puts(tricky: S3Vault, tmp_path: Path) -> None:
    source = make_source(tmp_path, 100)
    stored = await keep(tricky, source)
    go_on = threading.Event()

    def wait(method: str, _: str | None, __: Query) -> None:
        if method == "PUT":
            assert go_on.wait(10)

    play(tricky, wait)
    puts = [asyncio.create_task(keep(tricky, source)) for _ in range(2 * MAX_TRANSFERS)]
    await asyncio.sleep(0)
    await tricky.stat(stored.key)
    assert await read(tricky, stored.key) == source.data
    assert not any(put.done() for put in puts)
    go_on.set()
    await asyncio.gather(*puts)
