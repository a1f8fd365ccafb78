"""A sign-in at the platform in the browser (OAuth code flow): begun, come back, kept if the account is the same."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from core.access.gate import Caller
from core.connections.checking import CheckReport, ask, settle
from core.connections.errors import PlatformRefused, PublicAddressUnknown, SignInRefused
from core.connections.finding import connector_faults, lock_connection, spec_of
from core.connections.models import ConnectionRow, SignInRow
from core.connections.opening import Kit, OpenConnector, assemble, current_shape, prepare
from core.connections.services import ConnectionServices
from core.connections.token_store import KeptTokens
from core.sdk.connectors import SignInForm, Tokens, TokenStore
from core.sdk.errors import PluginError

CALLBACK: Final = "/api/v1/connections/sign-in/callback"
_NO_ADDRESS: Final = "the connector sends the browser to no proper address"
_NO_TOKENS: Final = "the connector brought no tokens"
LASTS: Final = timedelta(minutes=10)


class HeldTokens:
    """A token store that only remembers: a sign-in is kept once it is known whose it is."""

    def __init__(self) -> None:
        self.held: Tokens | None = None

    async def load(self) -> Tokens | None:
        """Return what was saved last."""
        return self.held

    async def renew(self, spent: Tokens | None, exchange: Callable[[], Awaitable[Tokens]]) -> Tokens:
        """Get new tokens; nobody else knows of these."""
        del spent
        self.held = await exchange()
        return self.held

    async def save(self, tokens: Tokens) -> None:
        """Remember."""
        self.held = tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where to send the browser, and until when it may come back."""

    address: str
    state: str = field(repr=False)
    redirect_uri: str
    expires_at: datetime


async def begin(services: ConnectionServices, caller: Caller, connection_id: UUID) -> Begun:
    """Return where the caller signs in at the platform.

    Raises `PublicAddressUnknown`, `PlatformRefused` (the connector has no such sign-in), and what `open_connector`
    raises.
    """
    if not services.public_url:
        raise PublicAddressUnknown(callback=CALLBACK)
    state, redirect_uri = secrets.token_urlsafe(32), services.public_url + CALLBACK
    async with AsyncExitStack() as stack:
        opened = await _opened(services, caller, connection_id, stack, HeldTokens())
        form = await _asked(opened, opened.connector.sign_in_form(state=state, redirect_uri=redirect_uri))
    if form.state != state or urlsplit(form.address).scheme not in {"https", "http"}:
        raise PlatformRefused(_NO_ADDRESS, reason="bug")
    async with services.database.work(caller.scope) as work:
        row = await lock_connection(connection_id)
        await SignInRow.filter(expires_at__lt=work.now).delete()
        await SignInRow.create(
            connection_id=connection_id,
            account_id=caller.account_id,
            state_digest=_digest(state),
            redirect_uri=redirect_uri,
            fingerprint=row.fingerprint,
            created_at=work.now,
            expires_at=work.now + LASTS,
        )
        work.record("connection.sign_in_begun", "connection", connection_id)
    return Begun(address=form.address, state=state, redirect_uri=redirect_uri, expires_at=work.now + LASTS)


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode(errors="replace")).digest()


async def complete(
    services: ConnectionServices, caller: Caller, *, state: str, code: str
) -> tuple[ConnectionRow, CheckReport]:
    """Exchange the code that came back, find out whose account it is, and keep the tokens if it is the right one.

    Raises `SignInRefused`, `OtherAccount`, `AlreadyConfigured`, `PlatformRefused`; the tokens are then forgotten.
    """
    begun = await _taken(services, caller, state)
    held = HeldTokens()
    async with AsyncExitStack() as stack:
        opened = await _opened(services, caller, begun.connection_id, stack, held)
        if opened.row.fingerprint != begun.fingerprint:
            raise SignInRefused
        opened.redactor.learn(code)
        await _asked(opened, opened.connector.complete_sign_in(code=code, redirect_uri=begun.redirect_uri))
        if held.held is None:
            raise PlatformRefused(_NO_TOKENS, reason="bug")
        report = await ask(opened)
        if report.outcome != "ok":
            raise PlatformRefused(report.message, reason=report.outcome)
        return await _kept(services, caller, opened, held.held, report), report


async def _kept(
    services: ConnectionServices, caller: Caller, opened: OpenConnector, tokens: Tokens, report: CheckReport
) -> ConnectionRow:
    store = KeptTokens(
        services.database,
        caller.scope,
        opened.row.id,
        keyring=lambda: services.keyring,
        redactor=opened.redactor,
    )
    async with services.database.work(caller.scope) as work:
        row = await lock_connection(opened.row.id)
        if row.revision != opened.row.revision:
            raise SignInRefused
        await settle(work, row, report)
        await store.save_within(work, tokens)
        work.record("connection.signed_in", "connection", row.id)
    return row


async def _taken(services: ConnectionServices, caller: Caller, state: str) -> SignInRow:
    """Use a state up, whatever comes of it; raise `SignInRefused` unless this caller began it a short while ago."""
    async with services.database.work(caller.scope) as work:
        row = await SignInRow.filter(state_digest=_digest(state), used_at__isnull=True).select_for_update().first()
        if row is None or row.account_id != caller.account_id or row.expires_at <= work.now:
            raise SignInRefused
        await SignInRow.filter(id=row.id).update(used_at=work.now)
    return row


async def refused(services: ConnectionServices, caller: Caller, *, state: str) -> None:
    """Use up the state of a sign-in that the platform or its user refused; raises `SignInRefused` for a strange one."""
    await _taken(services, caller, state)


async def _opened(
    services: ConnectionServices, caller: Caller, connection_id: UUID, stack: AsyncExitStack, tokens: TokenStore
) -> OpenConnector:
    async with services.database.work(caller.scope) as work:
        prepared = await prepare(services, work, connection_id)
    connector = services.connector(prepared.row.connector)
    spec = await spec_of(services, connector)
    try:
        model = await current_shape(services, connector, spec, prepared)
        kit = Kit(connector, spec, prepared, model)
        return await assemble(services, caller.scope, stack, kit, tokens=tokens)
    except PluginError as error:
        raise PlatformRefused(error.detail, reason=error.code) from None


async def _asked(opened: OpenConnector, step: Awaitable[SignInForm | None]) -> SignInForm:
    """Await a step of a sign-in; raise `PlatformRefused` with what the platform said, redacted."""
    try:
        with connector_faults(opened.row.connector):
            found = await step
    except PluginError as error:
        raise PlatformRefused(opened.redactor(error.detail), reason=error.code) from None
    return found if found is not None else SignInForm(address="", state="")
