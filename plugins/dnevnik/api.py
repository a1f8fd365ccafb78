"""Calls to the platform with the connection's token, which is renewed when it ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from core.sdk.connectors import Connection, Parameters, SignInForm, Tokens
from core.sdk.errors import ConnectorAuthFailed, ConnectorMisconfigured, ConnectorTransient
from plugins.dnevnik.answers import Reading
from plugins.dnevnik.fields import Loose, objects
from plugins.dnevnik.settings import EDUCATION, DnevnikSettings, OwnApplication, PastedToken

_SOON = timedelta(seconds=60)


class Api:
    """The calls of one connection. Every method raises the connector errors that the answers stand for."""

    def __init__(self, connection: Connection, settings: DnevnikSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._tokens: Tokens | None = None

    async def get(self, path: str, params: Parameters = (), *, scope: str = EDUCATION) -> Any:  # noqa: ANN401 (JSON)
        """Return what a call answers; `scope` is named if it is missing."""
        return await self._authorized("GET", path, params, scope)

    async def list(self, path: str, params: Parameters = (), *, scope: str = EDUCATION) -> Sequence[dict[str, Any]]:
        """Return the objects that a call lists."""
        return objects(await self.get(path, params, scope=scope), path)  # type: ignore[return-value]

    async def many(self, path: str, ids: Sequence[str]) -> Sequence[dict[str, Any]]:
        """Return the objects of a reading POST that takes a bare list of ids."""
        numbers = [int(each) for each in ids]
        return objects(await self._authorized("POST", path, (), EDUCATION, numbers), path)  # type: ignore[return-value]

    async def access(self) -> SecretStr:
        """Return a token that is good for now."""
        way = self._settings.sign_in
        if isinstance(way, PastedToken):
            return way.token
        return (await self._current()).access

    def sign_in_form(self, *, state: str, redirect_uri: str) -> SignInForm:
        """Return the address of the platform's sign-in page."""
        way = self._application()
        query = {
            "response_type": "code",
            "client_id": way.client_id,
            "scope": ",".join(self._settings.scopes),
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return SignInForm(address=f"{self._settings.login_url}?{urlencode(query, safe=',')}", state=state)

    async def complete_sign_in(self, code: str) -> None:
        """Exchange a code for tokens and save them."""
        tokens = await self._exchange(self._settings.spellings.code_grant, code=code)
        await self._connection.tokens.save(tokens)
        self._tokens = tokens

    def is_own_host(self, address: str) -> bool:
        """Tell whether an address leads to the API itself."""
        return urlsplit(address).netloc.lower() == self._settings.host

    async def _authorized(
        self, method: str, path: str, params: Parameters, scope: str, body: Sequence[int] | None = None
    ) -> Any:  # noqa: ANN401 (JSON)
        try:
            return await self._request(method, path, params, scope, body)
        except ConnectorAuthFailed:
            if self._tokens is None or isinstance(self._settings.sign_in, PastedToken):
                raise
            self._tokens = await self._renewed(self._tokens)
        return await self._request(method, path, params, scope, body)

    async def _request(self, method: str, path: str, params: Parameters, scope: str, body: Sequence[int] | None) -> Any:  # noqa: ANN401 (JSON)
        token = await self.access()
        reading = Reading(scope=scope)
        await self._connection.http.request(
            method,
            self._url(path),
            judge=reading,
            params=params,
            secret_headers={"Access-Token": token.get_secret_value()},
            json=body,
        )
        return reading.value

    async def _current(self) -> Tokens:
        """The tokens as saved last, renewed if they end now."""
        if self._tokens is None:
            self._tokens = await self._connection.tokens.load()
        if self._tokens is None:
            detail = "nobody has signed in at the platform yet; sign in"
            raise ConnectorAuthFailed(detail)
        ends = self._tokens.expires_at
        if ends is not None and ends - _SOON <= self._connection.clock():
            self._tokens = await self._renewed(self._tokens)
        return self._tokens

    async def _renewed(self, spent: Tokens) -> Tokens:
        async def exchange() -> Tokens:
            if spent.refresh is None:
                detail = "the token has ended and the platform gave none to renew it; sign in again"
                raise ConnectorAuthFailed(detail)
            return await self._exchange("RefreshToken", refresh=spent.refresh.get_secret_value())

        return await self._connection.tokens.renew(spent, exchange)

    async def _exchange(self, grant: str, *, code: str | None = None, refresh: str | None = None) -> Tokens:
        way = self._application()
        reading = Reading()
        await self._connection.http.request(
            "POST",
            self._url("/authorizations"),
            judge=reading,
            json={
                "code": code,
                "client_id": way.client_id,
                "client_secret": way.client_secret.get_secret_value(),
                "grant_type": grant,
                "refreshToken": refresh,
            },
        )
        if not isinstance(reading.value, dict):
            detail = "the platform answered the sign-in with something that is no object"
            raise ConnectorTransient(detail)
        return self._tokens_of(Loose(reading.value), before=refresh)

    def _tokens_of(self, answer: Loose, *, before: str | None) -> Tokens:
        access = answer.text("accesstoken")
        if not access:
            detail = "the platform's answer to the sign-in holds no token; sign in again"
            raise ConnectorAuthFailed(detail)
        refresh = answer.text("refreshtoken") or before
        return Tokens(
            access=SecretStr(access), refresh=SecretStr(refresh) if refresh else None, expires_at=self._end_of(answer)
        )

    def _end_of(self, answer: Loose) -> datetime | None:
        """When a token ends; the unit of `expiresIn` is seconds, as everywhere (RFC 6749, 5.1)."""
        seconds = answer.id("expiresin")
        if seconds and seconds.isdecimal() and int(seconds) > 0:
            return self._connection.clock() + timedelta(seconds=min(int(seconds), 10**9))
        try:
            end = datetime.fromisoformat(answer.text("expiresdate"))
        except ValueError:
            return None
        return end if end.tzinfo else end.replace(tzinfo=self._connection.zone)

    def _application(self) -> OwnApplication:
        if isinstance(self._settings.sign_in, OwnApplication):
            return self._settings.sign_in
        detail = "the connection uses a pasted token; choose the way «application» to sign in at the platform"
        raise ConnectorMisconfigured(detail)

    def _url(self, path: str) -> str:
        return f"{self._settings.base_url}{self._settings.path_prefix}{path}"
