"""`deloteka plugins`: which plugins there are, what became of them, and the commands they bring."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from core.kernel.plugins import PluginHost, PluginRecord

CONFIG_OPTION = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The settings file; by default $DELOTEKA_CONFIG, then config.toml in this folder.",
)
COLUMNS = ("name", "version", "origin", "status", "reason")


@click.group()
def plugins() -> None:
    """List plugins and run their commands."""


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@CONFIG_OPTION
def list_plugins(*, as_json: bool, config: Path | None) -> None:
    """Print every plugin, one a line: name, version, origin, status (active, disabled, failed), reason.

    Plugins that plugins.enabled names are loaded to find out whether they work; no others are.
    """
    records = _host(config).inventory()
    rows = [{column: getattr(record, column) for column in COLUMNS} for record in records]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for line in _aligned(records):
        click.echo(line)


def _aligned(records: "Sequence[PluginRecord]") -> list[str]:
    cells = [[str(getattr(record, column) or "") for column in COLUMNS] for record in records]
    widths = [max((len(row[number]) for row in cells), default=0) for number in range(len(COLUMNS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _host(config: Path | None) -> "PluginHost":
    from core.kernel.plugins import build_host
    from core.kernel.settings_loading import SettingsError, load_settings

    try:
        settings = load_settings(config).plugins
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    with _without_log("core.kernel.plugins"):
        return build_host(settings.enabled, settings.settings)


@contextmanager
def _without_log(name: str) -> Iterator[None]:
    """Keep a logger quiet: the reasons stand in what is printed, the log would only say them twice."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


class _PluginCommands(click.Group):
    """The commands of active plugins, one group a plugin."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({each.plugin for each in _host(ctx.params.get("config")).catalog.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        host = _host(ctx.params.get("config"))
        found = {each.name: each.provider for each in host.catalog.commands if each.plugin == cmd_name}
        if found:
            return click.Group(cmd_name, commands=found, help=f"Commands of the plugin {cmd_name!r}.")
        record = next((each for each in host.enabled if each.name == cmd_name), None)
        if record is None:
            message = f"no plugin {cmd_name!r} is enabled; see: deloteka plugins list"
        else:
            message = f"plugin {cmd_name!r}: {record.reason or 'it brings no commands'}"
        raise click.ClickException(message)


@plugins.command("run", cls=_PluginCommands)
@CONFIG_OPTION
def run_plugin(config: Path | None) -> None:
    """Run a command that a plugin brings: deloteka plugins run PLUGIN COMMAND."""
