"""The `deloteka` command; each subcommand is a module that is imported when it is used."""

from importlib import import_module
from typing import Final

import click

COMMANDS: Final = {
    "api": ("core.cli.api", "api"),
    "audit": ("core.cli.audit", "audit"),
    "backup": ("core.cli.backup", "backup"),
    "connections": ("core.cli.connections", "connections"),
    "config": ("core.cli.config", "config"),
    "doctor": ("core.cli.doctor", "doctor"),
    "inspect": ("core.cli.inspect", "inspect"),
    "migrate": ("core.cli.migrate", "migrate"),
    "nomenclature": ("core.cli.nomenclature", "nomenclature"),
    "plugins": ("core.cli.plugins", "plugins"),
    "restore": ("core.cli.backup", "restore"),
    "serve": ("core.cli.serve", "serve"),
    "terms": ("core.cli.terms", "terms"),
    "user": ("core.cli.users", "user"),
    "worker": ("core.cli.worker", "worker"),
}
"""Module and object of each subcommand."""


class LazyGroup(click.Group):
    """Knows every subcommand by name and imports only the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands."""
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a subcommand, imported now; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="deloteka", prog_name="deloteka")
def main() -> None:
    """Keep documents and records of educational institutions."""
