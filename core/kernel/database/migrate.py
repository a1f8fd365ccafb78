"""Brings the schema up to date: one run at a time, the whole of it or nothing."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor
from tortoise.transactions import in_transaction

from core.kernel.database.connection import CONNECTION, connection_settings, database_errors

APP_ROLE: Final = "deloteka_app"
_LOCK: Final = 4_801_236_377
_CREATE_ROLE: Final = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') THEN
    CREATE ROLE {APP_ROLE} NOLOGIN NOBYPASSRLS;
  END IF;
END $$;
"""


async def migrate(owner_url: str, service_url: str, *, apps: Sequence[str]) -> list[str]:
    """Apply every migration of `apps` that is missing and let the service's login in; return their names.

    Runs that overlap wait for each other. Everything happens in one transaction: a killed run leaves the schema as
    it was. Raises `DatabaseUnavailable` when PostgreSQL does not answer.
    """
    settings = connection_settings(owner_url, pool=2, apps=apps)
    applied: list[str] = []

    def progress(event: str, app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(f"{app}.{name}")

    async with TortoiseContext() as context:
        await context.init(config=settings)
        with database_errors():
            async with in_transaction(CONNECTION) as connection:
                await connection.execute_query("SELECT pg_advisory_xact_lock($1)", [_LOCK])
                await connection.execute_script(_CREATE_ROLE)
                executor = MigrationExecutor(connection, settings["apps"])
                await executor.migrate(progress=progress)
                login = urlsplit(service_url).username or ""
                quoted = '"' + login.replace('"', '""') + '"'
                await connection.execute_script(f"GRANT {APP_ROLE} TO {quoted}")
    return applied


async def missing_migrations(owner_url: str, *, apps: Sequence[str]) -> list[str]:
    """Return the names of the migrations that have not been applied yet."""
    settings = connection_settings(owner_url, pool=2, apps=apps)
    async with TortoiseContext() as context:
        await context.init(config=settings)
        with database_errors():
            async with in_transaction(CONNECTION) as connection:
                plan = await MigrationExecutor(connection, settings["apps"]).plan()
                return [f"{step.migration.app_label}.{step.migration.name}" for step in plan]


async def service_role_faults(service_url: str) -> list[str]:
    """Return what is wrong with the login the service works under; empty when row-level security binds it."""
    with database_errors():
        connection = await asyncpg.connect(service_url, timeout=5)
        try:
            row = await connection.fetchrow(
                "SELECT r.rolsuper, r.rolbypassrls,"
                " (SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user) AS owned"
                " FROM pg_roles r WHERE r.rolname = current_user"
            )
        finally:
            await connection.close()
    faults = []
    if row["rolsuper"] or row["rolbypassrls"]:
        faults.append("the login of database.url bypasses row-level security; use a plain login role")
    if row["owned"]:
        faults.append("the login of database.url owns tables; give the tables to the login of database.owner_url")
    return faults
