"""The tokens of one connection: encrypted, renewed by one process at a time, saved before they are used."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from core.connections.keyring import Keyring, Sealed
from core.connections.models import TokenRow
from core.connections.secrets import TOKENS, opened_tokens, place_of, sealed_tokens, texts_of
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.kernel.scope import Scope
from core.outbound import Redactor
from core.sdk.connectors import Tokens
from core.sdk.errors import ConnectorTransient

LEASE: Final = timedelta(minutes=3)
"""For which a process that died holds the others up."""
_EXCHANGE: Final = 150.0
"""Seconds; shorter than the lease, so that nobody exchanges what somebody else may be exchanging."""
_LOOK: Final = 0.2

_MAKE: Final = (
    "INSERT INTO connection_tokens (id, institution_id, connection_id)"
    " SELECT $1, institution_id, id FROM connections WHERE institution_id = $2 AND id = $3 AND state <> 'removed'"
    " ON CONFLICT ON CONSTRAINT connection_tokens_once DO NOTHING"
)
_LEASE: Final = (
    "UPDATE connection_tokens SET lease = $3, leased_until = $4 WHERE institution_id = $1 AND connection_id = $2"
    " AND (lease IS NULL OR leased_until <= $5)"
)
_RELEASE: Final = (
    "UPDATE connection_tokens SET lease = NULL, leased_until = NULL"
    " WHERE institution_id = $1 AND connection_id = $2 AND lease = $3"
)
_SAVE: Final = (
    "UPDATE connection_tokens SET key_id = $3, envelope = $4, version = version + 1, saved_at = $5"
    " WHERE institution_id = $1 AND connection_id = $2"
)


class KeptTokens:
    """Implements `core.sdk.connectors.TokenStore` for one connection."""

    def __init__(
        self,
        database: Database,
        scope: Scope,
        connection_id: UUID,
        *,
        keyring: Callable[[], Keyring],
        redactor: Redactor,
    ) -> None:
        self._database = database
        self._scope = scope
        self._connection_id = connection_id
        self._keyring = keyring
        self._redactor = redactor
        self._key = [scope.institution_id, connection_id]

    async def load(self) -> Tokens | None:
        """Return what was saved last; raise `SecretsUnreadable`."""
        async with self._database.work(self._scope):
            row = await TokenRow.get_or_none(connection_id=self._connection_id)
        if row is None or row.envelope is None or row.key_id is None:
            return None
        tokens = opened_tokens(self._keyring(), Sealed(row.key_id, row.envelope), self._place())
        self._redactor.learn(*texts_of(tokens))
        return tokens

    async def save(self, tokens: Tokens) -> None:
        """Save durably; returns after the commit."""
        async with self._database.work(self._scope) as work:
            await self.save_within(work, tokens)

    async def save_within(self, work: Work, tokens: Tokens) -> None:
        """Save together with what else `work` does."""
        self._redactor.learn(*texts_of(tokens))
        sealed = sealed_tokens(self._keyring(), tokens, self._place())
        await self._make(work)
        await work.run(_SAVE, [*self._key, sealed.key_id, sealed.envelope, work.now])

    async def renew(self, spent: Tokens | None, exchange: Callable[[], Awaitable[Tokens]]) -> Tokens:
        """Get new tokens for `spent` unless others did meanwhile, and return them once they are saved.

        Raises `ConnectorTransient` when the exchange takes too long, or another process holds the lock all the time.
        """
        async with self._lock():
            present = await self.load()
            if present is not None and (spent is None or present.access != spent.access):
                return present
            try:
                async with asyncio.timeout(_EXCHANGE):
                    fresh = await exchange()
            except TimeoutError:
                detail = "the platform did not renew the sign-in in time"
                raise ConnectorTransient(detail) from None
            await _to_the_end(self.save(fresh))
            return fresh

    @asynccontextmanager
    async def _lock(self) -> AsyncIterator[None]:
        lease = uuid4()
        await self._acquire(lease)
        try:
            yield
        finally:
            await _to_the_end(self._release(lease))

    async def _acquire(self, lease: UUID) -> None:
        try:
            async with asyncio.timeout(LEASE.total_seconds() + 10):
                while not await self._leased(lease):  # noqa: ASYNC110 (another process ends the wait)
                    await asyncio.sleep(_LOOK)
        except TimeoutError:
            detail = "another process has been renewing the sign-in for minutes"
            raise ConnectorTransient(detail) from None

    async def _leased(self, lease: UUID) -> bool:
        async with self._database.work(self._scope) as work:
            await self._make(work)
            return bool(await work.run(_LEASE, [*self._key, lease, work.now + LEASE, work.now]))

    async def _release(self, lease: UUID) -> None:
        async with self._database.work(self._scope) as work:
            await work.run(_RELEASE, [*self._key, lease])

    async def _make(self, work: Work) -> None:
        await work.run(_MAKE, [new_id(), *self._key])

    def _place(self) -> str:
        return place_of(self._scope.institution_id, self._connection_id, TOKENS)


async def _to_the_end(step: Coroutine[Any, Any, None]) -> None:
    """Finish a step also when the run is cancelled: what the platform gives once only must not be lost."""
    task = asyncio.ensure_future(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
