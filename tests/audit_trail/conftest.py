"""A trail to look at: entries written through units of work, and an object storage in memory."""

from uuid import UUID

import pytest

from core.kernel.ids import new_id
from storage.memory import MemoryVault
from tests.audit_trail.trail import Trail
from tests.kernel_database import HandClock, KernelDatabase


@pytest.fixture
def institution() -> UUID:
    return new_id()


@pytest.fixture
def trail(kernel_database: KernelDatabase, clock: HandClock, institution: UUID) -> Trail:
    return Trail(kernel_database, clock, institution, MemoryVault(clock))
