"""Addresses of learners and groups."""

from fastapi import APIRouter

from core.people.routes import groups, people

router = APIRouter(prefix="/api/v1")
for part in (people, groups):
    router.include_router(part.router)
