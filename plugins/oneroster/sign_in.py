"""OAuth 2 client credentials: a token when there is none, or when the old one is spent."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote_plus

from pydantic import SecretStr

from core.sdk import ConnectorAuthFailed, ConnectorError, ConnectorMisconfigured, ConnectorTransient
from core.sdk.connectors import Answer, Connection, Tokens
from plugins.oneroster.answers import TokenDied, oauth_error
from plugins.oneroster.configuration import RestSource

EARLY = timedelta(seconds=30)
"""A token is renewed this long before its end, so that it does not end on its way."""
SCOPE_BASES = {
    "1.1": "https://purl.imsglobal.org/spec/or/v1p1/scope/",
    "1.2": "https://purl.imsglobal.org/spec/or/v1p2/scope/",
}
ROSTER_SCOPE = "roster-core.readonly"
GRADEBOOK_SCOPE = "gradebook.readonly"
DEMOGRAPHICS_SCOPE = "roster-demographics.readonly"
GRADEBOOK = frozenset({"categories", "lineItems", "results"})
"""Collections of the gradebook: a scope of their own, in 1.2 an address of their own."""

_LIMIT = 429
_TROUBLE = 500
_GOOD = 200
_REFUSED = frozenset({400, 401, 403})
T = TypeVar("T")


def wanted_scopes(source: RestSource, *, demographics: bool) -> tuple[str, ...]:
    """Return the scopes that are asked for: those of the settings, or the read-only ones of the version."""
    names = (ROSTER_SCOPE, GRADEBOOK_SCOPE, *([DEMOGRAPHICS_SCOPE] if demographics else []))
    return source.scopes or tuple(f"{SCOPE_BASES[source.version]}{name}" for name in names)


def scope_of(collection: str) -> str:
    """Return the short name of the scope that a collection needs."""
    if collection in GRADEBOOK:
        return GRADEBOOK_SCOPE
    return DEMOGRAPHICS_SCOPE if collection == "demographics" else ROSTER_SCOPE


class SignIn:
    """Holds the bearer token of a connection."""

    def __init__(self, connection: Connection, source: RestSource, *, demographics: bool) -> None:
        self._connection = connection
        self._source = source
        self._scopes = wanted_scopes(source, demographics=demographics)
        self._tokens: Tokens | None = None
        self.refused_scopes: tuple[str, ...] = ()
        """Scopes that were asked for and not granted, if the server says which it grants."""

    async def authorised(self, ask: Callable[[dict[str, str]], Awaitable[T]]) -> T:
        """Return what `ask` returns when it is called with the header; once more with a new token if that one died."""
        tokens = await self._current()
        try:
            return await ask(_bearer(tokens))
        except TokenDied:
            self._tokens = await self._connection.tokens.renew(tokens, self._exchange)
            return await ask(_bearer(self._tokens))

    async def afresh(self) -> None:
        """Sign in whatever is in store: this proves the credentials."""
        stored = await self._connection.tokens.load()
        self._tokens = await self._connection.tokens.renew(stored, self._exchange)

    async def _current(self) -> Tokens:
        tokens = self._tokens or await self._connection.tokens.load()
        if tokens is None or self._is_spent(tokens):
            tokens = await self._connection.tokens.renew(tokens, self._exchange)
        self._tokens = tokens
        return tokens

    def _is_spent(self, tokens: Tokens) -> bool:
        return tokens.expires_at is not None and tokens.expires_at - EARLY <= self._connection.clock()

    async def _exchange(self) -> Tokens:
        source = self._source
        pair = f"{quote_plus(source.client_id)}:{quote_plus(source.client_secret.get_secret_value())}"
        answer = await self._connection.http.request(
            "POST",
            source.token_url,
            judge=_judge,
            form=(("grant_type", "client_credentials"), ("scope", " ".join(self._scopes))),
            headers={"accept": "application/json"},
            secret_headers={"authorization": f"Basic {b64encode(pair.encode()).decode()}"},
        )
        given = answer.json()
        self._note_scopes(given.get("scope"))
        seconds = given.get("expires_in")
        lasts = isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0
        return Tokens(
            access=SecretStr(given["access_token"]),
            expires_at=self._connection.clock() + timedelta(seconds=float(seconds)) if lasts else None,
        )

    def _note_scopes(self, granted: object) -> None:
        if isinstance(granted, str) and granted.strip():
            self.refused_scopes = tuple(scope for scope in self._scopes if scope not in granted.split())


def _bearer(tokens: Tokens) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.access.get_secret_value()}"}


def _judge(answer: Answer) -> None:
    """Raise what the answer of a token endpoint means (RFC 6749, 5.2), unless it gives a bearer token."""
    error = oauth_error(answer)
    if error or answer.status != _GOOD:
        raise _refusal(answer.status, error)
    found = answer.json()
    detail = ""
    if not isinstance(found, dict) or not isinstance(found.get("access_token"), str) or not found["access_token"]:
        detail = "the address for tokens gives no access_token; check this address"
    elif str(found.get("token_type", "bearer")).casefold() != "bearer":
        detail = "the server gives tokens of another type than bearer, which is not supported"
    if detail:
        raise ConnectorMisconfigured(detail)


def _refusal(status: int, error: str) -> ConnectorError:
    said = f"the address for tokens answers {status}{' ' * bool(error)}{error}"
    if status == _LIMIT or status >= _TROUBLE:
        return ConnectorTransient(said)
    if error == "invalid_scope":
        return ConnectorMisconfigured(f"{said}; correct the scopes, or have them granted to this client")
    if error or status in _REFUSED:
        return ConnectorAuthFailed(f"{said}; check client id and secret")
    return ConnectorMisconfigured(f"{said}; check this address")
