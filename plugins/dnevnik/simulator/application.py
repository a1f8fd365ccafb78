"""The simulated platform as an application: `simulate(Platform(now=…))` is what a client is given."""

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from core.devkit.faults import FaultAnswer
from core.devkit.middleware import FaultMiddleware
from plugins.dnevnik.simulator.platform import Platform
from plugins.dnevnik.simulator.refusals import Refused, Wording, error_answer
from plugins.dnevnik.simulator.routes import account, groups, journals, people, schools

PREFIXES = ("/v2", "/v2.0")


def simulate(platform: Platform) -> FaultMiddleware:
    """Return the application with the fault switches of `platform.faults` around it."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.platform = platform
    for prefix in PREFIXES:
        for module in (account, schools, groups, journals, people):
            app.include_router(module.router, prefix=prefix)
    app.include_router(account.login)
    app.include_router(people.files)
    _refuse_as_the_platform_does(app, platform)
    return FaultMiddleware(
        app,
        platform.faults,
        shape=Wording(platform.forms),
        sign_in=("*/authorizations", "/oauth2"),
        files=("/files/*",),
    )


def _refuse_as_the_platform_does(app: FastAPI, platform: Platform) -> None:
    def said(answer: FaultAnswer) -> Response:
        return Response(answer.body, answer.status, media_type=answer.media_type)

    async def refused(request: Request, error: Exception) -> Response:
        del request
        code, detail = (error.code, error.detail) if isinstance(error, Refused) else ("serverError", "")
        return said(error_answer(platform.forms, code, detail))

    async def malformed(request: Request, error: Exception) -> Response:
        del request, error
        return said(error_answer(platform.forms, "parameterInvalid"))

    async def unknown(request: Request, error: Exception) -> Response:
        del request
        wrong_verb = isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        return said(error_answer(platform.forms, "methodNotSupported" if wrong_verb else "resourceUnavailable"))

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, unknown)
