"""`deloteka doctor`: what is wrong with this installation, and what to do about it."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from core.cli.installation import CONFIG_OPTION, Installation

if TYPE_CHECKING:
    from core.kernel.settings import Settings
    from storage.objects import Capabilities

Level = Literal["ok", "note", "bad"]
_PACKAGES: Final = ("core", "plugins", "retention", "storage")
_GIB: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line: what was looked at, how it is, what to do."""

    level: Level
    subject: str
    finding: str
    remedy: str = ""

    def __str__(self) -> str:
        """The line as it is printed."""
        advice = f" → {self.remedy}" if self.remedy else ""
        return f"{self.level.upper():<5}{self.subject}: {self.finding}{advice}"


@click.command("doctor")
@CONFIG_OPTION
def doctor(path: Path | None) -> None:
    """Look at everything the service stands on. The exit code is 1 when something is wrong."""
    if not asyncio.run(_print(path)):
        sys.exit(1)


async def _print(path: Path | None) -> bool:
    well = True
    async with aclosing(_diagnoses(path)) as found:
        async for diagnosis in found:
            click.echo(str(diagnosis))
            well = well and diagnosis.level != "bad"
    return well


async def _diagnoses(path: Path | None) -> AsyncGenerator[Diagnosis]:
    yield packages()
    installation = Installation.of(path)
    yield Diagnosis("ok", "settings", f"read; data folder {installation.folder}")
    for diagnosis in disk(installation.folder, installation.settings.intake.free_space_reserve_bytes):
        yield diagnosis
    for diagnosis in plugins(installation.settings):
        yield diagnosis
    async for diagnosis in sandbox(installation.settings):
        yield diagnosis
    try:
        settings = installation.reachable()
    except click.ClickException as error:
        yield Diagnosis("bad", "service", "the embedded servers do not run", error.message)
        return
    async for diagnosis in database(settings):
        yield diagnosis
    async for diagnosis in storage(settings):
        yield diagnosis


def packages() -> Diagnosis:
    """Check that the four packages of the product lie side by side and are no strangers of the same name."""
    folders = {}
    for name in _PACKAGES:
        spec = find_spec(name)
        folders[name] = Path(spec.origin).parent.parent if spec and spec.origin else None
    if len(set(folders.values())) == 1 and None not in folders.values():
        return Diagnosis("ok", "packages", f"{', '.join(_PACKAGES)} lie in {folders['core']}")
    strangers = ", ".join(f"{name} in {folder or 'nowhere'}" for name, folder in folders.items())
    return Diagnosis(
        "bad",
        "packages",
        f"they do not lie side by side: {strangers}",
        "give the service an environment of its own, and start it where no folder or file has one of these names",
    )


def disk(folder: Path, reserve: int) -> Iterator[Diagnosis]:
    """Check that the data folder can be written and has room."""
    import os
    import shutil

    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(existing, os.W_OK):
        yield Diagnosis("bad", "disk", f"{existing} cannot be written", "let the account of the service own it")
        return
    free = shutil.disk_usage(existing).free
    said = f"{free / _GIB:.1f} GiB free at {existing}"
    if free < reserve:
        yield Diagnosis("bad", "disk", said, "free space: uploads are refused below intake.free_space_reserve_bytes")
    else:
        yield Diagnosis("ok", "disk", said)


def plugins(settings: "Settings") -> Iterator[Diagnosis]:
    """Check that every enabled plugin is active."""
    from core.kernel.plugins import build_host

    for record in build_host(settings.plugins.enabled, settings.plugins.settings).enabled:
        if record.status == "active":
            yield Diagnosis("ok", "plugin", record.name)
        else:
            remedy = f"mend it, or take {record.name} out of plugins.enabled"
            yield Diagnosis("bad", "plugin", f"{record.name} failed: {record.reason}", remedy)


