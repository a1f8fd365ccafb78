"""Addresses of papers."""

from core.paperwork.routes import acts, looking, papers, signatures
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["papers"])
for part in (looking, papers, signatures, acts):
    router.include_router(part.router)
