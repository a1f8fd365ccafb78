"""`deloteka connections`: the key that encrypts the secrets of connections."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.cli.installation import CONFIG_OPTION, Installation

if TYPE_CHECKING:
    from core.connections.rotation import Rotated
    from core.kernel.settings import Settings


@click.group()
def connections() -> None:
    """Make and change the key that encrypts the secrets of connections."""


@connections.command("new-key")
def new_key() -> None:
    """Print a fresh key. Keep a copy of it apart from the backups: nobody can read the secrets without it."""
    from core.connections.keyring import new_key as fresh

    click.echo(fresh())


@connections.command("rotate-secrets")
@CONFIG_OPTION
def rotate_secrets(path: Path | None) -> None:
    """Encrypt everything with the first key of connections.secrets_key; former keys may go after that.

    What was encrypted with a key that is not there stays as it is, and the exit code is 1.
    """
    done = asyncio.run(_rotate(Installation.of(path).reachable()))
    click.echo(f"{done.renewed} secrets were encrypted with the present key.")
    if done.unreadable:
        message = (
            f"{done.unreadable} secrets were encrypted with a key that is not here, and were left as they are. Put that"
            " key behind the present one in connections.secrets_key; if it is lost, enter those secrets anew."
        )
        raise click.ClickException(message)


async def _rotate(settings: "Settings") -> "Rotated":
    from core.bootstrap.parts import open_database
    from core.connections.keyring import KeySource
    from core.connections.rotation import rotate

    try:
        keyring = KeySource(settings.connections.secrets_key, settings.service.data_folder).keyring
    except (OSError, ValueError) as error:
        message = f"There is no key to encrypt with: {error}"
        raise click.ClickException(message) from None
    async with open_database(settings) as database:
        return await rotate(database, keyring)
