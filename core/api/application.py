"""The application: the features' addresses behind one envelope."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from core.access.dependencies import signed_in
from core.access.routes import ROUTERS as ACCESS
from core.api.description import complete_description, operation_id
from core.api.foreign import FOREIGN
from core.audit_trail.routes import router as audit_trail
from core.background_jobs.routes import router as background_jobs
from core.cases.routes import router as cases
from core.connections.routes import router as connections
from core.consents.routes import router as consents
from core.disposal.routes import router as disposal
from core.documents.routes import router as documents
from core.exits.routes import router as exits
from core.handed_over.routes import router as handed_over
from core.imports.routes import router as imports
from core.installed_plugins.routes import router as installed_plugins
from core.inventories.routes import router as inventories
from core.liquidation.routes import router as liquidation
from core.nomenclature.routes import router as nomenclature
from core.notifications.routes import router as notifications
from core.origins.routes import router as provenance
from core.paperwork.routes import router as paperwork
from core.people.routes import router as people
from core.period_exports.routes import router as period_exports
from core.personal_files.routes import router as personal_files
from core.redating.routes import router as redating
from core.representatives.routes import router as representatives
from core.results.routes import router as results
from core.rewards.routes import router as rewards
from core.search.routes import router as search
from core.staff.routes import router as staff
from core.studies.routes import router as studies
from core.web.docs import install_docs
from core.web.health import router as health
from core.web.middleware import Limits, install_middleware
from core.web.problem_pages import router as problem_pages
from core.web.problems import install_problems
from core.web.routing import Router

_DESCRIPTION: Final = """Documents and records of educational institutions: learners' personal files, scanned diplomas
and certificates, kept with proof of integrity.

Sign in with `POST /api/v1/session` (browser) or send a token (`Authorization: Bearer …`, program). Every refusal is a
problem document (RFC 9457) with a stable `code` and a `remedy`."""

__all__ = ["APIRouter", "FastAPI", "create_app"]

# Routes are looked for in this order: what is asked most stands first.
ROUTERS: Final[tuple[Router, ...]] = (
    documents,
    health,
    problem_pages,
    *ACCESS,
    people,
    studies,
    staff,
    representatives,
    results,
    rewards,
    nomenclature,
    cases,
    personal_files,
    inventories,
    disposal,
    paperwork,
    exits,
    handed_over,
    redating,
    liquidation,
    consents,
    imports,
    connections,
    period_exports,
    provenance,
    search,
    notifications,
    installed_plugins,
    audit_trail,
    background_jobs,
)

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(
    lifespan: Lifespan | None = None,
    plugin_routers: Mapping[str, Sequence[APIRouter]] | None = None,
    *,
    hosts: Collection[str] = (),
    limits: Limits | None = None,
) -> FastAPI:
    """Return the application; `lifespan` opens the parts it works with, puts them into its state, and closes them.

    `plugin_routers`, by the name of the plugin, are reached below `/plugins/<name>` by whoever is signed in. `hosts`
    are the names the application answers under (empty: any), which keeps pages of others from reaching it under a
    name of their own (DNS rebinding).
    """
    app = FastAPI(
        title="Deloteka",
        version=version("deloteka"),
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
    )
    for router in ROUTERS:
        app.include_router(router)
    for name, routers in (plugin_routers or {}).items():
        for built in routers:
            app.include_router(
                built,
                prefix=f"/plugins/{name}",
                dependencies=[Depends(signed_in)],
                generate_unique_id_function=partial(_operation_of_plugin, name),
            )
    install_problems(app, FOREIGN)
    install_middleware(app, limits=limits, hosts=hosts)
    install_docs(app)
    complete_description(app)
    return app


def _operation_of_plugin(plugin: str, route: APIRoute) -> str:
    return f"{plugin}.{operation_id(route)}"
