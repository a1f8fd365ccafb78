"""Addresses of documents."""

from fastapi import APIRouter

from core.documents.routes import decisions, filing, reading, records, uploads

router = APIRouter(prefix="/api/v1", tags=["documents"])
for part in (uploads, records, reading, decisions, filing):
    router.include_router(part.router)
