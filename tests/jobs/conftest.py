"""A bench with a worker in this process and a table that shows what jobs have done."""

from collections.abc import AsyncIterator

import pytest

from tests.jobs.bench import EFFECTS, Bench
from tests.kernel_database import KernelDatabase


@pytest.fixture
async def bench(kernel_database: KernelDatabase) -> AsyncIterator[Bench]:
    await kernel_database.owner.execute(EFFECTS)
    bench = Bench(kernel_database)
    yield bench
    await bench.stop()
