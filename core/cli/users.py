"""`deloteka user`: accounts, as whoever runs the installation makes and rescues them."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

import click

from core.access.permissions import Role, granted
from core.cli.installation import CONFIG_OPTION, Installation

if TYPE_CHECKING:
    from core.access.appointment import Appointed
    from core.access.passwords import OneTimePassword
    from core.access.services import AccessServices

T = TypeVar("T")

_SOURCE: Final = "command line"


@click.group()
def user() -> None:
    """Make accounts and help those who are locked out."""


@user.command("create")
@click.argument("login")
@click.option(
    "--institution",
    "institution_id",
    type=click.UUID,
    help="The institution to serve; may be left out while there is only one.",
)
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    required=True,
    help="Repeat it for several roles; administrator and service_account stand alone.",
)
@click.option("--name", help="How colleagues call the user; by default the login.")
@click.option("--existing", is_flag=True, help="Let an account that exists serve this institution too.")
@click.option("--operator", is_flag=True, help="May found institutions.")
@click.option("--token", "with_token", is_flag=True, help="Also make a token for programs and print nothing but it.")
@CONFIG_OPTION
def create(  # noqa: PLR0913 - one parameter an option
    login: str,
    institution_id: UUID | None,
    roles: tuple[str, ...],
    name: str | None,
    path: Path | None,
    *,
    existing: bool,
    operator: bool,
    with_token: bool,
) -> None:
    """Make an account that serves an institution, and print its one-time password.

    The role service_account makes a program, which has no password: an administrator gives it a token.
    """
    from core.access.appointment import Appointee, appoint, only_institution
    from core.kernel.scope import installation_scope

    if existing and (operator or name):
        message = "--existing changes neither the name nor the rights of an account; leave out --name and --operator"
        raise click.UsageError(message)
    appointee = Appointee(
        login=_login(login),
        display_name=None if existing else _name(name or login),
        roles=frozenset(Role(role) for role in roles),
        kind="service" if Role.SERVICE_ACCOUNT in roles else "person",
        operator=operator,
    )
    scope = installation_scope(source=_SOURCE)

    async def act(services: "AccessServices") -> "tuple[Appointed, str]":
        made = await appoint(services, scope, institution_id or await only_institution(services), appointee)
        return made, await _token(services, made, appointee.roles) if with_token else ""

    made, token = _run(path, act)
    if token:
        click.echo(token)
        return
    click.echo(f"{login} serves {made.institution.name} as {', '.join(sorted(roles))}. Account {made.account_id}.")
    if made.password:
        _show(made.password)


async def _token(services: "AccessServices", made: "Appointed", roles: frozenset[Role]) -> str:
    """Make a token that may do all that the roles may do, for as long as the settings allow."""
    from core.access.tokens import WantedToken, create
    from core.kernel.scope import Scope

    allowed = granted(roles, operator=False)
    wanted = WantedToken(name=_SOURCE, scopes=allowed)
    async with services.database.work(Scope(institution_id=made.institution.id, source=_SOURCE)) as work:
        token = await create(work, services.settings, account_id=made.account_id, allowed=allowed, wanted=wanted)
    return token.value


@user.command("reset-password")
@click.argument("login")
@CONFIG_OPTION
def reset_password(login: str, path: Path | None) -> None:
    """Print a new one-time password; every session and token of the account ends."""
    from core.access.rescue import Rescue

    _show(_run(path, lambda services: Rescue(services, _SOURCE).reset_password(login)))


@user.command("deactivate")
@click.argument("login")
@CONFIG_OPTION
def deactivate(login: str, path: Path | None) -> None:
    """Shut an account out of every institution; its sessions and tokens end at once."""
    from core.access.rescue import Rescue

    _run(path, lambda services: Rescue(services, _SOURCE).deactivate(login))
    click.echo(f"{login} is shut out.")


@user.command("reactivate")
@click.argument("login")
@CONFIG_OPTION
def reactivate(login: str, path: Path | None) -> None:
    """Let an account in again wherever it is a member; ended sessions and tokens stay ended."""
    from core.access.rescue import Rescue

    _run(path, lambda services: Rescue(services, _SOURCE).reactivate(login))
    click.echo(f"{login} may sign in again.")


def _run(path: Path | None, act: "Callable[[AccessServices], Awaitable[T]]") -> T:
    from core.kernel.errors import DelotekaError

    try:
        return asyncio.run(_act(path, act))
    except DelotekaError as error:
        message = f"{error.title}. {error.remedy}"
        raise click.ClickException(message) from None


async def _act(path: Path | None, act: "Callable[[AccessServices], Awaitable[T]]") -> T:
    from core.bootstrap.accounts import open_accounts

    async with open_accounts(Installation.of(path).reachable()) as services:
        return await act(services)


def _login(login: str) -> str:
    from pydantic import TypeAdapter, ValidationError

    from core.access.schemas import Login

    try:
        return TypeAdapter[str](Login).validate_python(login)
    except ValidationError:
        message = "a login has 3 to 100 Latin letters, digits and . _ @ + - and begins with a letter or digit"
        raise click.BadParameter(message) from None


def _name(name: str) -> str:
    from pydantic import TypeAdapter, ValidationError

    from core.access.schemas import DisplayName

    try:
        return TypeAdapter[str](DisplayName).validate_python(name)
    except ValidationError:
        message = "a name is one line of at most 200 characters"
        raise click.BadParameter(message, param_hint="--name") from None


def _show(password: "OneTimePassword") -> None:
    click.echo(f"One-time password, shown this once: {password.value}")
    click.echo(f"It lets in until {password.expires_at:%Y-%m-%d %H:%M} UTC and must be changed at the first sign-in.")
