"""Addresses of disposal acts."""

from fastapi import APIRouter

from core.disposal.routes import acts, lines, steps

router = APIRouter(prefix="/api/v1", tags=["disposal"])
for part in (acts, lines, steps):
    router.include_router(part.router)
