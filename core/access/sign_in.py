"""Sign-in with login and password, and the change of one's own password."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import F

from core.access.errors import (
    ChooseInstitution,
    OneTimePasswordExpired,
    ServesNoInstitution,
    SignInFailed,
    WeakPassword,
    WrongPassword,
)
from core.access.gate import Caller, Origin
from core.access.models import Account
from core.access.services import AccessServices
from core.access.sessions import Served, Started, begin, institutions_of, named
from core.access.throttle import Throttle
from core.kernel.errors import StaleState
from core.kernel.ids import INSTALLATION, new_id
from core.kernel.scope import ActorKind, Scope

_FIND: Final = (
    "SELECT id, login, kind, password_hash, deactivated_at, password_expires_at FROM accounts"
    " WHERE lower(login) = lower($1)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What somebody typed."""

    login: str
    password: str = field(repr=False)
    institution_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    account: dict[str, Any] | None = field(repr=False)
    served: Sequence[Served]

    @property
    def password_hash(self) -> str | None:
        if self.account is None or self.account["deactivated_at"] or self.account["kind"] != "person":
            return None
        known: str | None = self.account["password_hash"]
        return known


async def sign_in(services: AccessServices, origin: Origin, typed: SignIn) -> tuple[UUID, UUID, Started]:
    """Return account, institution and the session that begins.

    Raises `TooManyAttempts`, `SignInFailed` (whichever of login and password is wrong), `OneTimePasswordExpired`,
    `ServesNoInstitution`, or `ChooseInstitution` when several come into question.
    """
    throttle = Throttle(services.settings, login=typed.login, address=origin.source)
    found = await _count_and_find(services, origin, typed.login, throttle)
    if not await services.passwords.verify(found.password_hash, typed.password) or found.account is None:
        await _record_failure(services, origin, typed, found)
        raise SignInFailed
    expires_at = found.account["password_expires_at"]
    if expires_at is not None and expires_at <= services.clock():
        await _record_failure(services, origin, typed, found)
        raise OneTimePasswordExpired
    await _accept(services, origin, typed, found.account, throttle)
    chosen = _choice(found.served, typed.institution_id)
    account_id: UUID = found.account["id"]
    async with services.database.work(_scope(origin, chosen.id, account_id)) as work:
        return account_id, chosen.id, await begin(work, services.settings, account_id, "password")


async def _count_and_find(services: AccessServices, origin: Origin, login: str, throttle: Throttle) -> _Found:
    async with services.database.work(_scope(origin, INSTALLATION)) as work:
        await throttle.take(work)
        rows = await work.rows(_FIND, [login])
        account = rows[0] if rows else None
        # Asked for strangers too, so that the answer takes as long.
        served = await institutions_of(work, account["id"] if account else new_id())
        return _Found(account, served)


async def _accept(
    services: AccessServices, origin: Origin, typed: SignIn, account: dict[str, Any], throttle: Throttle
) -> None:
    fresh = None
    if services.passwords.is_outdated(account["password_hash"]):
        fresh = await services.passwords.hash(typed.password)
    async with services.database.work(_scope(origin, INSTALLATION, account["id"])) as work:
        await throttle.forgive(work)
        if fresh is not None:
            await Account.filter(id=account["id"], password_hash=account["password_hash"]).update(password_hash=fresh)


async def _record_failure(services: AccessServices, origin: Origin, typed: SignIn, found: _Found) -> None:
    """Into the chain of the institution it concerns; a stranger's, or an undecided one, into the installation's."""
    concerned = named(found.served, typed.institution_id)
    async with services.database.work(_scope(origin, concerned.id if concerned else INSTALLATION)) as work:
        if found.account is not None:
            work.record("session.refused", "account", found.account["id"])
        else:
            # People type passwords into the wrong field: enough to tell series of attempts apart, not to guess from.
            digest = hashlib.sha256(typed.login.casefold().encode("utf-8", "surrogatepass")).hexdigest()
            work.record("session.refused", "account", "unknown", {"login_fingerprint": digest[:6]})


def _choice(served: Sequence[Served], institution_id: UUID | None) -> Served:
    if not served:
        raise ServesNoInstitution
    chosen = named(served, institution_id)
    if chosen is None:
        raise ChooseInstitution(institutions=[{"id": str(each.id), "name": each.name} for each in served])
    return chosen


def _scope(origin: Origin, institution_id: UUID, account_id: UUID | None = None) -> Scope:
    return Scope(
        institution_id=institution_id,
        actor_kind=ActorKind.PERSON if account_id else ActorKind.UNKNOWN,
        actor_id=account_id,
        source=origin.source,
        request_id=origin.request_id,
        purpose=origin.purpose,
    )


async def change_password(services: AccessServices, caller: Caller, present: str, wanted: str) -> Started:
    """Replace the own password, end every session of the account, and begin a new one here; tokens stay.

    Raises `TooManyAttempts`, `WrongPassword` or `WeakPassword`.
    """
    async with services.database.work(caller.scope) as work:
        account = await Account.get(id=caller.account_id)
        throttle = Throttle(services.settings, login=account.login, address=caller.scope.source)
        await throttle.take(work)
    services.passwords.check_strength(wanted, login=account.login)
    if not await services.passwords.verify(account.password_hash, present):
        await _record_wrong_password(services, caller)
        raise WrongPassword
    if present == wanted:
        raise WeakPassword(reason="same")
    fresh = await services.passwords.hash(wanted)
    async with services.database.work(caller.scope) as work:
        await throttle.forgive(work)
        changed = await Account.filter(id=account.id, password_hash=account.password_hash).update(
            password_hash=fresh,
            must_change_password=False,
            password_expires_at=None,
            password_changed_at=work.now,
            revision=F("revision") + 1,
        )
        if not changed:
            raise StaleState
        await work.rows("SELECT end_credentials($1, NULL, false, $2)", [account.id, work.now])
        work.record("account.password_changed", "account", account.id)
        return await begin(work, services.settings, account.id, "password_change")


async def _record_wrong_password(services: AccessServices, caller: Caller) -> None:
    async with services.database.work(caller.scope) as work:
        work.record("account.password_change_refused", "account", caller.account_id)
