"""Routes of one's own session."""

from typing import Annotated

from fastapi import Depends, Request, Response

from core.access.credentials import csrf_token
from core.access.dependencies import SESSION_COOKIE, RequestOrigin, Services, allow
from core.access.errors import (
    ChooseInstitution,
    CsrfRefused,
    NotSignedIn,
    OneTimePasswordExpired,
    ServesNoInstitution,
    SessionRequired,
    SignInFailed,
    TooManyAttempts,
    WeakPassword,
    WrongPassword,
)
from core.access.gate import Caller
from core.access.models import Account
from core.access.schemas import PasswordChange, ServedView, SessionView, SignInForm, Switch
from core.access.services import AccessServices
from core.access.sessions import Started, institutions_of, sign_out, switch
from core.access.sign_in import SignIn, change_password, sign_in
from core.kernel.errors import DatabaseUnavailable, NotFound
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1/session", tags=["session"])

AnyCaller = Annotated[Caller, Depends(allow(before_password_change=True))]
OwnSession = Annotated[Caller, Depends(allow(session_only=True, before_password_change=True))]
SettledSession = Annotated[Caller, Depends(allow(session_only=True))]


@router.post(
    "",
    summary="Sign in",
    status_code=201,
    responses=problem_responses(
        SignInFailed,
        OneTimePasswordExpired,
        TooManyAttempts,
        ChooseInstitution,
        ServesNoInstitution,
        DatabaseUnavailable,
    ),
)
async def start_session(form: SignInForm, response: Response, services: Services, origin: RequestOrigin) -> SessionView:
    """Sign in with login and password; sets the cookie of the session."""
    typed = SignIn(login=form.login, password=form.password, institution_id=form.institution_id)
    _, _, started = await sign_in(services, origin, typed)
    response.headers["Location"] = router.prefix
    return await _begun(services, response, started, await services.gate.admit(started.token, "session", origin))


@router.get("", summary="Who am I?", responses=problem_responses(NotSignedIn))
async def read_session(request: Request, services: Services, caller: AnyCaller) -> SessionView:
    """Tell who the caller is, where, what is allowed there, and the CSRF token of the session."""
    cookie = request.cookies.get(SESSION_COOKIE)
    return await _view(services, caller, csrf_token(cookie) if cookie and caller.credential == "session" else None)


@router.delete(
    "", summary="Sign out", status_code=204, responses=problem_responses(NotSignedIn, CsrfRefused, SessionRequired)
)
async def end_session(response: Response, services: Services, caller: OwnSession) -> None:
    """End the session at once."""
    await sign_out(services, caller)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=services.secure_cookies)


@router.post(
    "/institution",
    summary="Work in another institution",
    responses=problem_responses(NotSignedIn, CsrfRefused, SessionRequired, NotFound),
)
async def switch_institution(
    form: Switch, response: Response, services: Services, origin: RequestOrigin, caller: SettledSession
) -> SessionView:
    """End this session and begin one in another institution that the account serves."""
    started = await switch(services, caller, form.institution_id)
    return await _begun(services, response, started, await services.gate.admit(started.token, "session", origin))


@router.post(
    "/password",
    summary="Change the own password",
    responses=problem_responses(
        NotSignedIn, CsrfRefused, SessionRequired, WrongPassword, WeakPassword, TooManyAttempts
    ),
)
async def change_own_password(
    form: PasswordChange, response: Response, services: Services, origin: RequestOrigin, caller: OwnSession
) -> SessionView:
    """Replace the password; every session of the account ends, and a new one begins here. Tokens stay."""
    started = await change_password(services, caller, form.present, form.wanted)
    return await _begun(services, response, started, await services.gate.admit(started.token, "session", origin))


async def _begun(services: AccessServices, response: Response, started: Started, caller: Caller) -> SessionView:
    lasts = int((started.expires_at - services.clock()).total_seconds())
    response.set_cookie(
        SESSION_COOKIE,
        started.token,
        max_age=max(lasts, 0),
        path="/",
        httponly=True,
        samesite="lax",
        secure=services.secure_cookies,
    )
    return await _view(services, caller, started.csrf_token)


async def _view(services: AccessServices, caller: Caller, csrf: str | None) -> SessionView:
    async with services.database.work(caller.scope) as work:
        account = await Account.get(id=caller.account_id)
        served = await institutions_of(work, caller.account_id)
    here = next((each for each in served if each.id == caller.institution_id), None)
    if here is None:
        raise NotSignedIn
    others = [each for each in served if each is not here and caller.credential == "session"]
    return SessionView(
        account_id=account.id,
        login=account.login,
        display_name=account.display_name,
        institution=ServedView.of(here),
        other_institutions=[ServedView.of(each) for each in others],
        permissions=sorted(caller.permissions),
        operator=caller.operator,
        credential=caller.credential,
        expires_at=caller.expires_at,
        must_change_password=caller.must_change_password,
        csrf_token=csrf,
    )
