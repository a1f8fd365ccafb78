"""The pool recovers by itself, whenever connections are lost."""

import asyncio

from core.kernel.errors import DatabaseUnavailable
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from tests.kernel_database import HandClock, KernelDatabase, QuickDatabase

DROP = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = 'deloteka_service'"
)


async def ask(database: KernelDatabase) -> bool:
    try:
        async with database.service.work(Scope(institution_id=new_id())) as work:
            await work.rows("SELECT 1")
    except DatabaseUnavailable:
        return False
    return True


async def test_lost_connections_are_said_and_never_missing_afterwards(kernel_database: KernelDatabase) -> None:
    for _ in range(15):
        await asyncio.gather(*(ask(kernel_database) for _ in range(8)))
        asking = asyncio.gather(*(ask(kernel_database) for _ in range(8)))
        await kernel_database.owner.execute(DROP)
        await asking
    async with asyncio.timeout(20):
        while not all(await asyncio.gather(*(ask(kernel_database) for _ in range(16)))):
            pass


async def test_a_unit_of_work_that_is_cancelled_gives_its_connection_back(kernel_database: KernelDatabase) -> None:
    for number in range(40):
        task = asyncio.create_task(ask(kernel_database))
        for _ in range(number % 12):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(20):
        assert all(await asyncio.gather(*(ask(kernel_database) for _ in range(16))))


async def test_many_who_ask_first_and_at_once_all_get_a_connection_again_and_again(
    kernel_database: KernelDatabase, clock: HandClock
) -> None:
    for connections in (1, 2, 12):
        database = QuickDatabase(kernel_database.service_url, apps=("core.kernel",), clock=clock, pool=connections)
        await database.open()
        async with asyncio.timeout(20):
            for _ in range(3):
                await asyncio.gather(*(database.ask("SELECT pg_sleep(0.001)") for _ in range(40)))
                await database.ping()
            await database.close()


async def test_a_connection_that_was_lost_while_it_lay_at_hand_is_not_lent(kernel_database: KernelDatabase) -> None:
    async def backend() -> int:
        (row,) = await kernel_database.service.ask("SELECT pg_backend_pid() AS number")
        return int(row["number"])

    first = await backend()
    assert await backend() == first
    await kernel_database.owner.execute("SELECT pg_terminate_backend($1, 10000)", first)
    # The end of the connection reaches this process with its next turn.
    await asyncio.sleep(0.1)
    assert await backend() != first
