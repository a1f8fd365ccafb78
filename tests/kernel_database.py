"""What a test of the kernel holds in its hands: a database seen from two sides, and a clock that is set by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from core.kernel.clock import Clock
from core.kernel.database.connection import CONNECTION, Database
from tests.lent_databases import Lender

_loaded: set[tuple[str, ...]] = set()
"""Sets of features whose tables this process knows."""


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


class QuickDatabase(Database):
    """Loads its tables unless another one of this process has done so, which takes longer than most tests."""

    async def open(self) -> None:
        features = tuple(self._settings["apps"])
        with self._current():
            await self._context.init(config=self._settings, init_connections=features not in _loaded)
        client = self._context.connections.get(CONNECTION)
        assert isinstance(client, AsyncpgDBClient)
        self._connections = client
        _loaded.add(features)


@dataclass(frozen=True)
class KernelDatabase:
    """A migrated database of its own, seen by the service and by the owner of the schema."""

    service: Database
    service_url: str
    owner_url: str
    owner: asyncpg.Connection


@asynccontextmanager
async def borrowed(lender: Lender, clock: Clock) -> AsyncIterator[KernelDatabase]:
    """Open an empty database of `lender` from both sides, and give it back after the block."""
    with lender.lent() as name:
        service_url, owner_url = lender.server.app_url_of(name), lender.server.owner_url_of(name)
        database = QuickDatabase(service_url, apps=lender.apps, clock=clock, pool=8)
        await database.open()
        owner = await asyncpg.connect(owner_url)
        yield KernelDatabase(service=database, service_url=service_url, owner_url=owner_url, owner=owner)
        await owner.close()
        await database.close()
