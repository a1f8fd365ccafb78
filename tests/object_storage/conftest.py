"""One embedded store a test process, and a bench that stands on it or on the double in memory."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.embedded import EmbeddedStore
from storage.memory import MemoryVault
from storage.s3 import S3Vault
from tests.object_storage.surroundings import Bench, HandAtS3, HandInMemory, now


@pytest.fixture(scope="session")
def embedded_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path_factory.mktemp("object-store"))
    asyncio.run(store.start())
    yield store
    asyncio.run(store.stop(patience=0.1))


@pytest.fixture
async def s3_vault(embedded_store: EmbeddedStore) -> AsyncIterator[S3Vault]:
    async with await embedded_store.open_vault() as vault:
        yield vault


@pytest.fixture
def memory_vault() -> MemoryVault:
    return MemoryVault(clock=now)


@pytest.fixture(params=["memory", "seaweedfs"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    if request.param == "memory":
        memory: MemoryVault = request.getfixturevalue("memory_vault")
        return Bench(memory, HandInMemory(memory), tmp_path)
    s3: S3Vault = request.getfixturevalue("s3_vault")
    return Bench(s3, HandAtS3(s3), tmp_path)
