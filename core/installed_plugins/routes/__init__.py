"""Addresses of plugins and of what they were not told."""

from fastapi import APIRouter

from core.installed_plugins.routes import plugins, undelivered_events

router = APIRouter(prefix="/api/v1", tags=["plugins"])
for part in (plugins, undelivered_events):
    router.include_router(part.router)
