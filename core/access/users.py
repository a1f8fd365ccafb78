"""Members of an institution, as its administrators manage them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from core.access.errors import (
    HasNoPassword,
    LastAdministrator,
    LoginTaken,
    OwnAccount,
    RightNotGiven,
    RolesExclude,
    SharedAccount,
)
from core.access.gate import Caller
from core.access.models import Account, Membership
from core.access.passwords import OneTimePassword
from core.access.permissions import STANDS_ALONE, Permission, Role
from core.access.services import AccessServices
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import AlreadyExists, Forbidden, NotFound, StaleState
from core.kernel.keyset import Listing, Position

_ACTIVE_ADMINISTRATORS: Final = (
    "SELECT m.account_id FROM memberships m JOIN accounts a ON a.id = m.account_id"
    " WHERE m.institution_id = $1 AND m.deactivated_at IS NULL AND a.deactivated_at IS NULL"
    " AND 'administrator' = ANY (m.roles)"
)


@dataclass(frozen=True, slots=True)
class User:
    """An account together with its membership in the present institution."""

    account: Account
    membership: Membership

    @property
    def revision(self) -> int:
        """Grows with every change of either part."""
        return self.account.revision + self.membership.revision

    @property
    def is_active(self) -> bool:
        """Whether the user can work in this institution now."""
        return self.account.deactivated_at is None and self.membership.deactivated_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedUser:
    """An account that shall be made."""

    login: str
    display_name: str
    kind: str
    roles: frozenset[Role]
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user at the only moment the one-time password is known to the service; None for programs."""

    user: User
    password: OneTimePassword | None


def check_roles(kind: str, roles: Collection[Role]) -> None:
    """Raise `RolesExclude` for roles that cannot be held together, or not by an account of this kind."""
    alone = STANDS_ALONE & set(roles)
    fits = (Role.SERVICE_ACCOUNT in roles) == (kind == "service")
    if not roles or not fits or (alone and len(set(roles)) > 1):
        raise RolesExclude(roles=sorted(roles))


async def user_of(work: Work, account_id: UUID) -> User:
    """Return a member of the present institution; raise `NotFound`."""
    membership = await Membership.get_or_none(account_id=account_id, institution_id=work.scope.institution_id)
    if membership is None:
        raise NotFound
    return User(await Account.get(id=account_id), membership)


async def page_of_users(position: Position | None, limit: int) -> tuple[list[User], Position | None]:
    """Return at most `limit` members of the present institution after `position`, and where the next page begins."""
    memberships, following = await user_listing().after(position, limit)
    accounts = {each.id: each for each in await Account.filter(id__in=[row.account_id for row in memberships])}
    return [User(accounts[row.account_id], row) for row in memberships], following


def user_listing() -> Listing[Membership]:
    """Return the members of the present institution in the order they came."""
    return Listing(Membership.filter(), ("id",))


async def make_account(
    work: Work, wanted: WantedUser, password: OneTimePassword | None, *, operator: bool = False, first: bool = False
) -> Account:
    """Make an account; the password, if it has one, is to be changed. Raises `LoginTaken`; the work is then lost."""
    try:
        account = await Account.create(
            login=wanted.login,
            display_name=wanted.display_name,
            kind=wanted.kind,
            password_hash=password.hashed if password else None,
            must_change_password=password is not None,
            password_expires_at=password.expires_at if password else None,
            is_operator=operator,
            is_first=first,
            created_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) == "accounts_login":
            raise LoginTaken from error
        raise
    work.record("account.created", "account", account.id, {"login": account.login, "name": account.display_name})
    return account


async def make_member(work: Work, account_id: UUID, roles: Collection[Role], note: str = "") -> Membership:
    """Let an account serve the institution of `work`, which it must not serve yet: else `AlreadyExists`."""
    try:
        membership = await Membership.create(
            account_id=account_id, roles=sorted(set(roles)), note=note, created_at=work.now
        )
    except IntegrityError as error:
        if violated_constraint(error) == "memberships_institution_id_account_id_key":
            raise AlreadyExists from error
        raise
    work.record("membership.created", "account", account_id, {"roles": membership.roles})
    return membership


async def create(services: AccessServices, caller: Caller, wanted: WantedUser) -> NewUser:
    """Make an account that serves the caller's institution.

    Raises `RolesExclude`, or `LoginTaken` if any account of the installation has the login.
    """
    check_roles(wanted.kind, wanted.roles)
    password = await services.issue_password() if wanted.kind == "person" else None
    async with services.database.work(caller.scope) as work:
        await _enter_as_administrator(work, caller)
        account = await make_account(work, wanted, password)
        return NewUser(User(account, await make_member(work, account.id, wanted.roles, wanted.note)), password)