async def sandbox(settings: "Settings") -> AsyncIterator[Diagnosis]:
    """Check that files can be looked at in a process of their own, with every plugin, out of reach of the network."""
    from core.bootstrap.parts import sandbox_of
    from core.kernel.plugins import build_host
    from core.kernel.sandbox import SandboxUnavailable

    made = sandbox_of(settings, build_host(settings.plugins.enabled, settings.plugins.settings))
    try:
        await made.start()
    except SandboxUnavailable as error:
        yield Diagnosis(
            "bad", "sandbox", f"does not start: {error}", "nothing can be taken in; see the log of the service"
        )
        return
    finally:
        await made.close()
    yield Diagnosis("ok", "sandbox", "files are looked at in processes of their own")
    for name, reason in sorted(made.failed.items()):
        remedy = f"mend it, or take {name} out of plugins.enabled"
        yield Diagnosis("bad", "sandbox", f"the plugin {name} fails where files are looked at: {reason}", remedy)
    if not made.network_cut:
        remedy = "allow user namespaces (sysctl user.max_user_namespaces), or start the service as root"
        yield Diagnosis("note", "sandbox", "the processes that look at files can reach the network", remedy)


async def database(settings: "Settings") -> AsyncIterator[Diagnosis]:
    """Check that PostgreSQL answers, that row-level security binds the service, and that the schema is up to date."""
    from core.bootstrap.parts import APPS
    from core.kernel.database.migrate import missing_migrations, service_role_faults
    from core.kernel.errors import DelotekaError
    from core.kernel.settings_loading import database_urls

    service_url, owner_url = database_urls(settings)
    try:
        faults = await service_role_faults(service_url)
        missing = await missing_migrations(owner_url, apps=APPS)
    except (DelotekaError, OSError) as error:
        remedy = "start PostgreSQL, and check database.url and database.owner_url with their passwords"
        yield Diagnosis("bad", "database", f"does not answer ({type(error).__name__})", remedy)
        return
    for fault in faults:
        yield Diagnosis("bad", "database", fault)
    if missing:
        yield Diagnosis("bad", "schema", f"{len(missing)} migrations are missing", "run: deloteka migrate")
    if not (faults or missing):
        yield Diagnosis("ok", "database", "answers; row-level security binds the service; the schema is up to date")


async def storage(settings: "Settings") -> AsyncIterator[Diagnosis]:
    """Check that the object storage answers and what it really does."""
    from core.bootstrap.parts import storage_address
    from storage.errors import StorageError
    from storage.s3 import open_vault

    try:
        async with await open_vault(storage_address(settings), create_bucket=False) as vault:
            capabilities = vault.capabilities
    except (StorageError, ValueError) as error:
        yield Diagnosis("bad", "storage", str(error), "check storage.endpoint, its keys and storage.bucket")
        return
    yield Diagnosis("ok", "storage", f"answers at {settings.storage.endpoint}, bucket {settings.storage.bucket}")
    for diagnosis in lacking(capabilities):
        yield diagnosis
    if settings.storage.originals_lock_mode == "compliance":
        said = "originals are locked in compliance mode: nobody destroys them before the date of their case"
        yield Diagnosis("note", "storage", said, "set storage.originals_lock_mode to governance unless this is meant")


def lacking(capabilities: "Capabilities") -> Iterator[Diagnosis]:
    """Say what the store cannot do, as far as it matters."""
    if not capabilities.versioning:
        yield Diagnosis("bad", "storage", "the bucket keeps no versions", "switch versioning on for the bucket")
    if not capabilities.object_lock:
        remedy = "make a bucket with object lock; without it nothing is locked, and the service alone refuses deletion"
        yield Diagnosis("note", "storage", "the bucket has no object lock", remedy)
    if not capabilities.verifies_checksums:
        yield Diagnosis("note", "storage", "the store does not verify checksums; every object is read back instead")
    if not capabilities.conditional_create:
        yield Diagnosis("note", "storage", "the store ignores If-None-Match; the service looks before it writes")
    if not capabilities.late_lock_dates:
        yield Diagnosis("note", "storage", "the store cannot keep lock dates after 2106; legal holds are used instead")
