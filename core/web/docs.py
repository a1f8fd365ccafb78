"""The interactive documentation at /docs, without any outside address, and the schema with its problem documents."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response

from core.kernel.errors import NotFound
from core.web.problem_pages import problem_kinds
from core.web.problems import OTHER_REFUSALS, Problem, problem_example

DOCS_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Swagger UI styles its elements in place; scripts come from this service only."""

_ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Deloteka: interface for programs</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="/docs/assets/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""
_START: Final = """SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: false,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset]
});
"""
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})


def install_docs(app: FastAPI) -> None:
    """Serve /docs and complete /openapi.json; `app` was made with `docs_url=None, redoc_url=None`."""
    folder = _assets_folder()

    async def page() -> HTMLResponse:
        return HTMLResponse(_PAGE, headers={"Content-Security-Policy": DOCS_POLICY})

    async def start() -> Response:
        return Response(_START, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    async def asset(name: str) -> FileResponse:
        if name not in _ASSETS:
            raise NotFound
        headers = {"Cache-Control": "public, max-age=86400"}
        return FileResponse(folder / name, media_type=_ASSETS[name], headers=headers)

    app.add_api_route("/docs", page, include_in_schema=False)
    app.add_api_route("/docs/assets/start.js", start, include_in_schema=False)
    app.add_api_route("/docs/assets/{name}", asset, include_in_schema=False)
    _complete_schema(app)


def _assets_folder() -> Path:
    # Found, not imported: of the package only its static files are wanted.
    spec = find_spec("fastapi_offline")
    if spec is None or spec.origin is None:
        message = "the package fastapi-offline, which brings the files of /docs, is not installed"
        raise RuntimeError(message)
    return Path(spec.origin).parent / "static"


def _complete_schema(app: FastAPI) -> None:
    original = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(original())
        return app.openapi_schema

    # The documented way to change the schema is to replace this method.
    setattr(app, "openapi", complete)  # noqa: B010 - an assignment to a method does not pass the type checker


def _with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    components = schema.setdefault("components", {})
    components["examples"] = {code: problem_example(kind) for code, kind in problem_kinds().items()}
    schemas = components.setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    for path in schema.get("paths", {}).values():
        for operation in (operation for method, operation in path.items() if method in _METHODS):
            responses = operation.setdefault("responses", {})
            if "HTTPValidationError" in str(responses.get("422", "")):
                responses["422"] = OTHER_REFUSALS
            responses.setdefault("default", OTHER_REFUSALS)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return schema
