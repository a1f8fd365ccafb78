"""Addresses of results."""

from fastapi import APIRouter

from core.results.routes import attendance, learners, results, scales, taxonomy

router = APIRouter(prefix="/api/v1")
for part in (results, attendance, learners, taxonomy, scales):
    router.include_router(part.router)
