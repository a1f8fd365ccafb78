"""The application as it describes itself, built once for all tests that only read that."""

from typing import Any, Final

from core.api.application import create_app

APP: Final = create_app()
DESCRIBED: Final[dict[str, Any]] = APP.openapi()
