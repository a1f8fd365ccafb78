"""Tokens of programs: made once, shown once, kept as a digest, limited in what and how long."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from core.access.credentials import new_api_token, token_digest
from core.access.errors import ScopesExceed, TokenLivesTooLong
from core.access.models import ApiToken
from core.access.permissions import Permission
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.kernel.settings import AccessSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedToken:
    """What a new token shall be for."""

    name: str
    scopes: frozenset[Permission]
    expires_at: datetime | None = None
    """None: as long as the settings allow."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token at the only moment its value is known to the service."""

    row: ApiToken
    value: str = field(repr=False)


async def create(
    work: Work, settings: AccessSettings, *, account_id: UUID, allowed: Collection[Permission], wanted: WantedToken
) -> NewToken:
    """Make a token of `account_id` with scopes within `allowed`.

    Raises `ScopesExceed` (fact: needed) or `TokenLivesTooLong` (also for an expiry that has passed).
    """
    beyond = wanted.scopes - set(allowed)
    if beyond:
        raise ScopesExceed(needed=sorted(beyond))
    latest = work.now + timedelta(days=settings.token_max_days)
    expires_at = wanted.expires_at or latest
    if not work.now < expires_at <= latest:
        raise TokenLivesTooLong(max_days=settings.token_max_days)
    value = new_api_token()
    row = await ApiToken.create(
        account_id=account_id,
        name=wanted.name,
        token_digest=token_digest(value),
        scopes=sorted(wanted.scopes),
        created_by=work.scope.actor_id,
        created_at=work.now,
        expires_at=expires_at,
    )
    payload = {"account_id": account_id, "name": row.name, "scopes": row.scopes, "expires_at": expires_at}
    work.record("token.created", "token", row.id, payload)
    return NewToken(row, value)


def listing(account_id: UUID) -> Listing[ApiToken]:
    """Return the tokens of an account in the present institution, newest first, revoked and expired ones included."""
    return Listing(ApiToken.filter(account_id=account_id), ("-id",))


async def revoke(work: Work, *, account_id: UUID, token_id: UUID) -> None:
    """End a token at once; ending it twice changes nothing. Raises `NotFound` if the account has no such token."""
    token = await ApiToken.get_or_none(id=token_id, account_id=account_id)
    if token is None:
        raise NotFound
    if await ApiToken.filter(id=token_id, revoked_at=None).update(revoked_at=work.now):
        work.record("token.revoked", "token", token_id, {"account_id": account_id})
