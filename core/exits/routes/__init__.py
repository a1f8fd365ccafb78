"""Addresses of exits."""

from fastapi import APIRouter

from core.exits.routes import mergers, packages, returns, transfers

router = APIRouter(prefix="/api/v1", tags=["exits"])
for part in (transfers, packages, returns, mergers):
    router.include_router(part.router)
