"""The first start on an empty database: one institution, one account that can let everybody else in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.access.errors import LoginTaken
from core.access.models import Account
from core.access.passwords import OneTimePassword, Passwords
from core.access.permissions import Role
from core.access.users import WantedUser, make_account, make_member
from core.institutions.registry import found
from core.kernel.database.connection import Database
from core.kernel.database.constraints import violated_constraint
from core.kernel.ids import new_id
from core.kernel.scope import Scope, installation_scope
from core.kernel.settings import AccessSettings, FirstStartSettings

_SOURCE = "first start"
_LONGEST_SHORT_NAME = 100


@dataclass(frozen=True, slots=True)
class FirstAccess:
    """How to sign in for the first time; the only moment the password is known to the service."""

    login: str
    password: OneTimePassword
    institution_id: UUID
    account_id: UUID


async def ensure_first_administrator(
    database: Database, settings: FirstStartSettings, access: AccessSettings
) -> FirstAccess | None:
    """Make the first institution and its administrator, who is also operator; None if there is an account already.

    Of several processes that try at once one succeeds. Raises `UnknownTimeZone`.
    """
    async with database.work(installation_scope(source=_SOURCE)) as work:
        now = work.now
        if await Account.exists():
            return None
    password = await _issue(now, access)
    wanted = WantedUser(
        login=settings.administrator,
        display_name=settings.administrator,
        kind="person",
        roles=frozenset({Role.ADMINISTRATOR}),
    )
    try:
        async with database.work(Scope(institution_id=new_id(), source=_SOURCE)) as work:
            short_name = settings.institution[:_LONGEST_SHORT_NAME]
            # The account first: whoever comes second waits at its unique mark, and leaves nothing behind.
            account = await make_account(work, wanted, password, operator=True, first=True)
            institution = await found(
                work, name=settings.institution, short_name=short_name, inn=None, time_zone=settings.time_zone
            )
            await make_member(work, account.id, wanted.roles)
    except LoginTaken:
        return None
    except IntegrityError as error:
        if violated_constraint(error) == "accounts_first":
            return None
        raise
    return FirstAccess(account.login, password, institution.id, account.id)


async def _issue(now: datetime, access: AccessSettings) -> OneTimePassword:
    passwords = Passwords()
    try:
        return await passwords.issue(now, access.one_time_password_hours)
    finally:
        passwords.close()
