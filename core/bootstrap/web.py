"""The web application of one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from core.api.application import APIRouter, FastAPI, create_app
from core.audit_trail.services import AuditTrailServices
from core.bootstrap.clock import system_clock
from core.bootstrap.parts import (
    Services,
    connection_services,
    exit_services,
    import_services,
    notification_services,
    open_services,
    period_export_services,
)
from core.documents import lock_jobs
from core.kernel.clock import Clock
from core.kernel.health import PartDegraded
from core.kernel.memory import keep_for_good
from core.kernel.plugins import PluginHost, build_host
from core.kernel.sandbox import Sandbox
from core.kernel.settings import Settings
from core.nomenclature.services import NomenclatureServices
from core.paperwork.services import PaperworkServices
from core.web.context import WebState
from core.web.health import HealthState

_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not bound


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
    app.state.imports = import_services(services)
    app.state.notifications = notification_services(services)
    app.state.paperwork = PaperworkServices(documents=services.documents)
    app.state.period_exports = period_export_services(services)
    app.state.plugins = services.plugins
    app.state.web = WebState(language=service.language, secure=service.secure_cookies, version=app.version)
    app.state.health = HealthState(
        probes={
            "database": services.database.ping,
            "storage": services.vault.ping,
            "sandbox": partial(_check_sandbox, services.sandbox),
            "object_locks": partial(lock_jobs.check_locks, services.database, services.vault),
            "plugin_calls": partial(_check_calls, services.plugins),
        },
        plugins=services.plugins.inventory,
    )


async def _check_calls(plugins: PluginHost) -> None:
    """Raise `PartDegraded` while a plugin has not come back from a call into it: that costs this process a thread."""
    if plugins.fence.left():
        raise PartDegraded("not_come_back")


async def _check_sandbox(sandbox: Sandbox) -> None:
    """Raise `SandboxUnavailable` when files cannot be checked, `PartDegraded` when that is done with less than all."""
    await sandbox.start()
    if sandbox.failed:
        raise PartDegraded("plugins_failed")
    if not sandbox.network_cut:
        raise PartDegraded("network_not_cut")
