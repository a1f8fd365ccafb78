"""A migrated database a test, and the house on it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from core.access.first_start import ensure_first_administrator
from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.settings import AccessSettings, FirstStartSettings
from tests.kernel_database import HandClock, KernelDatabase, borrowed
from tests.lent_databases import Lender, lending
from tests.registry.access.house import APPS, House, application, quick_services


@pytest.fixture(scope="session")
def access_lender(postgres_server: EmbeddedPostgres) -> Iterator[Lender]:
    with lending(postgres_server, "access", APPS) as lender:
        yield lender


@pytest.fixture
async def empty(access_lender: Lender, clock: HandClock) -> AsyncIterator[KernelDatabase]:
    """A database with the schema of access and nothing in it."""
    async with borrowed(access_lender, clock) as database:
        yield database


@pytest.fixture
async def house(empty: KernelDatabase, clock: HandClock) -> AsyncIterator[House]:
    services = quick_services(empty.service, clock)
    first = await ensure_first_administrator(empty.service, FirstStartSettings(), AccessSettings())
    assert first is not None
    with application(services) as app:
        made = House(app, services, empty.owner, empty.service_url, first, clock)
        yield made
        for browser in made.browsers:
            await browser.http.aclose()
    services.close()
