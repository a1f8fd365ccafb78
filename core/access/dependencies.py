"""What routes say to know their caller: `caller: Annotated[Caller, Depends(allow(Permission.DOCUMENTS_READ))]`."""

from typing import Annotated, Final

from fastapi import Depends, Header, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from core.access.credentials import csrf_fits
from core.access.errors import CsrfRefused, NotSignedIn, PasswordChangeRequired, SessionRequired, TwoCredentials
from core.access.gate import Caller, Origin
from core.access.origin import client_address, purpose_of
from core.access.permissions import Permission
from core.access.services import AccessServices
from core.kernel.errors import Forbidden
from core.web.context import request_id

SESSION_COOKIE: Final = "deloteka_session"
CSRF_HEADER: Final = "X-CSRF-Token"
PURPOSE_HEADER: Final = "Deloteka-Purpose"

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_COOKIE: Final = APIKeyCookie(
    name=SESSION_COOKIE,
    scheme_name="session",
    auto_error=False,
    description=f"Cookie of a browser, set by POST /api/v1/session. Changes also need the header {CSRF_HEADER}.",
)
_BEARER: Final = HTTPBearer(
    scheme_name="token",
    bearerFormat="dlt_…",
    auto_error=False,
    description="Token of a program, made by POST /api/v1/tokens.",
)


Purpose = Annotated[
    str | None,
    Header(
        alias=PURPOSE_HEADER,
        description="Why personal data are read or changed, percent-encoded UTF-8, for the audit trail.",
        examples=[
            "%D0%97%D0%B0%D0%BF%D1%80%D0%BE%D1%81%20%D0%B2%D1%8B%D0%BF%D1%83%D1%81%D0%BA%D0%BD%D0%B8%D0%BA%D0%B0"
        ],
    ),
]


async def access_services(request: Request) -> AccessServices:
    """Return what the composition root put at `app.state.access`."""
    return _services(request)


def _services(request: Request) -> AccessServices:
    services: AccessServices = request.app.state.access
    return services


Services = Annotated[AccessServices, Depends(access_services)]


async def origin_of(request: Request, purpose: Purpose = None) -> Origin:
    """Return address, id and purpose of the request; raise `InvalidPurpose`."""
    return _origin(request, _services(request), purpose)


def _origin(request: Request, services: AccessServices, purpose: str | None) -> Origin:
    peer = request.client.host if request.client else ""
    forwarded = ",".join(request.headers.getlist("x-forwarded-for")) or None
    source = client_address(peer, forwarded, services.trusted_proxies)
    return Origin(source=source, request_id=request_id(request.scope), purpose=purpose_of(purpose))


RequestOrigin = Annotated[Origin, Depends(origin_of)]


async def signed_in(
    request: Request,
    cookie: Annotated[str | None, Depends(_COOKIE)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    purpose: Purpose = None,
) -> Caller:
    """Return who asks; raise `InvalidPurpose`, `NotSignedIn`, `CredentialExpired`, `TwoCredentials` or `CsrfRefused`.

    Every request passes here, and a dependency costs more than what most of them do; so there are but two below.
    """
    services = _services(request)
    origin = _origin(request, services, purpose)
    if cookie and "authorization" in request.headers:
        raise TwoCredentials
    if bearer is not None:
        return await services.gate.admit(bearer.credentials, "token", origin)
    if not cookie:
        raise NotSignedIn
    caller = await services.gate.admit(cookie, "session", origin)
    if request.method not in _SAFE and not csrf_fits(cookie, request.headers.get(CSRF_HEADER, "")):
        raise CsrfRefused
    return caller


class Allow:
    """A dependency that lets through who has every permission of `needed`; none needed: whoever is signed in."""

    def __init__(self, needed: frozenset[Permission], *, session_only: bool, before_password_change: bool) -> None:
        self.needed = needed
        self.session_only = session_only
        self.before_password_change = before_password_change

    async def __call__(self, caller: Annotated[Caller, Depends(signed_in)]) -> Caller:
        """Return the caller; raise `PasswordChangeRequired`, `SessionRequired` or `Forbidden` (fact: `needed`)."""
        if caller.must_change_password and caller.credential == "session" and not self.before_password_change:
            raise PasswordChangeRequired
        if self.session_only and caller.credential != "session":
            raise SessionRequired
        missing = self.needed - caller.permissions
        if missing:
            raise Forbidden(needed=sorted(missing))
        return caller


def allow(*needed: Permission, session_only: bool = False, before_password_change: bool = False) -> Allow:
    """Return the dependency of a route that needs all of `needed`.

    `session_only` keeps programs with tokens out; `before_password_change` lets in who still has a one-time password.
    """
    return Allow(frozenset(needed), session_only=session_only, before_password_change=before_password_change)
