"""Passwords: Argon2id in threads of its own, in equal time whether or not anybody has the login."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, TypeVar, TypeVarTuple

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from core.access.common_passwords import is_common
from core.access.errors import WeakPassword

LONGEST: Final = 200
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that look alike in print."""
_GROUPS: Final = 4
_GROUP: Final = 5
_THREADS: Final = 2

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def one_time_password() -> str:
    """Return a random password of 20 characters in groups, about 99 bits, to be changed at the first sign-in."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimePassword:
    """A password to be changed at the first sign-in, at the only moment the service knows it."""

    value: str = field(repr=False)
    hashed: str = field(repr=False)
    expires_at: datetime
    """From then on it lets nobody in."""


class Passwords:
    """Hashes and checks passwords; the parameters are OWASP's for Argon2id (19 MiB, two passes, one lane)."""

    def __init__(self, *, min_length: int = 12, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._min_length = min_length
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="passwords")

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def check_strength(self, password: str, *, login: str) -> None:
        """Raise `WeakPassword` for what would be guessed first (NIST SP 800-63B, 3.1.1.2)."""
        plain = _normal(password)
        if len(plain) < self._min_length:
            raise WeakPassword(reason="short", min_length=self._min_length)
        if len(plain) > LONGEST:
            raise WeakPassword(reason="long", max_length=LONGEST)
        if login.casefold() in plain.casefold():
            raise WeakPassword(reason="login")
        if is_common(plain):
            raise WeakPassword(reason="common")

    async def issue(self, now: datetime, hours: int) -> OneTimePassword:
        """Make a one-time password that lets in for `hours` from `now` on."""
        value = one_time_password()
        return OneTimePassword(value=value, hashed=await self.hash(value), expires_at=now + timedelta(hours=hours))

    async def hash(self, password: str) -> str:
        """Return the Argon2id hash of `password`, with salt and parameters in it."""
        return await self._in_thread(self._hasher.hash, _bytes(password))

    async def verify(self, known: str | None, password: str) -> bool:
        """Say whether `password` belongs to the hash `known`; with None it takes as long and is always wrong."""
        return await self._in_thread(self._verify, known, _bytes(password))

    def is_outdated(self, known: str) -> bool:
        """Say whether the hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(known)

    async def _in_thread(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def _verify(self, known: str | None, password: bytes) -> bool:
        try:
            self._hasher.verify(known or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return known is not None

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe())


def _normal(password: str) -> str:
    # The same password typed on another system may arrive in another form of Unicode (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    # Half a surrogate pair is a wrong password, not a failure of the service.
    return _normal(password).encode("utf-8", "surrogatepass")
