"""What the tests of object storage stand on: files to store, and a foreign hand that reaches past the vault."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from storage.digest import sha256_of
from storage.embedded import EmbeddedStore
from storage.embedded.files import load_secrets
from storage.keys import original_key
from storage.memory import MemoryVault
from storage.objects import LockMode, RetentionLock, StoredVersion
from storage.s3 import S3Address, S3Vault
from storage.vault import Vault


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def in_days(days: float) -> datetime:
    return (now() + timedelta(days=days)).replace(microsecond=0)


def governance(days: float) -> RetentionLock:
    return RetentionLock(retain_until=in_days(days))


def compliance(days: float) -> RetentionLock:
    return RetentionLock(retain_until=in_days(days), mode=LockMode.COMPLIANCE)


def new_key() -> str:
    return original_key(uuid4(), uuid4(), uuid4())


@dataclass(frozen=True, slots=True)
class Source:
    """A file on the local disk and what is true of it."""

    path: Path
    data: bytes
    sha256: str
    size: int


def make_source(folder: Path, content: bytes | int) -> Source:
    data = os.urandom(content) if isinstance(content, int) else content
    path = folder / uuid4().hex
    path.write_bytes(data)
    return Source(path, data, sha256_of(data), len(data))


async def keep(
    vault: Vault,
    source: Source,
    key: str | None = None,
    *,
    lock: RetentionLock | None = None,
    legal_hold: bool = False,
) -> StoredVersion:
    return await vault.put(
        new_key() if key is None else key,
        source.path,
        sha256=source.sha256,
        size=source.size,
        media_type="application/pdf",
        lock=lock,
        legal_hold=legal_hold,
    )


async def read(
    vault: Vault, key: str, version_id: str | None = None, *, offset: int = 0, length: int | None = None
) -> bytes:
    async with vault.open(key, version_id, offset=offset, length=length) as stream:
        return await stream.read()


def keeper_address(store: EmbeddedStore, *, bucket: str) -> S3Address:
    """The embedded store's door for the one identity that may make buckets."""
    made = load_secrets(store.folder / "secrets.json")
    return S3Address(
        endpoint=store._address_for("any", "any").endpoint,
        access_key=made.keeper_access_key,
        secret_key=made.keeper_secret_key,
        bucket=bucket,
    )


class ForeignHand(Protocol):
    """Somebody who has the keys of the store and does what the vault never does."""

    def overwrite(self, key: str, data: bytes) -> str: ...

    def mark_deleted(self, key: str) -> str: ...


class HandInMemory:
    def __init__(self, vault: MemoryVault) -> None:
        self._vault = vault

    def overwrite(self, key: str, data: bytes) -> str:
        return self._vault.intrude(key, data)

    def mark_deleted(self, key: str) -> str:
        return self._vault.mark_deleted(key)


class HandAtS3:
    def __init__(self, vault: S3Vault) -> None:
        self._door = vault._door

    def overwrite(self, key: str, data: bytes) -> str:
        return self._door.send("PUT", key, body=data).headers["x-amz-version-id"]

    def mark_deleted(self, key: str) -> str:
        return self._door.send("DELETE", key).headers["x-amz-version-id"]


@dataclass(frozen=True, slots=True)
class Bench:
    """A vault under test, whichever kind it is."""

    vault: Vault
    hand: ForeignHand
    folder: Path

    def source(self, content: bytes | int) -> Source:
        return make_source(self.folder, content)
