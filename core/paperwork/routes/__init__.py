"""Addresses of papers."""

from fastapi import APIRouter

from core.paperwork.routes import acts, looking, papers, signatures

router = APIRouter(prefix="/api/v1", tags=["papers"])
for part in (looking, papers, signatures, acts):
    router.include_router(part.router)
