"""The composition root: settings in, running parts out. The only place that wires, and that knows the clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from core.access.housekeeping import forget_stale
from core.access.services import AccessServices
from core.api.application import APIRouter, FastAPI, create_app
from core.audit_trail.services import AuditTrailServices
from core.cases.deciding import apply_decision_job
from core.cases.expiring import expire_due
from core.connections.services import ConnectionServices
from core.disposal.execution.driving import execution_job, resume_executions
from core.disposal.execution.ending import space_job
from core.disposal.execution.services import EXECUTION_JOB, SPACE_JOB, ExecutionServices, execution_services
from core.disposal.holding import settle_held_lines
from core.disposal.proposing import propose_yearly_acts
from core.documents import lock_jobs
from core.documents.hold_marks import register_marks
from core.documents.keeper import Keeper
from core.documents.previews import PREVIEW_JOB, preview_job
from core.documents.services import DocumentServices
from core.documents.spool import Spool
from core.documents.text_index import INDEX_TEXT_JOB, index_text_job
from core.exits.packages import PACK_JOB, REMOVE_JOB
from core.exits.packing import pack_job, remove_package_job
from core.exits.services import ExitServices
from core.exits.settling import settle_transfers
from core.inspection.pipeline import InspectionService
from core.kernel.audit.anchors import Anchorer
from core.kernel.audit.sealing import seal_all
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.jobs.catalog import JobCatalog
from core.kernel.jobs.worker import JobWorker
from core.kernel.loops import Loops
from core.kernel.memory import keep_for_good
from core.kernel.outbox import Listener, OutboxDispatcher
from core.kernel.plugins import PluginHost, build_host
from core.kernel.sandbox import Limits, Sandbox, SandboxSettings, computing
from core.kernel.scope import Scope, installation_scope
from core.kernel.settings import Settings
from core.kernel.settings_loading import database_urls
from core.nomenclature.decisions import RULE_DECIDED_JOB
from core.nomenclature.reading.provider import PLUGIN as NOMENCLATURE_READER
from core.nomenclature.services import NomenclatureServices
from core.papers.press import Press
from core.paperwork.services import PaperworkServices
from core.preservation.ledger import LedgerCopier
from core.redating.accepting import APPLY_JOB
from core.redating.applying import apply_acceptance_job
from core.redating.computing import preview_cases_job
from core.redating.previewing import PREVIEW_JOB as REDATING_JOB
from core.sdk import Event
from core.search.entries import forget_unused_words
from core.web.context import WebState
from core.web.health import HealthState, PartDegraded
from storage.embedded.vacuuming import Vacuum
from storage.objects import LockMode
from storage.s3 import S3Address, open_vault
from storage.vault import Vault

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound
_PROMPTLY: Final = 1.0
_SOON: Final = 5.0
_SELDOM: Final = 300.0
_JOBS_AT_ONCE: Final = 2
_PATIENCE: Final = 900.0
"""Seconds of wall clock for a parser that steps back for everybody else."""
_UNTIL_GONE: Final = 50
"""Attempts, over some eight hours, at a removal that nothing else repeats."""
_HOURLY: Final = 3600.0
_DAILY: Final = 86_400.0

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
    "core.exits",
    "core.disposal",
    "core.redating",
    "core.paperwork",
    "core.preservation",
    "core.connections",
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


def system_clock() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


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


def application(settings: Settings, *, clock: Clock = system_clock) -> FastAPI:
    """Return the web application; its parts are opened when it starts and closed when it stops."""
    plugins = build_host(settings.plugins.enabled, settings.plugins.settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services(settings, clock=clock, plugins=plugins) as services:
            attach(app, services)
            keep_for_good()
            yield

    return create_app(lifespan, _plugin_routers(plugins), hosts=host_names(settings))


def host_names(settings: Settings) -> frozenset[str]:
    """Return the names the service answers under: that of `service.public_url` and those of this machine; else any."""
    service = settings.service
    public = urlsplit(service.public_url).hostname
    if public is None:
        return frozenset()
    return frozenset({public, service.host.lower(), *_LOOPBACK} - _EVERYWHERE)


def _plugin_routers(plugins: PluginHost) -> dict[str, list[APIRouter]]:
    routers: dict[str, list[APIRouter]] = {}
    for each in plugins.catalog.routers:
        made = each.provider()
        if not isinstance(made, APIRouter):
            message = f"the plugin {each.plugin} offers a {type(made).__name__} instead of a router"
            raise TypeError(message)
        routers.setdefault(each.plugin, []).append(made)
    return routers


def attach(app: FastAPI, services: Services) -> None:
    """Put the parts where the routes look for them."""
    service = services.settings.service
    app.state.access = services.access
    app.state.documents = services.documents
    app.state.execution = services.execution
    app.state.nomenclature = NomenclatureServices(
        database=services.database, sandbox=services.sandbox, scratch=services.documents.scratch
    )
    app.state.audit_trail = AuditTrailServices(database=services.database, vault=services.vault)
    app.state.exits = exit_services(services)
    app.state.connections = connection_services(services)
    app.state.paperwork = PaperworkServices(documents=services.documents)
    app.state.plugins = services.plugins
    app.state.web = WebState(language=service.language, secure=service.secure_cookies, version=app.version)
    app.state.health = HealthState(
        probes={
            "database": services.database.ping,
            "storage": services.vault.ping,
            "sandbox": partial(_check_sandbox, services.sandbox),
            "object_locks": partial(lock_jobs.check_locks, services.database, services.vault),
        },
        plugins=services.plugins.inventory,
    )


async def _check_sandbox(sandbox: Sandbox) -> None:
    """Raise `SandboxUnavailable` when files cannot be checked, `PartDegraded` when that is done with less than all."""
    await sandbox.start()
    if sandbox.failed:
        raise PartDegraded("plugins_failed")
    if not sandbox.network_cut:
        raise PartDegraded("network_not_cut")


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
        clock=services.clock,
        plugins=services.plugins,
        scratch=services.documents.scratch,
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


async def run_worker(services: Services, stop: asyncio.Event) -> None:
    """Run jobs and everything periodic until `stop` is set; what runs then is finished first."""
    keeper = Keeper(services.documents, steps_back=True)
    await keeper.replay()
    jobs = _job_worker(services)
    loops = _loops(services, keeper, jobs)
    async with asyncio.TaskGroup() as group:
        group.create_task(jobs.run())
        group.create_task(loops.run())
        await stop.wait()
        jobs.stop()
        loops.stop()


def _job_worker(services: Services) -> JobWorker:
    catalog = JobCatalog()
    catalog.register(PREVIEW_JOB, preview_job(services.documents))
    catalog.register(INDEX_TEXT_JOB, index_text_job())
    catalog.register(RULE_DECIDED_JOB, apply_decision_job())
    catalog.register(EXECUTION_JOB, execution_job(services.execution), attempts=_UNTIL_GONE)
    catalog.register(SPACE_JOB, space_job(services.execution))
    catalog.register(REDATING_JOB, preview_cases_job())
    catalog.register(APPLY_JOB, apply_acceptance_job())
    mode = LockMode[services.settings.storage.originals_lock_mode.upper()]
    register_marks(catalog, services.documents, mode=mode)
    exits = exit_services(services)
    catalog.register(PACK_JOB, pack_job(exits))
    catalog.register(REMOVE_JOB, remove_package_job(exits), attempts=_UNTIL_GONE)
    service_url, _ = database_urls(services.settings)
    return JobWorker(service_url, services.database, catalog, services=services, concurrency=_JOBS_AT_ONCE)


def _loops(services: Services, keeper: Keeper, jobs: JobWorker) -> Loops:
    audit = services.settings.audit
    mode = LockMode[services.settings.storage.lock_mode.upper()]
    anchorer = Anchorer(services.database, services.vault, mode=mode)
    ledger = LedgerCopier(services.database, services.vault, mode=mode)
    outbox = OutboxDispatcher(services.database, _listeners(services.plugins), services.clock)
    loops = Loops()
    loops.add("seal the audit trail", audit.seal_seconds, partial(seal_all, services.database))
    loops.add("anchor the audit trail", audit.anchor_minutes * 60, anchorer.anchor_all)
    loops.add("copy the destruction ledger", _SOON, ledger.copy_all)
    loops.add("tell plugins of events", _PROMPTLY, outbox.deliver_due)
    loops.add("settle the spool", _SOON, keeper.settle)
    loops.add("finish removals", _SOON, keeper.finish_removals)
    loops.add("lock by verdicts", _SOON, partial(lock_jobs.follow_verdicts, services.database, services.vault))
    loops.add("look at doubtful locks", _HOURLY, partial(lock_jobs.queue_doubtful_locks, services.database))
    loops.add("rescue jobs of dead workers", _SOON, jobs.rescue)
    loops.add("settle the queue of jobs", _SELDOM, jobs.settle)
    loops.add("let cases expire", _HOURLY, partial(expire_due, services.database, services.clock))
    loops.add("go on with executions", _SOON, partial(resume_executions, services.database))
    loops.add("take held cases off acts", _SELDOM, partial(settle_held_lines, services.database))
    loops.add("take held cases off transfers", _SELDOM, partial(settle_transfers, services.database))
    loops.add("propose the yearly acts", _DAILY, partial(propose_yearly_acts, services.database))
    loops.add("forget ended sessions", _DAILY, partial(forget_stale, services.database, services.settings.access))
    loops.add("forget idempotency keys", _DAILY, partial(_forget_keys, services))
    loops.add("forget words of the search", _DAILY, partial(_forget_words, services))
    loops.add("throw unfinished uploads away", _DAILY, partial(_abort_uploads, services))
    return loops


async def _forget_keys(services: Services) -> None:
    """A week after a request nobody repeats it any more."""
    before = services.clock() - timedelta(days=7)
    await services.database.ask("SELECT forget_idempotency_keys($1)", [before])


async def _forget_words(services: Services) -> None:
    """Let the search forget the words that no entry holds any more, one institution after the other."""
    async with services.database.work(installation_scope(source="search")) as work:
        rows = await work.rows("SELECT id FROM institutions")
    for row in rows:
        async with services.database.work(Scope(institution_id=row["id"], source="search")) as work:
            await forget_unused_words(work)


async def _abort_uploads(services: Services) -> None:
    """Free what multipart uploads left in the store when they were cut off."""
    before = services.clock() - timedelta(days=1)
    for prefix in ("originals/", "quarantine/", "packages/"):
        await services.vault.abort_uploads(prefix, started_before=before)


def _listeners(plugins: PluginHost) -> dict[str, Listener]:
    def listener(name: str) -> Listener:
        async def tell(event: Event) -> str | None:
            outcomes = await plugins.deliver(event, only={name})
            failed = [outcome for outcome in outcomes if not outcome.ok]
            return (failed[0].reason or "failed") if failed else None

        return tell

    return {name: listener(name) for name in plugins.listeners}


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
    readers = (*names, NOMENCLATURE_READER)
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
