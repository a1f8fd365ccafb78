"""`deloteka backup` and `deloteka restore`: save everything, and bring it back into an empty installation."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from core.cli.installation import CONFIG_OPTION, Installation, database_addresses, settings_or_exit, storage_addresses

if TYPE_CHECKING:
    from core.kernel.settings import Settings
    from core.preservation.ledger import LedgerEntry
    from core.preservation.restoring import Restored
    from core.preservation.taking import Taken
    from storage.s3 import S3Vault

_MIB: Final = 1024 * 1024
_FOLDER_MODE: Final = 0o711
T = TypeVar("T")
FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))


class _BackupGroup(click.Group):
    """`deloteka backup FOLDER` is short for `deloteka backup take FOLDER`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the command where only a folder or an option of `take` was given."""
        if args and args[0] not in self.commands and args[0] not in {"--help", "-h"}:
            args = ["take", *args]
        return super().parse_args(ctx, args)


@click.group("backup", cls=_BackupGroup)
def backup() -> None:
    """Save database and objects: `deloteka backup FOLDER`."""


@backup.command("take")
@FOLDER
@CONFIG_OPTION
def take(folder: Path, path: Path | None) -> None:
    """Save everything into FOLDER; a second backup into it copies only what it does not hold yet.

    The exit code is 1 when an object is missing or damaged; everything else is saved all the same.
    """
    begun = time.monotonic()
    taken = _run(_take(Installation.of(path), folder))
    seconds = max(time.monotonic() - begun, 0.001)
    manifest = taken.manifest
    click.echo(f"Backup {taken.name} in {folder}")
    click.echo(f"  database  {manifest.database.size} bytes, {sum(manifest.rows.values())} rows")
    click.echo(f"  objects   {len(manifest.objects)}, {manifest.object_bytes} bytes")
    speed = taken.copied_bytes / _MIB / seconds
    click.echo(f"  copied    {taken.copied}, {taken.copied_bytes} bytes, {seconds:.1f} s, {speed:.1f} MiB/s")
    for each in manifest.left_out:
        click.echo(f"  {each.why}  {each.key}", err=each.why != "destroyed")
    if manifest.lost:
        click.echo(
            f"{len(manifest.lost)} objects could not be saved. Run `deloteka audit verify` and look at them.", err=True
        )
        sys.exit(1)


@backup.command("verify")
@FOLDER
@click.option("--generation", help="Only this backup of the folder; by default all.")
def verify(folder: Path, generation: str | None) -> None:
    """Read every file of the backups in FOLDER again and compare it with the manifests; exit 1 on any fault."""
    faults = _run(_verify(folder, generation))
    for fault in faults:
        click.echo(fault)
    if faults:
        sys.exit(1)


@backup.command("ledger")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@CONFIG_OPTION
def ledger(file: Path, path: Path | None) -> None:
    """Write the destruction ledger, as it is now, into FILE, to be kept apart from the backups."""
    count = _run(_ledger(Installation.of(path), file))
    click.echo(f"{count} entries in {file}")


@click.command("restore")
@FOLDER
@click.option("--generation", help="This backup of the folder; by default the newest.")
@click.option(
    "--ledger",
    "ledgers",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="A file of `deloteka backup ledger`, or another folder of backups: what was destroyed later.",
)
@CONFIG_OPTION
def restore(folder: Path, generation: str | None, ledgers: tuple[Path, ...], path: Path | None) -> None:
    """Bring a backup from FOLDER back into an empty installation; what was destroyed since does not come back."""
    restored = _run(_restore(Installation.of(path), folder, generation, ledgers))
    manifest = restored.manifest
    click.echo(f"Restored {restored.name}, taken at {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC")
    click.echo(f"  objects  {restored.objects}, {restored.object_bytes} bytes, each read back")
    click.echo(f"  destroyed since and not brought back  {restored.not_brought_back} objects")
    for institution, applied in restored.applied.items():
        click.echo(
            f"  {institution}  ledger: {applied.entries} later entries; removed {applied.documents} documents,"
            f" {applied.versions} versions; refusals {applied.refusals}, holds {applied.holds},"
            f" targets of holds unknown to the backup {applied.targets_unknown}"
        )
    click.echo(f"  legal holds set again  {restored.held}")
    for each in manifest.lost:
        click.echo(f"  {each.why} in the backup  {each.key}", err=True)
    for fault in restored.trail_faults:
        click.echo(f"  audit trail  {fault}; it was so when the backup was made", err=True)
    _caution(restored)
    if manifest.lost or restored.trail_faults:
        sys.exit(1)


def _caution(restored: "Restored") -> None:
    until = restored.ledger_until or "never"
    click.echo(f"The last end or hold that is known was entered at: {until}.")
    if not any(applied.entries for applied in restored.applied.values()):
        click.echo(
            "Caution: no ledger later than the backup was found. Whatever was destroyed or held after"
            f" {restored.manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC is as it was then. If a later ledger exists"
            " (in the old bucket, in a later backup, in a file), restore again with --ledger.",
            err=True,
        )


def _run(work: Coroutine[Any, Any, T]) -> T:
    from core.kernel.errors import DelotekaError
    from storage.errors import StorageError

    try:
        return asyncio.run(work)
    except DelotekaError as error:
        message = f"{error.title}: {error.detail}\n{error.remedy}" if error.detail else f"{error.title}. {error.remedy}"
        raise click.ClickException(message) from None
    except StorageError as error:
        raise click.ClickException(str(error)) from None


@asynccontextmanager
async def _reached(installation: Installation) -> "AsyncIterator[Settings]":
    """Give settings with real addresses; embedded servers that do not run are started for the block."""
    if (installation.folder / "addresses.json").exists():
        yield installation.reachable()
        return
    if installation.embedded_database and not (installation.folder / "postgresql").exists():
        message = f"There is no installation in {installation.folder}: name its data folder or its settings."
        raise click.ClickException(message)
    async with _servers(installation) as settings:
        yield settings


@asynccontextmanager
async def _servers(installation: Installation) -> "AsyncIterator[Settings]":
    """Start what is embedded, for the block; refused while the service itself runs."""
    from contextlib import AsyncExitStack

    from core.kernel.database.embedded import EmbeddedPostgres
    from core.kernel.database.embedded_account import make_folder
    from storage.embedded import EmbeddedStore

    if not (installation.embedded_database or installation.embedded_storage):
        yield installation.settings
        return
    make_folder(installation.folder, _FOLDER_MODE)
    addresses: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        if installation.embedded_database:
            database = EmbeddedPostgres(installation.folder / "postgresql")
            stack.push_async_callback(database.stop)
            await database.start()
            addresses |= database_addresses(database)
        if installation.embedded_storage:
            store = EmbeddedStore(installation.folder / "objects", bucket=installation.settings.storage.bucket)
            stack.push_async_callback(store.stop)
            addresses |= storage_addresses(await store.start())
        yield settings_or_exit(installation.path, installation.environment(addresses))


async def _vault(settings: "Settings") -> "S3Vault":
    from core.bootstrap.parts import storage_address
    from storage.s3 import open_vault

    return await open_vault(storage_address(settings))


async def _take(installation: Installation, folder: Path) -> "Taken":
    from core.bootstrap.clock import system_clock
    from core.kernel.settings_loading import database_urls
    from core.preservation.folder import BackupFolder
    from core.preservation.taking import take_backup

    async with _reached(installation) as settings, await _vault(settings) as vault:
        _, owner_url = database_urls(settings)
        return await take_backup(
            BackupFolder(folder),
            owner_url=owner_url,
            vault=vault,
            taken_at=system_clock(),
            deloteka=version("deloteka"),
        )


async def _verify(folder: Path, generation: str | None) -> list[str]:
    from core.preservation.checking import faults_of, ledger_of
    from core.preservation.folder import BackupFolder

    backups = BackupFolder(folder)
    names = [generation] if generation else backups.generations() or [backups.newest()]
    manifests = {name: backups.manifest(name) for name in names}
    faults = await faults_of(backups, list(manifests.values()))
    for name, manifest in manifests.items():
        if not faults:
            ledger_of(backups, name)
        faults += [f"{name}: {each.key}: {each.why} when the backup was made" for each in manifest.lost]
        click.echo(f"{name}  {len(manifest.objects)} objects  {manifest.object_bytes} bytes", err=True)
    return faults


async def _ledger(installation: Installation, file: Path) -> int:
    from core.bootstrap.clock import system_clock
    from core.kernel.settings_loading import database_urls
    from core.preservation.folder import disk_faults
    from core.preservation.ledger import LedgerFile, merged, stored_ledger
    from core.preservation.snapshot import snapshot
    from core.preservation.taking import write_file

    async with _reached(installation) as settings, await _vault(settings) as vault:
        _, owner_url = database_urls(settings)
        async with snapshot(owner_url) as seen:
            entries = merged([await seen.ledger(), await stored_ledger(vault)])
    content = LedgerFile(written_at=system_clock(), entries=tuple(entries)).to_json()
    with disk_faults(file.parent):
        fresh = file.with_name(f".{file.name}.new")
        write_file(fresh, content)
        fresh.rename(file)
    return len(entries)


async def _restore(
    installation: Installation, folder: Path, generation: str | None, ledgers: tuple[Path, ...]
) -> "Restored":
    from core.bootstrap.clock import system_clock
    from core.bootstrap.parts import APPS
    from core.kernel.settings_loading import database_urls
    from core.preservation.folder import BackupFolder
    from core.preservation.restoring import Place, Restorer
    from storage.objects import LockMode

    backups = BackupFolder(folder)
    name = generation or backups.newest()
    later = [_read_ledger(each) for each in ledgers]
    async with _servers(installation) as settings, await _vault(settings) as vault:
        service_url, owner_url = database_urls(settings)
        place = Place(
            owner_url=owner_url,
            service_url=service_url,
            vault=vault,
            apps=APPS,
            clock=system_clock,
            mode=LockMode[settings.storage.lock_mode.upper()],
        )
        return await Restorer(backups, place).restore(name, ledgers=later)


def _read_ledger(path: Path) -> "list[LedgerEntry]":
    from core.preservation.checking import ledgers_in
    from core.preservation.folder import BackupFolder
    from core.preservation.ledger import LedgerFile

    if path.is_dir():
        return ledgers_in(BackupFolder(path))
    return list(LedgerFile.from_json(path.read_bytes(), str(path)).entries)
