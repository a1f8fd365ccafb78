"""Worker, object store and database are killed in the middle of an execution: the end is the same."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.errors import Unavailable
from core.kernel.jobs.running import TryAgain
from storage.embedded import EmbeddedStore, Vacuum
from tests.registry.disposal.bureau import read_act
from tests.registry.disposal.executing import progress, quick, run_execution, started, waiting_act
from tests.registry.documents.running import environment
from tests.registry.documents.test_kill import frail_house as frail_house  # noqa: PLC0414 - a fixture
from tests.registry.documents.test_kill import kill
from tests.registry_house import House, Json

ROOT = Path(__file__).parents[4]
DOCUMENTS = (3, 3, 3, 3)


async def begun_by_a_worker(house: House) -> None:
    """Let a worker of its own begin, and kill it as soon as something is gone."""
    worker = subprocess.Popen(  # noqa: ASYNC220 - our own program
        [sys.executable, "-m", "core.cli", "worker"],
        cwd=ROOT,
        env=environment(house) | {"HOME": os.environ.get("HOME", "/")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(60):
            while len(await house.objects()) == sum(DOCUMENTS):
                assert worker.poll() is None
                await asyncio.sleep(0.005)
    finally:
        worker.kill()
        worker.wait()


async def driven_to_its_end(house: House, act: Json, services: object) -> None:
    async with asyncio.timeout(90):
        while True:
            try:
                await run_execution(house, services)  # type: ignore[arg-type]
                if (await read_act(house.a, act)).get("state") == "executed":
                    return
            except (TryAgain, Unavailable, OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
                await asyncio.sleep(0.1)


async def test_worker_store_and_database_may_be_killed_in_the_middle_of_an_execution(
    frail_house: tuple[House, EmbeddedPostgres, EmbeddedStore],
) -> None:
    house, postgres, store = frail_house
    act, _ = await waiting_act(house, *DOCUMENTS)
    await started(house, act)
    await begun_by_a_worker(house)
    left = len(await house.objects())
    services = quick(house, vacuum=Vacuum(store.folder, settling=0.1), lines_at_once=1)
    await store.kill()
    with pytest.raises((TryAgain, Unavailable)):
        await run_execution(house, services)
    await store.start()
    driving = asyncio.create_task(driven_to_its_end(house, act, services))
    await asyncio.sleep(0.05)
    await kill(postgres)
    await postgres.start()
    await house.owner.close()
    house.owner = await asyncpg.connect(house.owner_url)
    await driving
    found = await progress(house, act)
    assert left < sum(DOCUMENTS)
    assert found["lines_by_state"] == {"destroyed": len(DOCUMENTS)}
    assert found["objects"] == found["absent"] == sum(DOCUMENTS)
    assert found["vacuums"][-1]["outcome"] == "done"
    assert await house.objects() == []
    assert (await house.actions()).count("case.destroyed") == len(DOCUMENTS)
    assert (await house.actions()).count("document.destroyed") == sum(DOCUMENTS)
