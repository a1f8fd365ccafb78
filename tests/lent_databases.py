"""Databases that tests borrow: copies of a migrated template, emptied by deleting rows when they come back.

Making and dropping one is some thousand files each; deleting what a test has left is some thirty statements.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Final, LiteralString

import psycopg
from psycopg import sql

from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.database.migrate import migrate

_MOST_TIMES: Final = 25
"""A database is lent so often: deleted rows stay in its files."""
_WATCH: Final = """
CREATE SCHEMA lent;
CREATE TABLE lent.changes (tag text NOT NULL);
CREATE FUNCTION lent.note() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
 'BEGIN INSERT INTO lent.changes VALUES (tg_tag); END';
CREATE EVENT TRIGGER lent_changes ON ddl_command_end EXECUTE FUNCTION lent.note();
ALTER EVENT TRIGGER lent_changes ENABLE ALWAYS;
"""
_DISCONNECT: Final = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_CHANGED: Final = """
SELECT EXISTS (SELECT FROM lent.changes)
    OR EXISTS (SELECT FROM pg_statistic s JOIN pg_class c ON c.oid = s.starelid
                WHERE c.relnamespace = 'public'::regnamespace)
"""
_FILLED: Final = """
SELECT relname FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
"""
_KEPT: Final = "tortoise_migrations"
_APPLIED: Final = "SELECT array_agg(m::text ORDER BY m.id) FROM tortoise_migrations m"
_RESTART: Final = """
SELECT setval(seqrelid, seqstart, false) FROM pg_sequence
 WHERE seqrelid <> pg_get_serial_sequence('tortoise_migrations', 'id')::regclass
"""


class _Lent:
    """One database, and a connection that may delete whatever stands there."""

    def __init__(self, name: str, owner_url: str) -> None:
        self.name = name
        self.times = 0
        self._owner_url = owner_url
        self._connection: psycopg.Connection | None = None

    def empty(self, applied: object) -> bool:
        """Delete every row; return whether that makes it equal to its template."""
        try:
            return self._empty(applied)
        except psycopg.OperationalError:  # A test has ended every connection.
            return False

    def _empty(self, applied: object) -> bool:
        if self._connection is None:
            self._connection = psycopg.connect(self._owner_url, autocommit=True)
            self._connection.execute("SET session_replication_role = replica")
        owner = self._connection
        owner.execute(_DISCONNECT)
        if owner.execute(_CHANGED).fetchone() != (False,) or owner.execute(_APPLIED).fetchone() != applied:
            return False
        filled = [sql.Identifier(name) for (name,) in owner.execute(_FILLED) if name != _KEPT]
        if filled:
            owner.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(name) for name in filled))
        owner.execute(_RESTART)
        return True

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()


class Lender:
    """Lends databases with the schema of `apps`; whoever changes the schema, or gathers statistics, ends one.

    Those that are lent `again` know in a schema of their own whether that has happened.
    """

    def __init__(self, server: EmbeddedPostgres, name: str, apps: Sequence[str], *, again: bool = True) -> None:
        self.server = server
        self.apps = apps
        self._again = again
        self._name = name
        self._template = f"{name}_template"
        self._numbers = count(1)
        self._idle: list[_Lent] = []
        self._maker: psycopg.Connection
        self._applied: object

    def begin(self) -> None:
        """Make the template."""
        owner_url = self.server.owner_url_of(self._template)
        asyncio.run(self._migrate(owner_url))
        with psycopg.connect(owner_url) as owner:
            if self._again:
                owner.execute(_WATCH)
            self._applied = owner.execute(_APPLIED).fetchone()
        self._maker = psycopg.connect(self.server.owner_url, autocommit=True)
        # Ten times as quick as the usual way, because the file system need not copy what nobody changes.
        self._maker.execute("SET file_copy_method = clone")

    async def _migrate(self, owner_url: str) -> None:
        await self.server.create_database(self._template)
        await migrate(owner_url, self.server.app_url_of(self._template), apps=self.apps)

    def end(self) -> None:
        """End the connections; the server takes the databases with it."""
        for lent in self._idle:
            lent.close()
        self._maker.close()

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Lend an empty database for the block, by its name."""
        lent = self._idle.pop() if self._idle else self._make()
        yield lent.name
        lent.times += 1
        if self._again and lent.times < _MOST_TIMES and lent.empty(self._applied):
            self._idle.append(lent)
        else:
            self._drop(lent)

    def _make(self) -> _Lent:
        name = f"{self._name}_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, self._template)
        return _Lent(name, self.server.owner_url_of(name))

    def _drop(self, lent: _Lent) -> None:
        lent.close()
        self._run("DROP DATABASE {} WITH (FORCE)", lent.name)

    def _run(self, command: LiteralString, *names: str) -> None:
        self._maker.execute(sql.SQL(command).format(*map(sql.Identifier, names)))


@contextmanager
def lending(server: EmbeddedPostgres, name: str, apps: Sequence[str], *, again: bool = True) -> Iterator[Lender]:
    """Prepare a template called after `name`, and lend databases made from it."""
    lender = Lender(server, name, apps, again=again)
    lender.begin()
    yield lender
    lender.end()
