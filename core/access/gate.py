"""From a credential to a caller: one question to the database, asked anew for every request."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from core.access.credentials import token_digest
from core.access.errors import CredentialExpired, NotSignedIn
from core.access.permissions import Permission, Role, granted, sees_own_groups_only
from core.kernel.clock import Clock, today
from core.kernel.database.connection import Database
from core.kernel.scope import ActorKind, Scope

Credential = Literal["session", "token"]

_AUTHENTICATE: Final = "SELECT * FROM authenticate($1, $2, $3)"
_LONGEST_TOKEN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request came from and what for."""

    source: str
    """Network address of the client."""
    request_id: str
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: one account acting for one institution with what its roles (and the scopes of its token) allow."""

    account_id: UUID
    institution_id: UUID
    roles: frozenset[Role]
    permissions: frozenset[Permission]
    kind: ActorKind
    credential: Credential
    credential_id: UUID
    expires_at: datetime
    operator: bool
    must_change_password: bool
    time_zone: str
    """IANA name; that of the institution."""
    scope: Scope
    """For `Database.work`: institution, actor, address, request and purpose."""

    def may(self, permission: Permission) -> bool:
        """Say whether the caller has `permission`."""
        return permission in self.permissions

    def today(self, clock: Clock) -> date:
        """Return the calendar date of the institution."""
        return today(clock, self.time_zone)


class Gate:
    """Asks the database who holds a credential; keeps nothing, so a deactivation is felt by the next request."""

    def __init__(self, database: Database, *, clock: Clock, idle_minutes: int) -> None:
        self._database = database
        self._clock = clock
        self._idle = timedelta(minutes=idle_minutes)

    async def admit(self, token: str, expected: Credential, origin: Origin) -> Caller:
        """Return who holds `token`; raise `NotSignedIn`, `CredentialExpired` or `DatabaseUnavailable`."""
        if len(token) > _LONGEST_TOKEN:
            raise NotSignedIn
        rows = await self._database.ask(_AUTHENTICATE, [token_digest(token), self._clock(), self._idle])
        if not rows or rows[0]["credential"] != expected:
            raise NotSignedIn
        if rows[0]["expired"]:
            raise CredentialExpired
        return _caller(rows[0], origin, self._clock)


def _caller(row: dict[str, Any], origin: Origin, clock: Clock) -> Caller:
    roles = frozenset(Role(role) for role in row["roles"])
    kind = ActorKind(row["kind"])
    return Caller(
        account_id=row["account_id"],
        institution_id=row["institution_id"],
        roles=roles,
        permissions=granted(roles, operator=row["is_operator"], rights=row["rights"], scopes=row["scopes"]),
        kind=kind,
        credential=row["credential"],
        credential_id=row["credential_id"],
        expires_at=row["expires_at"],
        operator=row["is_operator"],
        must_change_password=row["must_change_password"],
        time_zone=row["time_zone"],
        scope=Scope(
            institution_id=row["institution_id"],
            actor_kind=kind,
            actor_id=row["account_id"],
            source=origin.source,
            request_id=origin.request_id,
            purpose=origin.purpose,
            own_groups_on=today(clock, row["time_zone"]) if sees_own_groups_only(roles) else None,
        ),
    )
