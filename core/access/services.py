"""What access works with; made once by the composition root and put at `app.state.access`."""

from dataclasses import dataclass
from typing import Self

from core.access.gate import Gate
from core.access.origin import Network, networks
from core.access.passwords import OneTimePassword, Passwords
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.settings import AccessSettings, ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessServices:
    """Database, clock, settings, and what checks credentials."""

    database: Database
    clock: Clock
    settings: AccessSettings
    gate: Gate
    passwords: Passwords
    trusted_proxies: tuple[Network, ...]
    secure_cookies: bool

    @classmethod
    def of(cls, database: Database, *, clock: Clock, access: AccessSettings, service: ServiceSettings) -> Self:
        """Build everything from the settings; raise `ValueError` if a trusted proxy is no address or network."""
        return cls(
            database=database,
            clock=clock,
            settings=access,
            gate=Gate(database, clock=clock, idle_minutes=access.session_idle_minutes),
            passwords=Passwords(min_length=access.password_min_length),
            trusted_proxies=networks(service.trusted_proxies),
            secure_cookies=service.secure_cookies,
        )

    async def issue_password(self) -> OneTimePassword:
        """Make a one-time password that lasts as long as the settings say."""
        return await self.passwords.issue(self.clock(), self.settings.one_time_password_hours)

    def close(self) -> None:
        """End the threads that hash passwords."""
        self.passwords.close()
