"""Routes of one's own tokens."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from core.access import tokens
from core.access.dependencies import Services, allow
from core.access.errors import CsrfRefused, NotSignedIn, ScopesExceed, SessionRequired, TokenLivesTooLong
from core.access.gate import Caller
from core.access.permissions import Permission
from core.access.schemas import NewTokenView, TokenForm, TokenView
from core.kernel.errors import Forbidden, NotFound
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/api/v1/tokens", tags=["tokens"])

Reader = Annotated[Caller, Depends(allow(Permission.TOKENS_OWN))]
Maker = Annotated[Caller, Depends(allow(Permission.TOKENS_OWN, session_only=True))]


@router.get("", summary="Own tokens", responses=problem_responses(NotSignedIn, Forbidden))
async def list_tokens(services: Services, caller: Reader, page: Paging) -> Page[TokenView]:
    """List the tokens of one's own in this institution, newest first, with those that have ended."""
    async with services.database.work(caller.scope):
        return await paged(tokens.listing(caller.account_id), page, TokenView.of)


@router.post(
    "",
    summary="Make a token",
    status_code=201,
    responses=problem_responses(NotSignedIn, CsrfRefused, Forbidden, SessionRequired, ScopesExceed, TokenLivesTooLong),
)
async def create_token(form: TokenForm, response: Response, services: Services, caller: Maker) -> NewTokenView:
    """Make a token for a program that acts in one's own name; its value is shown this once."""
    wanted = tokens.WantedToken(name=form.name, scopes=frozenset(form.scopes), expires_at=form.expires_at)
    async with services.database.work(caller.scope) as work:
        made = await tokens.create(
            work, services.settings, account_id=caller.account_id, allowed=caller.permissions, wanted=wanted
        )
    response.headers["Location"] = f"{router.prefix}/{made.row.id}"
    return NewTokenView(**TokenView.of(made.row).model_dump(), token=made.value)


@router.delete(
    "/{token_id}",
    summary="Revoke a token",
    status_code=204,
    responses=problem_responses(NotSignedIn, CsrfRefused, Forbidden, NotFound),
)
async def revoke_token(token_id: UUID, services: Services, caller: Reader) -> None:
    """End a token of one's own at once; ending it twice changes nothing."""
    async with services.database.work(caller.scope) as work:
        await tokens.revoke(work, account_id=caller.account_id, token_id=token_id)
