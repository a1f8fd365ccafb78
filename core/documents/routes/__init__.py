"""Addresses of documents."""

from fastapi import APIRouter

from core.documents.routes import decisions, reading, records, uploads

router = APIRouter(prefix="/api/v1", tags=["documents"])
for part in (uploads, records, reading, decisions):
    router.include_router(part.router)
