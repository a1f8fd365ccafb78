"""`deloteka config`: what is set, and who set it."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from core.kernel.settings_report import ReportedSetting


@click.group()
def config() -> None:
    """Show the settings in force."""


@config.command("show")
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    help="The settings file; by default $DELOTEKA_CONFIG, then config.toml in this folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(path: Path | None, *, as_json: bool) -> None:
    """Print every setting with its value and origin (default, file, environment); secrets are masked."""
    from core.kernel.settings_loading import SettingsError, load_settings
    from core.kernel.settings_report import settings_report

    try:
        settings = load_settings(path)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    for caution in settings.cautions:
        click.echo(f"Caution: {caution}", err=True)
    write = _as_json if as_json else _as_lines
    sys.stdout.write(write(settings_report(settings)))


def _as_json(lines: "Sequence[ReportedSetting]") -> str:
    table = {
        line.key: {"value": line.value, "origin": line.origin.source, "where": line.origin.where} for line in lines
    }
    return json.dumps(table, ensure_ascii=False, indent=2) + "\n"


def _as_lines(lines: "Sequence[ReportedSetting]") -> str:
    width = max(len(line.key) for line in lines)
    shown = [(line, json.dumps(line.value, ensure_ascii=False)) for line in lines]
    return "".join(f"{line.key:<{width}} = {value}{_origin(line)}\n" for line, value in shown)


def _origin(line: "ReportedSetting") -> str:
    return "" if line.origin.source == "default" else f"    # {line.origin.source}: {line.origin.where}"
