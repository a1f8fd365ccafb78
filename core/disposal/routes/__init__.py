"""Addresses of disposal acts."""

from core.disposal.routes import acts, ended, execution, lines, steps
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["disposal"])
for part in (acts, lines, steps, execution, ended):
    router.include_router(part.router)
