"""The connection pool, and the unit of work: one transaction for one institution and one actor."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import DBConnectionError, IntegrityError

from core.kernel.clock import Clock
from core.kernel.database.leases import Leases
from core.kernel.database.work import Records, Work
from core.kernel.errors import DatabaseUnavailable
from core.kernel.scope import Scope, scoped

CONNECTION: Final = "default"

_GONE: Final = (
    DBConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
)

_FOR_EVER: Final = 2**62
"""Questions after which a connection is replaced: nothing of them is left in it."""
_CREDENTIAL: Final = re.compile(r"[0-9a-f]*")


class PlainConnection(asyncpg.Connection):  # type: ignore[misc] # asyncpg is untyped
    """A connection that goes back to the pool as it is: all we set is local to a transaction, so nothing is left."""

    def get_reset_query(self) -> str:
        """Return nothing to run, which saves a question to PostgreSQL each time."""
        return ""


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn every way in which PostgreSQL can be gone into `DatabaseUnavailable`."""
    try:
        yield
    except _GONE as error:
        raise DatabaseUnavailable from error


def address(url: str) -> dict[str, Any]:
    """Return the parts of a `postgresql://` URL as asyncpg takes them; of its query `sslmode` is understood."""
    parts = urlsplit(url)
    found: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 5432,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")) or "deloteka",
    }
    if mode := parse_qs(parts.query).get("sslmode"):
        found["ssl"] = mode[0]
    return found


