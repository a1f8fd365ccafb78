"""Houses for tests of the registry: a fresh database a test on the servers of the process (`tests/conftest.py`)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Protocol

import pytest

from storage.memory import MemoryVault
from storage.s3 import S3Vault
from storage.vault import Vault
from tests.kernel_database import HandClock
from tests.registry_house import House, Site, open_house


class BuildHouse(Protocol):
    """Makes further houses: `await build_house(vault=…, settings={"DELOTEKA_…": "…"})`."""

    async def __call__(self, *, vault: Vault | None = None, settings: dict[str, str] | None = None) -> House: ...


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
