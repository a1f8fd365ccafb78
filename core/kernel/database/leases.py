"""Connections at hand: what the pool has lent once is lent on, and goes back to the pool when somebody waits there.

The pool makes a task for each connection that comes back, which costs as much as a short question to PostgreSQL.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy

_AT_HAND: Final = 8
"""Connections that stay out of the pool; of the others it closes what nobody has used for some minutes."""


class Leases:
    """Lends the connections of a pool; a connection that failed at anything goes back to it, which knows what to do."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._at_hand: list[PoolConnectionProxy] = []
        self._waiting = 0

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[PoolConnectionProxy]:
        """Lend a connection for the block; wait for one while all are lent."""
        connection = await self._take()
        try:
            yield connection
        except BaseException:
            await self._pool.release(connection)
            raise
        if self._waiting or len(self._at_hand) >= _AT_HAND or _is_gone(connection):
            await self._pool.release(connection)
        else:
            self._at_hand.append(connection)

    async def _take(self) -> PoolConnectionProxy:
        while self._at_hand:
            connection = self._at_hand.pop()
            if not _is_gone(connection):
                return connection
            await self._pool.release(connection)
        self._waiting += 1
        try:
            return await self._pool.acquire()
        finally:
            self._waiting -= 1

    async def give_back(self) -> None:
        """Hand the pool what is at hand, before it is closed."""
        while self._at_hand:
            await self._pool.release(self._at_hand.pop())


def _is_gone(connection: PoolConnectionProxy) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        # The pool has taken it back by itself.
        return True