async def change(work: Work, caller: Caller, user: User, changes: Mapping[str, Any]) -> User:
    """Apply `changes` (display_name, roles, rights, note) to the revision that was read.

    Raises `OwnAccount` (nobody changes the own roles or rights), `RightNotGiven`, `RolesExclude`, `LastAdministrator`,
    `SharedAccount` (the name of somebody who serves elsewhere too) or `StaleState`.
    """
    await _enter_as_administrator(work, caller)
    membership = {name: changes[name] for name in ("roles", "rights", "note") if name in changes}
    if {"roles", "rights"} & changes.keys() and user.account.id == caller.account_id:
        raise OwnAccount
    if changes.get("rights") and user.account.kind != "person":
        raise RightNotGiven
    if "roles" in changes:
        roles = frozenset(changes["roles"])
        check_roles(user.account.kind, roles)
        if Role.ADMINISTRATOR not in roles:
            await _keep_an_administrator(work, without=user.account.id)
        membership["roles"] = sorted(roles)
    if "display_name" in changes:
        await _require_sole_member(work, caller, user.account)
        await _update_account(user.account, display_name=changes["display_name"])
    if membership:
        await _update_membership(user.membership, **membership)
    before = {name: getattr(user.membership, name) for name in ("roles", "rights") if name in changes}
    work.record("account.changed", "account", user.account.id, {"before": before, "changes": dict(changes)})
    return await user_of(work, user.account.id)


async def reset_password(services: AccessServices, caller: Caller, account_id: UUID) -> OneTimePassword:
    """Return a new one-time password; everything the account held (sessions, tokens) ends.

    Raises `NotFound`, `OwnAccount`, `HasNoPassword`, or `SharedAccount` if others answer for the account too.
    """
    password = await services.issue_password()
    async with services.database.work(caller.scope) as work:
        await _enter_as_administrator(work, caller)
        user = await user_of(work, account_id)
        if account_id == caller.account_id:
            raise OwnAccount
        if user.account.kind != "person":
            raise HasNoPassword
        await _require_sole_member(work, caller, user.account)
        await _update_account(
            user.account,
            password_hash=password.hashed,
            must_change_password=True,
            password_expires_at=password.expires_at,
        )
        await work.rows("SELECT end_credentials($1, NULL, true, $2)", [account_id, work.now])
        work.record("account.password_reset", "account", account_id)
        return password


async def deactivate(work: Work, caller: Caller, user: User, reason: str) -> User:
    """Shut a member out of this institution: sessions and tokens here end at once. Twice changes nothing.

    Raises `LastAdministrator`.
    """
    await _enter_as_administrator(work, caller)
    await _keep_an_administrator(work, without=user.account.id)
    if user.membership.deactivated_at is None:
        await _update_membership(user.membership, deactivated_at=work.now)
        work.record("membership.deactivated", "account", user.account.id, {"reason": reason})
    arguments = [user.account.id, work.scope.institution_id, work.now]
    await work.rows("SELECT end_credentials($1, $2, true, $3)", arguments)
    return await user_of(work, user.account.id)


async def reactivate(work: Work, caller: Caller, user: User, reason: str) -> User:
    """Let a member in again; ended sessions and tokens stay ended. Twice changes nothing."""
    await _enter_as_administrator(work, caller)
    if user.membership.deactivated_at is not None:
        await _update_membership(user.membership, deactivated_at=None)
        work.record("membership.reactivated", "account", user.account.id, {"reason": reason})
    return await user_of(work, user.account.id)


async def _enter_as_administrator(work: Work, caller: Caller) -> None:
    """Let administrators of one institution act one after the other, and only those who still are."""
    await work.rows("SELECT id FROM institutions WHERE id = $1 FOR UPDATE", [work.scope.institution_id])
    if caller.account_id not in await _administrators(work):
        raise Forbidden(needed=[Permission.ACCOUNTS_MANAGE.value])


async def _administrators(work: Work) -> Sequence[UUID]:
    rows = await work.rows(_ACTIVE_ADMINISTRATORS, [work.scope.institution_id])
    return [row["account_id"] for row in rows]


async def _keep_an_administrator(work: Work, *, without: UUID) -> None:
    administrators = await _administrators(work)
    if without in administrators and len(administrators) == 1:
        raise LastAdministrator


async def _require_sole_member(work: Work, caller: Caller, account: Account) -> None:
    if caller.operator:
        return
    rows = await work.rows("SELECT serves_elsewhere($1) AS elsewhere", [account.id])
    if account.is_operator or rows[0]["elsewhere"]:
        raise SharedAccount


async def _update_account(account: Account, **values: object) -> None:
    found = Account.filter(id=account.id, revision=account.revision)
    if not await found.update(**values, revision=F("revision") + 1):
        raise StaleState


async def _update_membership(membership: Membership, **values: object) -> None:
    found = Membership.filter(id=membership.id, revision=membership.revision)
    if not await found.update(**values, revision=F("revision") + 1):
        raise StaleState
