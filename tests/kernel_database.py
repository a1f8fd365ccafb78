"""What a test of the kernel holds in its hands: a database seen from two sides, and a clock that is set by hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from core.kernel.database.connection import Database


class HandClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class KernelDatabase:
    """A migrated database of its own, seen by the service and by the owner of the schema."""

    service: Database
    service_url: str
    owner_url: str
    owner: asyncpg.Connection
