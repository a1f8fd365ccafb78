"""Addresses of imports."""

from core.imports.routes import conflicts, letters, proposals, runs, tray
from core.web.routing import Router

router = Router(prefix="/api/v1")
for part in (runs, letters, proposals, conflicts, tray):
    router.include_router(part.router)
