"""Addresses of imports."""

from fastapi import APIRouter

from core.imports.routes import conflicts, letters, proposals, runs, tray

router = APIRouter(prefix="/api/v1")
for part in (runs, letters, proposals, conflicts, tray):
    router.include_router(part.router)
