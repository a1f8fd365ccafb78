"""Addresses of exits."""

from core.exits.routes import mergers, packages, returns, transfers
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["exits"])
for part in (transfers, packages, returns, mergers):
    router.include_router(part.router)
