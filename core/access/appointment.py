"""What an operator does: found an institution, and let accounts serve one; an operator sees no records by it."""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from core.access.errors import InstitutionUnclear, OwnAccount
from core.access.models import Account
from core.access.passwords import OneTimePassword
from core.access.permissions import Role
from core.access.services import AccessServices
from core.access.users import WantedUser, check_roles, make_account, make_member
from core.institutions.models import Institution
from core.institutions.registry import found, present
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.ids import INSTALLATION, new_id
from core.kernel.scope import Scope

_FIND: Final = "SELECT id, kind FROM accounts WHERE lower(login) = lower($1) AND deactivated_at IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointee:
    """Who shall serve an institution: somebody new, or (without a name) the account that has the login."""

    login: str
    display_name: str | None
    roles: frozenset[Role]
    kind: str = "person"
    operator: bool = False
    """For somebody new only."""


@dataclass(frozen=True, slots=True)
class Appointed:
    """An account that serves an institution from now on; the one-time password if it is new and a person's."""

    account_id: UUID
    institution: Institution
    password: OneTimePassword | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedInstitution:
    """An institution that shall be founded."""

    name: str
    short_name: str
    inn: str | None
    time_zone: str


async def found_institution(
    services: AccessServices, scope: Scope, wanted: WantedInstitution, administrator: Appointee
) -> Appointed:
    """Bring an institution into being together with its first administrator; `scope` says who wishes it.

    Raises `UnknownTimeZone`, `LoginTaken`, or `NotFound` if there is no such account.
    """
    prepared = await _prepare(services, scope, administrator)
    async with services.database.work(replace(scope, institution_id=new_id())) as work:
        institution = await found(
            work, name=wanted.name, short_name=wanted.short_name, inn=wanted.inn, time_zone=wanted.time_zone
        )
        return await _let_serve(work, institution, administrator, prepared)


async def appoint(services: AccessServices, scope: Scope, institution_id: UUID, appointee: Appointee) -> Appointed:
    """Let an account serve an institution.

    Raises `NotFound` (no such institution or account), `LoginTaken`, `AlreadyExists`, `RolesExclude`, or `OwnAccount`
    when an operator would give the own account a role other than administrator.
    """
    prepared = await _prepare(services, scope, appointee)
    there = replace(scope, institution_id=institution_id)
    if appointee.operator and prepared.account_id is None:
        async with services.database.work(there) as work:
            await present(work)
        # Row-level security lets no institution's work make an operator.
        async with services.database.work(replace(scope, institution_id=INSTALLATION)) as work:
            prepared = replace(prepared, account_id=(await _make(work, appointee, prepared)).id)
    async with services.database.work(there) as work:
        return await _let_serve(work, await present(work), appointee, prepared)


async def only_institution(services: AccessServices) -> UUID:
    """Return the one institution of the installation; raise `InstitutionUnclear` unless there is exactly one."""
    async with services.database.work(Scope(institution_id=INSTALLATION)):
        institutions = await Institution.all().limit(2)
    if len(institutions) != 1:
        raise InstitutionUnclear
    return institutions[0].id


@dataclass(frozen=True, slots=True)
class _Prepared:
    account_id: UUID | None
    password: OneTimePassword | None


async def _prepare(services: AccessServices, scope: Scope, appointee: Appointee) -> _Prepared:
    if appointee.display_name is None:
        account = await _known(services, scope, appointee)
        check_roles(account["kind"], appointee.roles)
        if account["id"] == scope.actor_id and appointee.roles != {Role.ADMINISTRATOR}:
            raise OwnAccount
        return _Prepared(account["id"], None)
    check_roles(appointee.kind, appointee.roles)
    if appointee.kind != "person":
        return _Prepared(None, None)
    return _Prepared(None, await services.issue_password())


async def _known(services: AccessServices, scope: Scope, appointee: Appointee) -> dict[str, Any]:
    async with services.database.work(replace(scope, institution_id=INSTALLATION)) as work:
        rows = await work.rows(_FIND, [appointee.login])
    if not rows:
        raise NotFound
    return rows[0]


async def _let_serve(work: Work, institution: Institution, appointee: Appointee, prepared: _Prepared) -> Appointed:
    account_id = prepared.account_id
    if account_id is None:
        account_id = (await _make(work, appointee, prepared)).id
    await make_member(work, account_id, appointee.roles)
    return Appointed(account_id, institution, prepared.password)


async def _make(work: Work, appointee: Appointee, prepared: _Prepared) -> Account:
    wanted = WantedUser(
        login=appointee.login,
        display_name=appointee.display_name or appointee.login,
        kind=appointee.kind,
        roles=appointee.roles,
    )
    return await make_account(work, wanted, prepared.password, operator=appointee.operator)
