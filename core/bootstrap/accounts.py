"""What a command about accounts needs, and none of what takes a server seconds to import."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from core.access.services import AccessServices
from core.bootstrap.clock import system_clock
from core.kernel.database.connection import Database
from core.kernel.settings import Settings
from core.kernel.settings_loading import database_urls

_APPS: Final = ("core.kernel", "core.institutions", "core.access")
_CONNECTIONS: Final = 2


@asynccontextmanager
async def open_accounts(settings: Settings) -> AsyncIterator[AccessServices]:
    """Open what accounts are made and rescued with, and close it again."""
    service_url, _ = database_urls(settings)
    database = Database(service_url, apps=_APPS, clock=system_clock, pool=_CONNECTIONS)
    await database.open()
    services = AccessServices.of(database, clock=system_clock, access=settings.access, service=settings.service)
    try:
        yield services
    finally:
        services.close()
        await database.close()
