"""A real PostgreSQL for the tests: one server a test process, a fresh database a test."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from core.kernel.database.embedded import EmbeddedPostgres

_NUMBERS = count(1)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account can reach (pytest's own may be entered by their owner only)."""
    folder = Path(tempfile.mkdtemp(prefix="deloteka-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="deloteka-test-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder / "postgresql", durable=False)
    asyncio.run(server.start())
    yield server
    asyncio.run(server.stop())
    shutil.rmtree(folder)


@pytest.fixture
async def database(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The name of a database of its own."""
    name = f"test_{next(_NUMBERS)}"
    await postgres.create_database(name)
    yield name
    await postgres.drop_database(name)


@pytest.fixture
async def owner(postgres: EmbeddedPostgres, database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres.owner_url_of(database))
    yield connection
    await connection.close()


@pytest.fixture
async def service(postgres: EmbeddedPostgres, database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres.app_url_of(database))
    yield connection
    await connection.close()
