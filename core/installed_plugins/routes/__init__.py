"""Addresses of plugins and of what they were not told."""

from core.installed_plugins.routes import plugins, undelivered_events
from core.web.routing import Router

router = Router(prefix="/api/v1", tags=["plugins"])
for part in (plugins, undelivered_events):
    router.include_router(part.router)
