"""One installation on this machine: its settings, its data folder, and the embedded servers' addresses."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import click

from core.kernel.settings import Settings
from core.kernel.settings_loading import SettingsError, load_settings

if TYPE_CHECKING:
    from core.kernel.database.embedded import EmbeddedPostgres
    from storage.s3 import S3Address

CONFIG_OPTION = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    help="The settings file; by default $DELOTEKA_CONFIG, then config.toml in this folder.",
)
_ADDRESSES: Final = "addresses.json"


def settings_or_exit(path: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; end the command with every fault when they do not fit together."""
    try:
        settings = load_settings(path, environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    for caution in settings.cautions:
        click.echo(f"Caution: {caution}", err=True)
    return settings


@dataclass(frozen=True, slots=True)
class Installation:
    """Where everything of one installation lies."""

    path: Path | None
    """The settings file, if one was named."""
    settings: Settings
    folder: Path
    """The data folder in use."""

    @classmethod
    def of(cls, path: Path | None) -> Self:
        """Return the installation that the settings at `path` describe."""
        from core.kernel.database.embedded import choose_data_folder

        settings = settings_or_exit(path)
        wanted = settings.service.data_folder
        return cls(path, settings, wanted if settings.database.url else choose_data_folder(wanted))

    @property
    def embedded_database(self) -> bool:
        """Whether the database is one of our own."""
        return not self.settings.database.url

    @property
    def embedded_storage(self) -> bool:
        """Whether the object storage is one of our own."""
        return not self.settings.storage.endpoint

    def environment(self, addresses: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a process of this installation, which then needs no embedded servers."""
        environment = {**os.environ, **addresses, "DELOTEKA_SERVICE__DATA_FOLDER": str(self.folder.absolute())}
        if self.path is not None:
            environment["DELOTEKA_CONFIG"] = str(self.path.absolute())
        return environment

    def remember(self, addresses: Mapping[str, str]) -> None:
        """Let commands of this installation reach the embedded servers while they run; secrets stay with the owner."""
        file = self.folder / _ADDRESSES
        descriptor = os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            json.dump(dict(addresses), opened)

    def forget(self) -> None:
        """Take the addresses back when the servers stop."""
        (self.folder / _ADDRESSES).unlink(missing_ok=True)

    def reachable(self) -> Settings:
        """Return settings with real addresses; end the command when the embedded servers do not run."""
        if not (self.embedded_database or self.embedded_storage):
            return self.settings
        try:
            addresses = json.loads((self.folder / _ADDRESSES).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            message = "The embedded servers do not run. Start the service first: deloteka serve"
            raise click.ClickException(message) from None
        return settings_or_exit(self.path, self.environment(addresses))


def database_addresses(server: "EmbeddedPostgres") -> dict[str, str]:
    """Return the settings, as variables, that lead to a running embedded PostgreSQL."""
    return {"DELOTEKA_DATABASE__URL": server.app_url, "DELOTEKA_DATABASE__OWNER_URL": server.owner_url}


def storage_addresses(address: "S3Address") -> dict[str, str]:
    """Return the settings, as variables, that lead to a running embedded store."""
    return {
        "DELOTEKA_STORAGE__ENDPOINT": address.endpoint,
        "DELOTEKA_STORAGE__ACCESS_KEY": address.access_key,
        "DELOTEKA_STORAGE__SECRET_KEY": address.secret_key,
        "DELOTEKA_STORAGE__BUCKET": address.bucket,
        "DELOTEKA_STORAGE__REGION": address.region,
    }
