"""Routes by which administrators manage the members of their institution."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from core.access import tokens, users
from core.access.dependencies import Services, allow
from core.access.errors import (
    CsrfRefused,
    HasNoPassword,
    LastAdministrator,
    LoginTaken,
    NotAService,
    NotSignedIn,
    OwnAccount,
    RightNotGiven,
    RolesExclude,
    ScopesExceed,
    SessionRequired,
    SharedAccount,
    TokenLivesTooLong,
)
from core.access.gate import Caller
from core.access.permissions import Permission, Role, granted
from core.access.schemas import (
    Because,
    NewTokenView,
    NewUserView,
    OneTimePassword,
    TokenForm,
    TokenView,
    UserChange,
    UserForm,
    UserView,
)
from core.kernel.errors import Forbidden, NotFound, StaleState
from core.web.conditional import UNCHANGED, IfMatch, etag, fresh
from core.web.errors import PreconditionFailed, PreconditionRequired
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1/users", tags=["users"])

Reader = Annotated[Caller, Depends(allow(Permission.ACCOUNTS_READ))]
Manager = Annotated[Caller, Depends(allow(Permission.ACCOUNTS_MANAGE))]
ManagerAtTheScreen = Annotated[Caller, Depends(allow(Permission.ACCOUNTS_MANAGE, session_only=True))]

_REFUSALS = (NotSignedIn, CsrfRefused, Forbidden)
_CONDITIONS = (PreconditionFailed, PreconditionRequired, StaleState)


@router.get("", summary="Users of the institution", responses=problem_responses(NotSignedIn, Forbidden))
async def list_users(services: Services, caller: Reader, page: Paging) -> Page[UserView]:
    """List the members of this institution in the order they came, with those who were shut out."""
    async with services.database.work(caller.scope):
        position = page.position(users.user_listing().position_types())
        found, following = await users.page_of_users(position, page.limit)
    return page.closed([UserView.of(user) for user in found], following)


@router.post(
    "",
    summary="Make a user",
    status_code=201,
    responses=problem_responses(*_REFUSALS, LoginTaken, RolesExclude),
)
async def create_user(form: UserForm, response: Response, services: Services, caller: Manager) -> NewUserView:
    """Make an account that serves this institution; a person gets a one-time password, shown this once."""
    wanted = users.WantedUser(
        login=form.login,
        display_name=form.display_name,
        kind=form.kind,
        roles=frozenset(form.roles),
        note=form.note,
    )
    made = await users.create(services, caller, wanted)
    response.headers["ETag"] = etag(made.user.revision)
    response.headers["Location"] = f"{router.prefix}/{made.user.account.id}"
    return NewUserView(
        **UserView.of(made.user).model_dump(), one_time_password=made.password.value if made.password else None
    )


@router.get(
    "/{user_id}",
    summary="One user",
    responses={**problem_responses(NotSignedIn, Forbidden, NotFound), **UNCHANGED},
)
async def read_user(
    user_id: UUID, request: Request, response: Response, services: Services, caller: Reader
) -> UserView:
    """Show one member of this institution."""
    async with services.database.work(caller.scope) as work:
        user = await users.user_of(work, user_id)
    fresh(request, response, user.revision)
    return UserView.of(user)


@router.patch(
    "/{user_id}",
    summary="Change name, roles, rights or note",
    responses=problem_responses(
        *_REFUSALS, NotFound, *_CONDITIONS, OwnAccount, RightNotGiven, RolesExclude, LastAdministrator, SharedAccount
    ),
)
async def change_user(
    user_id: UUID, form: UserChange, response: Response, services: Services, caller: Manager, expected: IfMatch
) -> UserView:
    """Change what is given; a change of roles is felt by the very next request of the user."""
    changes = form.changes()
    async with services.database.work(caller.scope) as work:
        user = await users.user_of(work, user_id)
        expected.require(user.revision)
        changed = await users.change(work, caller, user, changes) if changes else user
    response.headers["ETag"] = etag(changed.revision)
    return UserView.of(changed)


@router.post(
    "/{user_id}/password-reset",
    summary="Give a new one-time password",
    responses=problem_responses(*_REFUSALS, SessionRequired, NotFound, OwnAccount, HasNoPassword, SharedAccount),
)
async def reset_password(user_id: UUID, services: Services, caller: ManagerAtTheScreen) -> OneTimePassword:
    """Replace the password; every session and token of the account ends at once."""
    made = await users.reset_password(services, caller, user_id)
    return OneTimePassword(one_time_password=made.value, expires_at=made.expires_at)


@router.post(
    "/{user_id}/deactivation",
    summary="Shut a user out",
    responses=problem_responses(*_REFUSALS, NotFound, StaleState, LastAdministrator),
)
async def deactivate_user(user_id: UUID, form: Because, services: Services, caller: Manager) -> UserView:
    """Shut a user out of this institution; sessions and tokens here end at once. Repeating it changes nothing."""
    async with services.database.work(caller.scope) as work:
        user = await users.user_of(work, user_id)
        return UserView.of(await users.deactivate(work, caller, user, form.reason))


@router.post(
    "/{user_id}/reactivation",
    summary="Let a user in again",
    responses=problem_responses(*_REFUSALS, NotFound, StaleState),
)
async def reactivate_user(user_id: UUID, form: Because, services: Services, caller: Manager) -> UserView:
    """Let a user in again; ended sessions and tokens stay ended. Repeating it changes nothing."""
    async with services.database.work(caller.scope) as work:
        user = await users.user_of(work, user_id)
        return UserView.of(await users.reactivate(work, caller, user, form.reason))


@router.get(
    "/{user_id}/tokens",
    summary="Tokens of a user",
    responses=problem_responses(NotSignedIn, Forbidden, NotFound),
)
async def list_user_tokens(user_id: UUID, services: Services, caller: Manager, page: Paging) -> Page[TokenView]:
    """List a user's tokens for this institution, newest first, with those that have ended."""
    async with services.database.work(caller.scope) as work:
        await users.user_of(work, user_id)
        return await paged(tokens.listing(user_id), page, TokenView.of)


