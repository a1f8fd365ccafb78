"""Addresses of results."""

from core.results.routes import attendance, learners, results, scales, taxonomy
from core.web.routing import Router

router = Router(prefix="/api/v1")
for part in (results, attendance, learners, taxonomy, scales):
    router.include_router(part.router)
