"""Addresses of study periods, subjects and enrolments."""

from fastapi import APIRouter

from core.studies.routes import enrolments, periods, subjects

router = APIRouter(prefix="/api/v1")
for part in (enrolments, periods, subjects):
    router.include_router(part.router)
