"""The application as it describes itself, built once for all tests that only read that, and for the first of them."""

from functools import cache
from typing import Any

from fastapi import FastAPI

from core.api.application import create_app


@cache
def application() -> FastAPI:
    return create_app()


@cache
def description() -> dict[str, Any]:
    return application().openapi()
