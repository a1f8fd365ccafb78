"""Addresses of the nomenclature."""

from core.nomenclature.routes import classes, decisions, files, steps, versions
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["nomenclature"])
for part in (versions, classes, files, steps, decisions):
    router.include_router(part.router)
