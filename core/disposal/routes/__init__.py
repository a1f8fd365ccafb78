"""Addresses of disposal acts."""

from fastapi import APIRouter

from core.disposal.routes import acts, execution, lines, steps

router = APIRouter(prefix="/api/v1", tags=["disposal"])
for part in (acts, lines, steps, execution):
    router.include_router(part.router)
