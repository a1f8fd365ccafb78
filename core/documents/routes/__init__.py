"""Addresses of documents."""

from core.documents.routes import decisions, filing, reading, records, uploads
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["documents"])
for part in (uploads, records, reading, decisions, filing):
    router.include_router(part.router)
