"""Addresses of cases and holds."""

from fastapi import APIRouter

from core.cases.routes import cases, explaining, holds, recording, volumes, year

router = APIRouter(prefix="/api/v1")
for part in (cases, volumes, recording, explaining, year, holds):
    router.include_router(part.router)
