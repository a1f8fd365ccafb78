"""Addresses of consents, duties, blockings and calendars."""

from fastapi import APIRouter

from core.consents.routes import blockings, calendars, consents, duties

router = APIRouter(prefix="/api/v1")
for part in (consents, duties, blockings, calendars):
    router.include_router(part.router)
