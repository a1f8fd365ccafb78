"""Addresses of study periods, subjects and enrolments."""

from core.studies.routes import enrolments, periods, subjects
from core.web.routing import Router

router = Router(prefix="/api/v1")
for part in (enrolments, periods, subjects):
    router.include_router(part.router)
