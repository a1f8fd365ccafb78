"""Sign-in: codes, access tokens with a life time and scopes, refresh tokens for one use."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from plugins.dnevnik.simulator.forms import Forms
from plugins.dnevnik.simulator.refusals import Refused
from plugins.dnevnik.simulator.shapes import Json, twin

ALL_SCOPES = frozenset({"CommonInfo", "ContactInfo", "EducationalInfo", "FriendsAndRelatives", "Files"})
CLIENT_ID = "simulated-application"
CLIENT_SECRET = "simulated-secret"  # noqa: S105 (of the simulator only)


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token stands for."""

    account: int
    """Index of the school whose administrator has signed in."""
    scopes: frozenset[str]
    expires: datetime


class SignIn:
    """Every code and token that this platform has given out."""

    def __init__(self, clock: Callable[[], datetime], forms: Forms, user_of: Callable[[int], int]) -> None:
        self._clock = clock
        self._forms = forms
        self._user_of = user_of
        self.lifetime = timedelta(days=30)
        self.client_id = CLIENT_ID
        self.client_secret = CLIENT_SECRET
        self.rotation = True
        """Whether a refresh token is spent by its use."""
        self.denied: set[str] = set()
        """Scopes that no token has any more."""
        self.is_open = True
        """Whether codes and refresh tokens are accepted."""
        self._number = 0
        self._codes: dict[str, Pass] = {}
        self._access: dict[str, Pass] = {}
        self._refresh: dict[str, Pass] = {}

    def token(self, *, account: int = 0, scopes: Collection[str] = ALL_SCOPES) -> str:
        """Return an access token as an operator would paste it."""
        token = self._new("access")
        self._access[token] = self._pass(account, frozenset(scopes))
        return token

    def code(self, *, account: int = 0, scopes: Collection[str] = ALL_SCOPES) -> str:
        """Return the code that the browser would bring back after a sign-in."""
        code = self._new("code")
        self._codes[code] = self._pass(account, frozenset(scopes))
        return code

    def revoke(self) -> None:
        """Make every access and refresh token invalid."""
        self._access.clear()
        self._refresh.clear()

    def forget_access(self) -> None:
        """Make every access token invalid; refresh tokens stay good."""
        self._access.clear()

    def holder(self, token: str | None) -> Pass:
        """Return what a token stands for; raise `Refused` if it is missing, unknown or too old."""
        if not token:
            raise Refused("tokenRequired")
        found = self._access.get(token)
        if found is None or found.expires <= self._clock():
            raise Refused("invalidToken")
        return replace(found, scopes=found.scopes - self.denied)

    def exchange(self, body: Json) -> Json:
        """Answer a code or a refresh token with new tokens."""
        known = (body.get("client_id"), body.get("client_secret")) == (self.client_id, self.client_secret)
        if not known or not self.is_open:
            raise Refused("authorizationFailed")
        grant = str(body.get("grant_type", "")).lower()
        if grant == "authorizationcode":
            found = self._codes.pop(str(body.get("code")), None)
        elif grant == "refreshtoken":
            spent = str(body.get("refreshToken"))
            found = self._refresh.pop(spent, None) if self.rotation else self._refresh.get(spent)
        else:
            raise Refused("parameterInvalid", "grant_type")
        if found is None:
            raise Refused("authorizationFailed")
        return self._grant(found)

    def _grant(self, found: Pass) -> Json:
        access, refresh = self._new("access"), self._new("refresh")
        fresh = self._pass(found.account, found.scopes)
        self._access[access] = self._refresh[refresh] = fresh
        seconds = int(self.lifetime.total_seconds())
        answer: Json = {
            "accessToken": access,
            "refreshToken": refresh,
            "scope": ",".join(sorted(found.scopes)),
            **twin("user", self._user_of(found.account)),
        }
        if self._forms.expiry == "expiresDate":
            return {**answer, "expiresDate": f"{fresh.expires.isoformat(timespec='seconds')}+03:00"}
        return {**answer, **twin("expiresIn", seconds)}

    def _pass(self, account: int, scopes: frozenset[str]) -> Pass:
        return Pass(account, scopes, self._clock() + self.lifetime)

    def _new(self, kind: str) -> str:
        self._number += 1
        return hashlib.sha256(f"{kind}/{self._number}".encode()).hexdigest()[:32]
