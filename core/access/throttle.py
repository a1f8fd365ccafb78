"""Slows down guessing: each failed attempt makes the next one wait longer, for a login, an address and a pair of both.

An attempt is counted before the password is looked at, in a transaction of its own: any number of processes and of
simultaneous requests share one count. A right password clears the count. Nothing is ever locked for good.
"""

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.access.errors import TooManyAttempts
from core.access.origin import address_group
from core.kernel.database.work import Work
from core.kernel.settings import AccessSettings

_LOGIN_FACTOR: Final = 4
_ADDRESS_FACTOR: Final = 10
"""A whole school may come from one address."""
_LOGIN_LONGEST: Final = 60
"""Seconds; short, because strangers elsewhere can cause this delay to the holder of the login."""

_TAKE: Final = """
INSERT INTO sign_in_attempts AS a (key, attempts, last_at, next_at)
VALUES ($1, 1, $2::timestamptz, $2::timestamptz + make_interval(secs => CASE WHEN $4::int <= 1 THEN 1 ELSE 0 END))
ON CONFLICT (key) DO UPDATE
   SET attempts = CASE WHEN a.last_at < $2::timestamptz - $3::interval THEN 1 ELSE a.attempts + 1 END,
       last_at = $2::timestamptz,
       next_at = $2::timestamptz + make_interval(secs => CASE
         WHEN a.last_at < $2::timestamptz - $3::interval OR a.attempts + 1 < $4::int THEN 0
         ELSE least(power(2, least(a.attempts + 1 - $4::int, 30)), $5::int) END)
 WHERE a.next_at <= $2::timestamptz
RETURNING attempts
"""
_NEXT: Final = "SELECT next_at FROM sign_in_attempts WHERE key = $1"
_CLEAR: Final = "DELETE FROM sign_in_attempts WHERE key = $1"
_GIVE_BACK: Final = "UPDATE sign_in_attempts SET attempts = greatest(attempts - 1, 0) WHERE key = $1"


@dataclass(frozen=True, slots=True)
class _Count:
    key: bytes
    free: int
    longest: int


class Throttle:
    """Counts attempts of one login from one address."""

    def __init__(self, settings: AccessSettings, *, login: str, address: str) -> None:
        window = settings.attempts_window_minutes * 60
        free = settings.attempts_before_delay
        name, place = login.casefold(), address_group(address)
        self._window = timedelta(seconds=window)
        self._pair = _Count(_key("pair", name, place), free, window)
        self._login = _Count(_key("login", name), free * _LOGIN_FACTOR, min(_LOGIN_LONGEST, window))
        self._address = _Count(_key("address", place), free * _ADDRESS_FACTOR, window)

    async def take(self, work: Work) -> None:
        """Count one attempt; raise `TooManyAttempts` with the seconds to wait, and then count nothing.

        Commit before the password is looked at.
        """
        # Always in this order, or two requests could wait for each other.
        for count in (self._pair, self._login, self._address):
            await self._take(work, count)

    async def _take(self, work: Work, count: _Count) -> None:
        if await work.rows(_TAKE, [count.key, work.now, self._window, count.free, count.longest]):
            return
        row = (await work.rows(_NEXT, [count.key]))[0]
        raise TooManyAttempts(max(1, math.ceil((row["next_at"] - work.now).total_seconds())))

    async def forgive(self, work: Work) -> None:
        """Forget the failures of the login after a right password; of the address, this one attempt only."""
        # In the order of `take`, for the same reason.
        for count in (self._pair, self._login):
            await work.run(_CLEAR, [count.key])
        await work.run(_GIVE_BACK, [self._address.key])


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
