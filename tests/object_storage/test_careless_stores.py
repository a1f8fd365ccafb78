"""Stores that accept what they do not honour: the vault finds out, makes up for it, or says no."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from minio.retention import Retention
from urllib3 import BaseHTTPResponse

from storage.digest import sha256_of
from storage.embedded import EmbeddedStore
from storage.errors import (
    BucketMissing,
    DigestMismatch,
    KeyTaken,
    LockDateUnrepresentable,
    LockMismatch,
    LockUnsupported,
    ObjectAbsent,
)
from storage.objects import Capabilities, RetentionLock, StoredVersion
from storage.s3 import PART_SIZE, S3Vault, open_vault
from storage.s3.client import CONTENT_SHA256, Door, SignedClient
from storage.s3.state import LOCK_UNTIL
from tests.object_storage.surroundings import governance, in_days, keep, keeper_address, make_source, new_key, read

IGNORED = {"if-none-match", "x-amz-checksum-sha256", CONTENT_SHA256}
LATE = datetime(2106, 3, 1, tzinfo=UTC)


class CarelessDoor(Door):
    """Speaks with a careful store, but on the way loses what a careless one would ignore."""

    other_date: str | None = None

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
        kept = {name: value for name, value in (headers or {}).items() if name.lower() not in IGNORED}
        if self.other_date and kept.get(LOCK_UNTIL, "") > "2106":
            kept[LOCK_UNTIL] = self.other_date
        return super().send(method, key, query=query, headers=kept, body=body, preload=preload)


class ForgetfulClient(SignedClient):
    """Accepts a lock and keeps none."""

    def set_object_retention(
        self, bucket_name: str, object_name: str, config: Retention, version_id: str | None = None
    ) -> None:
        del bucket_name, object_name, config, version_id


@pytest.fixture
async def careless(s3_vault: S3Vault) -> AsyncIterator[S3Vault]:
    vault = S3Vault(s3_vault.address)
    vault._door.close()
    vault._door = CarelessDoor(s3_vault.address)
    await vault.probe()
    yield vault
    await vault.close()


async def test_the_probe_is_not_taken_in(careless: S3Vault) -> None:
    assert careless.capabilities == Capabilities(versioning=True, object_lock=True, late_lock_dates=True)


@pytest.mark.parametrize("size", [1000, PART_SIZE + 1000])
async def test_put_once_holds_without_the_store_s_help(careless: S3Vault, tmp_path: Path, size: int) -> None:
    source, key = make_source(tmp_path, size), new_key()
    first = await keep(careless, source, key, lock=governance(1), legal_hold=True)
    assert (first.lock is None, first.legal_hold) == (False, True)
    assert await keep(careless, source, key, lock=first.lock, legal_hold=True) == first
    with pytest.raises(KeyTaken):
        await keep(careless, make_source(tmp_path, size), key)
    assert await read(careless, key) == source.data
    await careless.hold(key, first.version_id, on=False)


@pytest.mark.parametrize("size", [1000, PART_SIZE + 1000])
async def test_a_wrong_digest_is_found_by_reading_back(careless: S3Vault, tmp_path: Path, size: int) -> None:
    source, key = make_source(tmp_path, size), new_key()
    with pytest.raises(DigestMismatch) as refusal:
        await careless.put(key, source.path, sha256=sha256_of(b"other"), size=size, media_type="text/plain")
    assert refusal.value.actual == source.sha256
    with pytest.raises(ObjectAbsent):
        await careless.stat(key)


async def test_of_eight_writers_one_wins_without_the_store_s_help(careless: S3Vault, tmp_path: Path) -> None:
    for _ in range(3):
        key = new_key()
        sources = [make_source(tmp_path, 3000) for _ in range(8)]
        answers = await asyncio.gather(*(keep(careless, each, key) for each in sources), return_exceptions=True)
        winners = [answer for answer in answers if isinstance(answer, StoredVersion)]
        assert len(winners) == 1
        assert [type(answer) for answer in answers].count(KeyTaken) == 7
        assert sha256_of(await read(careless, key)) == winners[0].sha256
        assert len([entry async for entry in careless.versions(key)]) == 1


async def test_a_silently_changed_date_is_a_mismatch(careless: S3Vault, tmp_path: Path) -> None:
    careless._door.other_date = "2050-01-01T00:00:00Z"  # type: ignore[attr-defined]
    careless._door.capabilities = Capabilities(
        versioning=True, object_lock=True, late_lock_dates=True, verifies_checksums=True, conditional_create=True
    )
    with pytest.raises(LockMismatch) as refusal:
        await keep(careless, make_source(tmp_path, 100), lock=RetentionLock(retain_until=LATE))
    assert "2106-03-01" in refusal.value.requested
    assert "2050-01-01" in refusal.value.stored


async def test_late_dates_are_refused_where_the_store_changes_them(careless: S3Vault, tmp_path: Path) -> None:
    careless._door.other_date = "2050-01-01T00:00:00Z"  # type: ignore[attr-defined]
    assert not (await careless.probe()).late_lock_dates
    key = new_key()
    with pytest.raises(LockDateUnrepresentable):
        await keep(careless, make_source(tmp_path, 100), key, lock=RetentionLock(retain_until=LATE))
    with pytest.raises(ObjectAbsent):
        await careless.stat(key)


@pytest.mark.parametrize("size", [1000, PART_SIZE + 1000])
async def test_a_forgotten_lock_is_a_mismatch(careless: S3Vault, tmp_path: Path, size: int) -> None:
    address = careless.address
    careless._door.client = ForgetfulClient(
        address.host, address.access_key, address.secret_key, secure=False, region=address.region
    )
    key = new_key()
    with pytest.raises(LockMismatch) as refusal:
        await keep(careless, make_source(tmp_path, size), key, lock=governance(1))
    assert "no lock" in refusal.value.stored
    with pytest.raises(LockMismatch):
        await careless.extend_lock(key, refusal.value.version_id, in_days(1))


async def test_a_bucket_without_locks_says_so(embedded_store: EmbeddedStore, tmp_path: Path) -> None:
    address = keeper_address(embedded_store, bucket="without-locks")
    async with S3Vault(address) as vault:
        vault._door.client.make_bucket("without-locks")
        await vault.ensure_bucket()
        found = await vault.probe()
        assert (found.versioning, found.object_lock, found.late_lock_dates) == (True, False, False)
        stored = await keep(vault, make_source(tmp_path, 100))
        with pytest.raises(LockUnsupported):
            await vault.lock(stored.key, stored.version_id, governance(1))
        with pytest.raises(LockUnsupported):
            await vault.hold(stored.key, stored.version_id, on=True)
        with pytest.raises(LockUnsupported):
            await keep(vault, make_source(tmp_path, 100), lock=governance(1))
        await vault.destroy(stored.key)


async def test_an_existing_bucket_without_versions_is_given_them(embedded_store: EmbeddedStore) -> None:
    address = keeper_address(embedded_store, bucket="without-versions")
    async with S3Vault(address) as maker:
        with pytest.raises(BucketMissing):
            await open_vault(address, create_bucket=False)
        maker._door.client.make_bucket("without-versions")
        assert not (await maker.probe()).versioning
        async with await open_vault(address) as vault:
            assert vault.capabilities.versioning
