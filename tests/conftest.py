"""What tests of several areas stand on: a migrated PostgreSQL, a database a test, a clock that is set by hand."""

import asyncio
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

from core.kernel.database.embedded import EmbeddedPostgres
from tests.kernel_database import HandClock, KernelDatabase, borrowed
from tests.lent_databases import Lender, lending

if TYPE_CHECKING:
    from storage.embedded import EmbeddedStore
    from storage.s3 import S3Vault
    from tests.registry_house import Site

if find_spec("sniffio") is None:
    # httpx looks for it at every request to an application, all along the path, where it is known not to be there.
    sys.modules["sniffio"] = None  # type: ignore[assignment]

# What is imported and collected stays to the end: garbage is not looked for in it.
gc.disable()

# Tests are not timed: a machine that stands still for a moment is no failure.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_ENOUGH = 4 << 30
"""Bytes that the databases of all test processes may need."""


def pytest_collection_finish() -> None:
    """Look for garbage from here on, in what tests make."""
    gc.freeze()
    gc.enable()


def _quick_place() -> Path | None:
    """Return where thousands of files a second may come and go; None for the usual place.

    A database a test is some thousand files, and ext4 looks long for the number of each when as many have just gone.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the folder that is made there has a name of its own
    if os.access(memory, os.W_OK | os.X_OK) and shutil.disk_usage(memory).free >= _ENOUGH:
        return memory
    return None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """One server a test process; its folder lies where PostgreSQL's account can reach it."""
    folder = Path(tempfile.mkdtemp(prefix="deloteka-test-", dir=_quick_place()))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder / "postgresql", durable=False)

    asyncio.run(server.start())
    with psycopg.connect(server.owner_url) as owner:
        # What makes a password dear to guess makes each of some thousand connections dear.
        owner.execute("SET scram_iterations = 1")
        for role in map(urlsplit, (server.owner_url, server.app_url)):
            change = sql.SQL("ALTER ROLE {} PASSWORD {}")
            owner.execute(change.format(sql.Identifier(role.username or ""), sql.Literal(role.password)))
    yield server
    asyncio.run(server.stop())
    shutil.rmtree(folder)


# What the houses of a test process share; tests without a house do without what it imports.


@pytest.fixture(scope="session")
def registry_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator["EmbeddedStore"]:
    """One object server a test process; tests keep apart by the random ids in their keys."""
    from storage.embedded import EmbeddedStore  # noqa: PLC0415 (few tests need it)

    store = EmbeddedStore(tmp_path_factory.mktemp("registry-store"))
    asyncio.run(store.start())
    yield store
    asyncio.run(store.stop(patience=0.1))


@pytest.fixture(scope="session")
def registry_vault(registry_store: "EmbeddedStore") -> Iterator["S3Vault"]:
    vault = asyncio.run(registry_store.open_vault())
    yield vault
    asyncio.run(vault.close())


@pytest.fixture(scope="session")
def site(postgres_server: EmbeddedPostgres) -> Iterator["Site"]:
    """Plugins, sandbox and a migrated database."""
    from tests.registry_site import open_site  # noqa: PLC0415 (it imports the whole service)

    with open_site(postgres_server, "registry") as site:
        yield site


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def kernel_lender(postgres_server: EmbeddedPostgres) -> Iterator[Lender]:
    with lending(postgres_server, "kernel", ("core.kernel",)) as lender:
        yield lender


@pytest.fixture
async def kernel_database(kernel_lender: Lender, clock: HandClock) -> AsyncIterator[KernelDatabase]:
    async with borrowed(kernel_lender, clock) as database:
        yield database
