"""Sessions of browsers: begin, switch to another institution, end."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.access.credentials import csrf_token, new_session_token, token_digest
from core.access.gate import Caller
from core.access.models import SessionRow
from core.access.services import AccessServices
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.settings import AccessSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A session that has just begun; the only moment its token is known to the service."""

    token: str = field(repr=False)
    expires_at: datetime

    @property
    def csrf_token(self) -> str:
        """What pages of this session send with changes."""
        return csrf_token(self.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An institution that an account serves."""

    id: UUID
    name: str
    short_name: str
    roles: tuple[str, ...]


async def institutions_of(work: Work, account_id: UUID) -> list[Served]:
    """Return the institutions the account serves now, by name."""
    rows = await work.rows("SELECT * FROM institutions_of($1)", [account_id])
    return [_served(row) for row in rows]


def _served(row: dict[str, Any]) -> Served:
    return Served(id=row["institution_id"], name=row["name"], short_name=row["short_name"], roles=tuple(row["roles"]))


def named(served: Sequence[Served], institution_id: UUID | None) -> Served | None:
    """Return the institution with this id, or the only one if none is asked for; None when that does not decide."""
    if institution_id is None:
        return served[0] if len(served) == 1 else None
    return next((each for each in served if each.id == institution_id), None)


async def begin(work: Work, settings: AccessSettings, account_id: UUID, reason: str) -> Started:
    """Begin a session of `account_id` in the institution of `work`; `reason` goes into the audit trail."""
    token = new_session_token()
    row = await SessionRow.create(
        account_id=account_id,
        token_digest=token_digest(token),
        source=work.scope.source,
        created_at=work.now,
        last_seen_at=work.now,
        expires_at=work.now + timedelta(hours=settings.session_hours),
    )
    work.record("session.started", "account", account_id, {"session_id": row.id, "reason": reason})
    return Started(token=token, expires_at=row.expires_at)


async def end(work: Work, caller: Caller, reason: str) -> None:
    """End the session of `caller`."""
    await SessionRow.filter(id=caller.credential_id, ended_at=None).update(ended_at=work.now)
    work.record("session.ended", "account", caller.account_id, {"session_id": caller.credential_id, "reason": reason})


async def sign_out(services: AccessServices, caller: Caller) -> None:
    """End the session of `caller`; the next request with its cookie is a stranger's."""
    async with services.database.work(caller.scope) as work:
        await end(work, caller, "sign_out")


async def switch(services: AccessServices, caller: Caller, institution_id: UUID) -> Started:
    """End the session of `caller` and begin one in another institution of the same account.

    Raises `NotFound` if the account does not serve it; the old session then goes on.
    """
    async with services.database.work(caller.scope) as work:
        served = await institutions_of(work, caller.account_id)
        if named(served, institution_id) is None:
            raise NotFound
        await end(work, caller, "switch")
    scope = replace(caller.scope, institution_id=institution_id)
    async with services.database.work(scope) as work:
        return await begin(work, services.settings, caller.account_id, "switch")
