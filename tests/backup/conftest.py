"""A house to back up, and empty places to restore into: real PostgreSQL, real object store."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from core.kernel.database.embedded import EmbeddedPostgres
from storage.embedded import EmbeddedStore
from storage.embedded.files import load_secrets
from storage.s3 import S3Vault, open_vault
from tests.backup.places import Places
from tests.kernel_database import HandClock
from tests.registry_house import House, Site, open_house
from tests.registry_site import open_site

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    """One object server for all tests of backups; each restore has a bucket of its own in it."""
    store = EmbeddedStore(tmp_path_factory.mktemp("backup-store"))
    asyncio.run(store.start())
    yield store
    asyncio.run(store.stop(patience=0.1))


@pytest.fixture(scope="session")
def vault(store: EmbeddedStore) -> Iterator[S3Vault]:
    vault = asyncio.run(store.open_vault())
    yield vault
    asyncio.run(vault.close())


@pytest.fixture(scope="session")
def site(postgres_server: EmbeddedPostgres) -> Iterator[Site]:
    # What is backed up is the schema of the service and nothing else.
    with open_site(postgres_server, "backup", again=False) as site:
        yield site


@pytest.fixture
async def house(site: Site, vault: S3Vault, tmp_path: Path, clock: HandClock) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        yield await open_house(stack, site, folder=tmp_path / "house", clock=clock, vault=vault)


@pytest.fixture
async def places(site: Site, store: EmbeddedStore, vault: S3Vault, clock: HandClock) -> AsyncIterator[Places]:
    """Makes empty places to restore into, and drops them with the test."""
    keeper = load_secrets(store.folder / "secrets.json")
    address = replace(vault.address, access_key=keeper.keeper_access_key, secret_key=keeper.keeper_secret_key)
    async with AsyncExitStack() as stack:

        async def make_vault() -> S3Vault:
            return await stack.enter_async_context(
                await open_vault(replace(address, bucket=f"restored-{next(_NUMBERS)}"))
            )

        async def make_database() -> tuple[str, str]:
            name = f"restored_{next(_NUMBERS)}"
            await site.postgres.create_database(name)
            stack.push_async_callback(site.postgres.drop_database, name)
            return site.postgres.owner_url_of(name), site.postgres.app_url_of(name)

        yield Places(stack, site, clock, make_vault, make_database)
