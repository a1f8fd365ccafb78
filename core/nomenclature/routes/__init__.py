"""Addresses of the nomenclature."""

from fastapi import APIRouter

from core.nomenclature.routes import classes, decisions, files, steps, versions

router = APIRouter(prefix="/api/v1", tags=["nomenclature"])
for part in (versions, classes, files, steps, decisions):
    router.include_router(part.router)
