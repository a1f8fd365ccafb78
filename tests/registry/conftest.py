"""Houses for tests of the registry: servers and sandbox once a process, a fresh database a test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Protocol

import asyncpg
import pytest

from core.bootstrap import APPS
from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.database.migrate import migrate
from storage.embedded import EmbeddedStore
from storage.memory import MemoryVault
from storage.s3 import S3Vault
from storage.vault import Vault
from tests.kernel_database import HandClock
from tests.registry_house import House, SharedSandbox, Site, default_plugins, open_house

_TEMPLATE = "registry_template"
_NUMBERS = count(1)


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
    """A migrated template and a sandbox."""

    async def prepare() -> None:
        await postgres_server.create_database(_TEMPLATE)
        owner_url, service_url = postgres_server.owner_url_of(_TEMPLATE), postgres_server.app_url_of(_TEMPLATE)
        await migrate(owner_url, service_url, apps=APPS)

    async def make_database() -> str:
        name = f"registry_{next(_NUMBERS)}"
        owner = await asyncpg.connect(postgres_server.owner_url)
        # Ten times as quick as the usual way, because the file system need not copy what nobody changes.
        await owner.execute("SET file_copy_method = clone")
        await owner.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY")
        await owner.close()
        return name

    asyncio.run(prepare())
    plugins, settings = default_plugins()
    sandbox = SharedSandbox(settings)
    sandbox.begin()
    yield Site(plugins, sandbox, postgres_server, make_database)
    sandbox.end()


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