def connection_settings(url: str, *, pool: int, apps: Sequence[str] = ()) -> dict[str, Any]:
    """Return Tortoise's configuration for a `postgresql://` URL and the feature packages `apps`."""
    options = {"statement_timeout": "60000", "idle_in_transaction_session_timeout": "60000"}
    return {
        "connections": {
            CONNECTION: {
                "engine": "tortoise.backends.asyncpg",
                "credentials": address(url)
                | {
                    "minsize": 1,
                    "maxsize": pool,
                    "max_queries": _FOR_EVER,
                    "timeout": 5,
                    "connection_class": PlainConnection,
                    "server_settings": options,
                    "application_name": "deloteka",
                },
            }
        },
        "apps": {
            package.rpartition(".")[2]: {
                "models": [f"{package}.models"],
                "default_connection": CONNECTION,
                "migrations": f"{package}.migrations",
            }
            for package in apps
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def _begin(scope: Scope, credential: str) -> str:
    """Return what opens a transaction for `scope`, as one question; identifiers and hex digits need no quoting."""
    if not _CREDENTIAL.fullmatch(credential):
        message = "a credential is told to PostgreSQL as hexadecimal digits"
        raise ValueError(message)
    account = UUID(int=scope.actor_id.int) if scope.actor_id else ""
    day = scope.own_groups_on.isoformat() if scope.own_groups_on else ""
    return (
        f"BEGIN; SELECT set_config('deloteka.institution', '{UUID(int=scope.institution_id.int)}', true),"
        f" set_config('deloteka.account', '{account}', true), set_config('deloteka.credential', '{credential}', true),"
        f" set_config('deloteka.own_groups_on', '{day}', true)"
    )


def _require_commit(said: str) -> None:
    if said != "COMMIT":
        raise TransactionUndone


async def _undo(connection: asyncpg.Connection) -> None:
    """Roll back what is open; a connection that cannot even do that is ended, which rolls back too."""
    if connection.is_closed() or not connection.is_in_transaction():
        return
    try:
        await connection.execute("ROLLBACK")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()


class TransactionUndone(DatabaseUnavailable):
    """PostgreSQL answered a commit with a rollback: an error inside the transaction had been ignored."""

    code = "transaction_undone"
    title = "The change was undone"


class NarrowedScope(RuntimeError):
    """A function that is a whole transaction was called for somebody who sees the own groups only."""


class Database:
    """A pool of connections under the service's own role, which row-level security binds."""

    def __init__(self, url: str, *, apps: Sequence[str], clock: Clock, pool: int = 16) -> None:
        self._settings = connection_settings(url, pool=pool, apps=apps)
        self._clock = clock
        self._context = TortoiseContext()
        self._connections: AsyncpgDBClient
        self._leases: Leases | None = None

    async def open(self) -> None:
        """Load the tables; connections are made when they are first needed."""
        with self._current():
            await self._context.init(config=self._settings)
        client = self._context.connections.get(CONNECTION)
        if not isinstance(client, AsyncpgDBClient):
            message = "the pool is one of asyncpg's"
            raise TypeError(message)
        self._connections = client

    async def close(self) -> None:
        """Close every connection."""
        leases, self._leases = self._leases, None
        if leases is not None:
            await leases.give_back()
        await self._context.close_connections()

    @asynccontextmanager
    async def work(self, scope: Scope, *, credential: str = "") -> AsyncIterator[Work]:
        """Run the block in one transaction of `scope`; its records are written just before the commit.

        It is a transaction of its own also inside another one: neither sees the other's scope, fate or open changes.
        Raises `DatabaseUnavailable` when PostgreSQL does not answer; the transaction is then undone.
        """
        with database_errors(), self._current(), scoped(scope):
            async with self._transaction(_begin(scope, credential)) as connection:
                work = Work(connection, scope, self._clock)
                yield work
                await work.flush()

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[BaseDBAsyncClient]:
        """Open a transaction from the pool with the statements of `begin`; Tortoise's own would join an outer one."""
        async with (await self._lender()).lend() as raw:
            client = TransactionWrapper(self._connections)
            client._connection = raw  # noqa: SLF001 - what Tortoise's own context does
            token = self._context.connections.set(CONNECTION, client)
            try:
                await raw.execute(begin)
                yield client
                _require_commit(await raw.execute("COMMIT"))
            except BaseException:
                await asyncio.shield(_undo(raw))
                raise
            finally:
                self._context.connections.reset(token)

    async def _lender(self) -> Leases:
        if self._leases is None:
            await self._connect()
        if self._leases is None:
            raise DatabaseUnavailable
        return self._leases

    async def _connect(self) -> None:
        # Tortoise makes its pool when it is first asked. Several may ask at once, and only one may lend.
        await self._connections.execute_query("SELECT 1")
        pool = self._connections._pool  # noqa: SLF001 - there is no other way to it
        if pool is not None and self._leases is None:
            self._leases = Leases(pool)

    @contextmanager
    def _current(self) -> Iterator[None]:
        """Make this pool the one that tables are asked through; several may be open in one process."""
        token = _current_context.set(self._context)
        try:
            yield
        finally:
            _current_context.reset(token)

    async def ask(self, query: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run one statement outside any unit of work, for no institution; for what is asked before one is known.

        Row-level security shows it nothing: it calls functions made for the purpose. Raises `DatabaseUnavailable`.
        """
        with database_errors():
            try:
                async with (await self._lender()).lend() as connection:
                    rows = await connection.fetch(query, *values)
            except asyncpg.IntegrityConstraintViolationError as error:
                raise IntegrityError(error) from error
            return [dict(row) for row in rows]

    def records(self, scope: Scope) -> Records:
        """Return empty records of `scope`, to be written by the function that `call` calls."""
        return Records(scope, self._clock)

    async def call(self, scope: Scope, function: str, *values: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - of any type
        """Ask one question that is a whole transaction of `scope`: call the SQL `function` of ours with `values`.

        The function takes institution and account before the values and hands them to `enter_scope` first, so that
        row-level security binds it as it binds a unit of work. With the answer the transaction is committed. Raises
        `DatabaseUnavailable` (a change may then have happened or not), `IntegrityError`, and `NarrowedScope` because
        such a function sees the whole institution.
        """
        if scope.own_groups_on is not None:
            raise NarrowedScope
        given = [scope.institution_id, scope.actor_id, *values]
        places = ", ".join(f"${number}" for number in range(1, len(given) + 1))
        return await self.ask(f"SELECT * FROM {function}({places})", given)  # noqa: S608 - a name of ours

    async def ping(self) -> None:
        """Ask PostgreSQL for an answer; raise `DatabaseUnavailable` without one."""
        await self.ask("SELECT 1")
