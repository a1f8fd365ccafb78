"""Addresses of cases and holds."""

from core.cases.routes import cases, explaining, holds, recording, volumes, year
from core.web.routing import Router

router = Router(prefix="/api/v1")
for part in (cases, volumes, recording, explaining, year, holds):
    router.include_router(part.router)
