"""`deloteka migrate`: bring the schema up to date."""

import asyncio
from pathlib import Path

import click

from core.cli.installation import CONFIG_OPTION, Installation


@click.command("migrate")
@CONFIG_OPTION
@click.option("--dry-run", is_flag=True, help="Only list what is missing.")
def migrate(path: Path | None, *, dry_run: bool) -> None:
    """Apply the migrations that are missing; several runs at once wait for each other."""
    from core.bootstrap.parts import APPS
    from core.kernel.database.migrate import migrate as apply
    from core.kernel.database.migrate import missing_migrations
    from core.kernel.errors import DelotekaError
    from core.kernel.settings_loading import database_urls

    service_url, owner_url = database_urls(Installation.of(path).reachable())
    try:
        if dry_run:
            names = asyncio.run(missing_migrations(owner_url, apps=APPS))
        else:
            names = asyncio.run(apply(owner_url, service_url, apps=APPS))
    except DelotekaError as error:
        message = f"{error.title}. {error.remedy}"
        raise click.ClickException(message) from None
    for name in names:
        click.echo(f"{'missing' if dry_run else 'applied'} {name}")
    if not names:
        click.echo("The schema is up to date.")
