"""Settings in, open parts out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from core.access.services import AccessServices
from core.bootstrap.clock import system_clock
from core.connections.keyring import KeySource
from core.connections.services import ConnectionServices
from core.disposal.execution.services import ExecutionServices, execution_services
from core.documents.services import DocumentServices
from core.documents.spool import Spool
from core.exits.services import ExitServices
from core.imports.doors import RegistryConnections
from core.imports.registry import every_writer
from core.imports.services import ImportServices
from core.inspection.pipeline import InspectionService
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.plugins import PluginHost, build_host
from core.kernel.sandbox import Limits, Sandbox, SandboxSettings, computing
from core.kernel.settings import Settings
from core.kernel.settings_loading import database_urls
from core.nomenclature.reading.provider import PLUGIN as NOMENCLATURE_READER
from core.notifications.services import NotificationServices, message_transport
from core.papers.press import Press
from core.paperwork.services import PaperworkServices
from core.period_exports.services import PeriodExportServices
from core.tables.provider import PLUGIN as TABLE_READER
from storage.embedded.vacuuming import Vacuum
from storage.s3 import S3Address, open_vault
from storage.vault import Vault

_PATIENCE: Final = 900.0
"""Seconds of wall clock for a parser that steps back for everybody else."""
APPS: Final = (
    "core.kernel",
    "core.institutions",
    "core.access",
    "core.search",
    "core.origins",
    "core.people",
    "core.staff",
    "core.representatives",
    "core.studies",
    "core.results",
    "core.nomenclature",
    "core.cases",
    "core.personal_files",
    "core.consents",
    "core.documents",
    "core.inventories",
    "core.rewards",
    "core.exits",
    "core.disposal",
    "core.handed_over",
    "core.redating",
    "core.paperwork",
    "core.preservation",
    "core.connections",
    "core.imports",
    "core.period_exports",
    "core.notifications",
)
"""Packages with tables, in the order of their migrations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every long-lived part of one process."""

    settings: Settings
    clock: Clock
    database: Database
    vault: Vault
    plugins: PluginHost
    sandbox: Sandbox
    access: AccessServices
    documents: DocumentServices
    execution: ExecutionServices


def storage_address(settings: Settings) -> S3Address:
    """Return where the originals are kept; raise `ValueError` when `storage.endpoint` is empty."""
    storage = settings.storage
    return S3Address(
        endpoint=storage.endpoint,
        access_key=storage.access_key,
        secret_key=storage.secret_key.get_secret_value() if storage.secret_key else "",
        bucket=storage.bucket,
        region=storage.region,
    )


def spool_folder(settings: Settings) -> Path:
    """Return the folder of the spool of this host."""
    return settings.service.data_folder / "spool"


@asynccontextmanager
async def open_services(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    plugins: PluginHost | None = None,
    background: bool = False,
) -> AsyncIterator[Services]:
    """Open everything one process needs, and close it again; nobody waits for a process in the `background`.

    The settings name the database and the storage, embedded or not. Raises `StorageError` when the storage does not
    answer; the database is asked when it is first needed.
    """
    async with AsyncExitStack() as stack:
        plugins = plugins or build_host(settings.plugins.enabled, settings.plugins.settings)
        sandbox = sandbox_of(settings, plugins, background=background)
        stack.push_async_callback(sandbox.close)
        # The sandbox reads its libraries in a process of its own, while the store is tried out here.
        starting = asyncio.create_task(sandbox.start())
        stack.callback(starting.cancel)
        vault = await stack.enter_async_context(await open_vault(storage_address(settings)))
        database = await stack.enter_async_context(open_database(settings, clock=clock))
        await starting
        services = compose(settings, clock=clock, database=database, vault=vault, plugins=plugins, sandbox=sandbox)
        stack.callback(services.access.close)
        yield services


def compose(
    settings: Settings, *, clock: Clock, database: Database, vault: Vault, plugins: PluginHost, sandbox: Sandbox
) -> Services:
    """Return the services that work with these open parts; whoever opened the parts closes them, and `access` too."""
    documents = _document_services(settings, clock, database, vault, plugins, sandbox)
    store = Vacuum.of(settings.service.data_folder / "objects", settings.storage.endpoint)
    return Services(
        settings=settings,
        clock=clock,
        database=database,
        vault=vault,
        plugins=plugins,
        sandbox=sandbox,
        access=AccessServices.of(database, clock=clock, access=settings.access, service=settings.service),
        documents=documents,
        execution=execution_services(documents, plugins, means=settings.disposal.means, vacuum=store),
    )


def connection_services(services: Services) -> ConnectionServices:
    """Return what connections work with in this process."""
    return ConnectionServices.of(
        services.settings,
        database=services.database,
        vault=services.vault,
        sandbox=services.sandbox,
        clock=services.clock,
        plugins=services.plugins,
        scratch=services.documents.scratch,
    )


def import_services(services: Services) -> ImportServices:
    """Return what imports work with in this process."""
    return ImportServices(
        database=services.database,
        clock=services.clock,
        connections=RegistryConnections(connection_services(services)),
        writers=every_writer(),
        documents=services.documents,
    )


def period_export_services(services: Services) -> PeriodExportServices:
    """Return what snapshots of study periods are made with in this process."""
    return PeriodExportServices(paperwork=PaperworkServices(documents=services.documents))


def notification_services(services: Services) -> NotificationServices:
    """Return what sends messages in this process."""
    connections = services.settings.connections
    return NotificationServices(
        database=services.database,
        clock=services.clock,
        catalog=services.plugins.catalog,
        keys=KeySource(connections.secrets_key, services.settings.service.data_folder),
        make_transport=partial(message_transport, ca_file=connections.ca_file),
        private_hosts=services.settings.notifications.private_hosts,
        allow_http=connections.allow_http,
    )


def exit_services(services: Services) -> ExitServices:
    """Return what the verbs of exits work with in this process."""
    return ExitServices(
        database=services.database,
        vault=services.vault,
        press=Press(),
        scratch=services.documents.scratch,
        reserve=services.settings.intake.free_space_reserve_bytes,
    )


@asynccontextmanager
async def open_database(settings: Settings, *, clock: Clock = system_clock) -> AsyncIterator[Database]:
    """Open the pool of connections under the service's own login, and close it again."""
    service_url, _ = database_urls(settings)
    database = Database(service_url, apps=APPS, clock=clock, pool=settings.database.pool)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def sandbox_of(settings: Settings, plugins: PluginHost, *, background: bool = False) -> Sandbox:
    """Return the sandbox in which the plugins work; it is not started yet."""
    names = computing(plugins.enabled)
    tables = {name: table for name, table in settings.plugins.settings.items() if name in names}
    limits = Limits(wall_seconds=_PATIENCE) if background else Limits()
    readers = (*names, NOMENCLATURE_READER, TABLE_READER)
    return Sandbox(SandboxSettings(plugins=readers, settings=tables, limits=limits, patient=background))


def _document_services(
    settings: Settings, clock: Clock, database: Database, vault: Vault, plugins: PluginHost, sandbox: Sandbox
) -> DocumentServices:
    scratch = settings.service.data_folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    inspection = InspectionService(
        sandbox, scanners=[each.provider for each in plugins.catalog.scanners], scratch=scratch
    )
    return DocumentServices(
        database=database,
        vault=vault,
        inspection=inspection,
        sandbox=sandbox,
        spool=Spool(spool_folder(settings), reserve=settings.intake.free_space_reserve_bytes),
        scratch=scratch,
        limits=settings.intake,
        clock=clock,
    )