@router.post(
    "/{user_id}/tokens",
    summary="Make a token for a program",
    status_code=201,
    responses=problem_responses(*_REFUSALS, SessionRequired, NotFound, NotAService, ScopesExceed, TokenLivesTooLong),
)
async def create_service_token(
    user_id: UUID, form: TokenForm, response: Response, services: Services, caller: ManagerAtTheScreen
) -> NewTokenView:
    """Make a token for an account of kind service; its value is shown this once."""
    wanted = tokens.WantedToken(name=form.name, scopes=frozenset(form.scopes), expires_at=form.expires_at)
    async with services.database.work(caller.scope) as work:
        user = await users.user_of(work, user_id)
        if user.account.kind != "service":
            raise NotAService
        allowed = granted([Role(role) for role in user.membership.roles], operator=False, rights=user.membership.rights)
        made = await tokens.create(work, services.settings, account_id=user_id, allowed=allowed, wanted=wanted)
    response.headers["Location"] = f"{router.prefix}/{user_id}/tokens/{made.row.id}"
    return NewTokenView(**TokenView.of(made.row).model_dump(), token=made.value)


@router.delete(
    "/{user_id}/tokens/{token_id}",
    summary="Revoke a user's token",
    status_code=204,
    responses=problem_responses(*_REFUSALS, NotFound),
)
async def revoke_user_token(user_id: UUID, token_id: UUID, services: Services, caller: Manager) -> None:
    """End a user's token for this institution at once; ending it twice changes nothing."""
    async with services.database.work(caller.scope) as work:
        await users.user_of(work, user_id)
        await tokens.revoke(work, account_id=user_id, token_id=token_id)
