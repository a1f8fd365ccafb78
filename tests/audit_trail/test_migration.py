"""The schema arrives whole or not at all, and the service's login is bound by it."""

import asyncio
import os
import signal
import subprocess
import sys
from itertools import count

import asyncpg
import pytest

from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.database.migrate import migrate, missing_migrations, service_role_faults

APPS = ["core.kernel"]
_NUMBERS = count(1)

SLOW_MIGRATION = """
import asyncio, sys
from core.kernel.database import migrate as module
from core.kernel.migrations import __name__ as _
from tortoise.migrations.executor import MigrationExecutor
original = MigrationExecutor.migrate
async def stop_at_the_end(self, *arguments, **options):
    await original(self, *arguments, **options)
    print("applied, not committed", flush=True)
    await asyncio.sleep(60)
MigrationExecutor.migrate = stop_at_the_end
asyncio.run(module.migrate(sys.argv[1], sys.argv[2], apps=["core.kernel"]))
"""


@pytest.fixture
async def empty(postgres_server: EmbeddedPostgres) -> tuple[str, str]:
    name = f"empty_{next(_NUMBERS)}"
    await postgres_server.create_database(name)
    return postgres_server.owner_url_of(name), postgres_server.app_url_of(name)


async def test_two_migrations_at_once_wait_for_each_other_and_apply_once(empty: tuple[str, str]) -> None:
    owner_url, service_url = empty
    assert await missing_migrations(owner_url, apps=APPS) == ["kernel.0001_foundation"]
    program = (
        "import asyncio, sys; from core.kernel.database.migrate import migrate;"
        "print(asyncio.run(migrate(sys.argv[1], sys.argv[2], apps=['core.kernel'])))"
    )
    runs = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, owner_url, service_url, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    answers = sorted([(await run.communicate())[0].decode().strip() for run in runs])
    assert answers == ["['kernel.0001_foundation']", "[]"]
    assert await missing_migrations(owner_url, apps=APPS) == []


async def test_a_killed_migration_leaves_nothing_and_can_be_repeated(empty: tuple[str, str]) -> None:
    owner_url, service_url = empty
    run = subprocess.Popen([sys.executable, "-c", SLOW_MIGRATION, owner_url, service_url], stdout=subprocess.PIPE)  # noqa: S603, ASYNC220
    assert run.stdout is not None
    with run.stdout:
        await asyncio.to_thread(run.stdout.readline)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    owner = await asyncpg.connect(owner_url)
    try:
        assert await owner.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    finally:
        await owner.close()
    assert await migrate(owner_url, service_url, apps=APPS) == ["kernel.0001_foundation"]


async def test_the_login_of_the_service_owns_nothing_and_bypasses_nothing(empty: tuple[str, str]) -> None:
    await migrate(*empty, apps=APPS)
    assert await service_role_faults(empty[1]) == []
    assert await service_role_faults(empty[0]) != []
