"""Addresses of learners and groups."""

from core.people.routes import groups, people
from core.web.routing import Router

router = Router(prefix="/api/v1")
for part in (people, groups):
    router.include_router(part.router)
