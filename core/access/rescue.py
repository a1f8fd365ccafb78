"""What whoever runs the installation does to an account as a whole, in every institution it serves."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise.expressions import F

from core.access.errors import HasNoPassword
from core.access.models import Account
from core.access.passwords import OneTimePassword
from core.access.services import AccessServices
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.scope import installation_scope

_END: Final = "SELECT end_credentials($1, NULL, true, $2)"


@dataclass(frozen=True, slots=True)
class Rescue:
    """Acts for the installation; `source` says from where, for the audit trail of the installation."""

    services: AccessServices
    source: str

    async def reset_password(self, login: str) -> OneTimePassword:
        """Return a new one-time password; every session and token of the account ends.

        Raises `NotFound` or `HasNoPassword`.
        """
        password = await self.services.issue_password()
        async with self.services.database.work(installation_scope(source=self.source)) as work:
            account = await _account(work, login)
            if account.kind != "person":
                raise HasNoPassword
            await Account.filter(id=account.id).update(
                password_hash=password.hashed,
                must_change_password=True,
                password_expires_at=password.expires_at,
                revision=F("revision") + 1,
            )
            await work.rows(_END, [account.id, work.now])
            work.record("account.password_reset", "account", account.id)
        return password

    async def deactivate(self, login: str) -> UUID:
        """Shut an account out everywhere; sessions and tokens end at once. Twice changes nothing. Raises `NotFound`."""
        async with self.services.database.work(installation_scope(source=self.source)) as work:
            account = await _account(work, login)
            if account.deactivated_at is None:
                await Account.filter(id=account.id).update(deactivated_at=work.now, revision=F("revision") + 1)
                work.record("account.deactivated", "account", account.id)
            await work.rows(_END, [account.id, work.now])
            return account.id

    async def reactivate(self, login: str) -> UUID:
        """Let an account in again wherever it is a member. Twice changes nothing. Raises `NotFound`."""
        async with self.services.database.work(installation_scope(source=self.source)) as work:
            account = await _account(work, login)
            if account.deactivated_at is not None:
                await Account.filter(id=account.id).update(deactivated_at=None, revision=F("revision") + 1)
                work.record("account.reactivated", "account", account.id)
            return account.id


async def _account(work: Work, login: str) -> Account:
    rows = await work.rows("SELECT id FROM accounts WHERE lower(login) = lower($1) FOR UPDATE", [login])
    if not rows:
        raise NotFound
    return await Account.get(id=rows[0]["id"])
