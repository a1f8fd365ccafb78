"""Houses for tests of the registry: servers and sandbox once a process, a fresh database a test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from core.kernel.database.embedded import EmbeddedPostgres
from storage.embedded import EmbeddedStore
from storage.memory import MemoryVault
from storage.s3 import S3Vault
from storage.vault import Vault
from tests.kernel_database import HandClock
from tests.registry_house import House, Site, open_house
from tests.registry_site import open_site


class BuildHouse(Protocol):
    """Makes further houses: `await build_house(vault=…, settings={"DELOTEKA_…": "…"})`."""

    async def __call__(self, *, vault: Vault | None = None, settings: dict[str, str] | None = None) -> House: ...


@pytest.fixture(scope="session")
def registry_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    """One object server a test process; tests keep apart by the random ids in their keys."""
    store = EmbeddedStore(tmp_path_factory.mktemp("registry-store"))
    asyncio.run(store.start())
    yield store
    asyncio.run(store.stop(patience=0.1))


@pytest.fixture(scope="session")
def registry_vault(registry_store: EmbeddedStore) -> Iterator[S3Vault]:
    vault = asyncio.run(registry_store.open_vault())
    yield vault
    asyncio.run(vault.close())


@pytest.fixture(scope="session")
def site(postgres_server: EmbeddedPostgres) -> Iterator[Site]:
    with open_site(postgres_server, "registry") as site:
        yield site


@pytest.fixture
async def build_house(
    site: Site, registry_vault: S3Vault, tmp_path: Path, clock: HandClock
) -> AsyncIterator[BuildHouse]:
    """Makes houses that end with the test; on the real object store unless another vault is given."""
    async with AsyncExitStack() as stack:
        houses = count(1)

        async def build(*, vault: Vault | None = None, settings: dict[str, str] | None = None) -> House:
            folder = tmp_path / f"house-{next(houses)}"
            return await open_house(
                stack, site, folder=folder, clock=clock, vault=vault or registry_vault, environment=settings
            )

        yield build


@pytest.fixture
async def house(build_house: BuildHouse) -> House:
    """A house on the real object store."""
    return await build_house()


@pytest.fixture
async def house_in_memory(build_house: BuildHouse, clock: HandClock) -> House:
    """A house on the vault in memory, which can be told to fail: `house.memory.faults`."""
    return await build_house(vault=MemoryVault(clock))
