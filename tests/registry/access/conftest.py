"""A migrated database a test, and the house on it."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import asyncpg
import pytest

from core.access.first_start import ensure_first_administrator
from core.kernel.database.connection import Database
from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.database.migrate import migrate
from core.kernel.settings import AccessSettings, FirstStartSettings
from tests.kernel_database import HandClock, KernelDatabase
from tests.registry.access.house import APPS, House, application, quick_services

_TEMPLATE = "access_template"
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def access_server(postgres_server: EmbeddedPostgres) -> EmbeddedPostgres:
    async def prepare() -> None:
        await postgres_server.create_database(_TEMPLATE)
        owner_url, service_url = postgres_server.owner_url_of(_TEMPLATE), postgres_server.app_url_of(_TEMPLATE)
        await migrate(owner_url, service_url, apps=APPS)

    asyncio.run(prepare())
    return postgres_server


@pytest.fixture
async def empty(access_server: EmbeddedPostgres, clock: HandClock) -> AsyncIterator[KernelDatabase]:
    """A database with the schema of access and nothing in it."""
    name = f"access_{next(_NUMBERS)}"
    await access_server.create_database(name, template=_TEMPLATE)
    service_url, owner_url = access_server.app_url_of(name), access_server.owner_url_of(name)
    database = Database(service_url, apps=APPS, clock=clock, pool=8)
    await database.open()
    owner = await asyncpg.connect(owner_url)
    yield KernelDatabase(service=database, service_url=service_url, owner_url=owner_url, owner=owner)
    await owner.close()
    await database.close()
    await access_server.drop_database(name)


@pytest.fixture
async def house(empty: KernelDatabase, clock: HandClock) -> AsyncIterator[House]:
    services = quick_services(empty.service, clock)
    first = await ensure_first_administrator(empty.service, FirstStartSettings(), AccessSettings())
    assert first is not None
    made = House(application(services), services, empty.owner, empty.service_url, first, clock)
    yield made
    for browser in made.browsers:
        await browser.http.aclose()
    services.close()
