"""Addresses of consents, duties, blockings and calendars."""

from core.consents.routes import blockings, calendars, consents, duties
from core.web.routing import Router

router = Router(prefix="/api/v1")
for part in (consents, duties, blockings, calendars):
    router.include_router(part.router)
