"""Addresses of the sign-in at a platform in the browser."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from core.connections import signing_in
from core.connections.errors import (
    AlreadyConfigured,
    OtherAccount,
    PlatformRefused,
    PublicAddressUnknown,
    SignInRefused,
)
from core.connections.routes.dependencies import OPENING, ManagerAtTheScreen, Services
from core.connections.schemas import CheckOut, SignInAnswer, SignInOut
from core.connections.states import state_of
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["connections"])

_COMPLETING = problem_responses(*OPENING, SignInRefused, PlatformRefused, OtherAccount, AlreadyConfigured)
_Code = Annotated[str, Query(max_length=4000, description="What the platform hands over; used once.")]
_Error = Annotated[str, Query(max_length=4000, description="What the platform says instead when it refuses.")]


@router.post(
    "/connections/{connection_id}/sign-in",
    responses=problem_responses(*OPENING, PublicAddressUnknown, PlatformRefused),
    summary="Begin a sign-in at the platform",
)
async def begin_sign_in(connection_id: UUID, caller: ManagerAtTheScreen, services: Services) -> SignInOut:
    """Say where the platform asks for consent; whoever began it finishes it, once, within ten minutes."""
    begun = await signing_in.begin(services, caller, connection_id)
    return SignInOut(address=begun.address, redirect_uri=begun.redirect_uri, expires_at=begun.expires_at)


@router.get("/connections/sign-in/callback", responses=_COMPLETING, summary="Come back from a sign-in")
async def read_sign_in_callback(
    caller: ManagerAtTheScreen,
    services: Services,
    state: Annotated[str, Query(max_length=200, description="What the sign-in was begun with.")],
    code: _Code = "",
    error: _Error = "",
) -> CheckOut:
    """Where the platform sends the browser: the tokens are kept if the account is that of the connection."""
    if error or not code:
        await signing_in.refused(services, caller, state=state)
        raise PlatformRefused(reason="auth")
    return await _completed(caller, services, state, code)


@router.post("/connections/sign-in/completion", responses=_COMPLETING, summary="Complete a sign-in")
async def complete_sign_in(wanted: SignInAnswer, caller: ManagerAtTheScreen, services: Services) -> CheckOut:
    """The same for an application that has caught what the platform sent back."""
    return await _completed(caller, services, wanted.state, wanted.code)


async def _completed(caller: ManagerAtTheScreen, services: Services, state: str, code: str) -> CheckOut:
    row, report = await signing_in.complete(services, caller, state=state, code=code)
    return CheckOut.of(row, report, state_of(services, row))
