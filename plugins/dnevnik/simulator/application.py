"""The simulated platform as an application: `simulate(Platform(now=…))` is what a client is given."""

from functools import cache
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from core.devkit.middleware import FaultMiddleware, Receive, Scope, Send
from plugins.dnevnik.simulator.platform import PLATFORM, Platform
from plugins.dnevnik.simulator.refusals import Refused, Wording, error_answer
from plugins.dnevnik.simulator.routes import account, groups, journals, people, schools

PREFIXES = ("/v2", "/v2.0")


def simulate(platform: Platform) -> FaultMiddleware:
    """Return the application with the fault switches of `platform.faults` around it."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await _routes()({**scope, PLATFORM: platform}, receive, send)

    return FaultMiddleware(
        answer,
        platform.faults,
        shape=Wording(platform.forms),
        sign_in=("*/authorizations", "/oauth2"),
        files=("/files/*",),
    )


@cache
def _routes() -> FastAPI:
    """The routes, built once: making them takes longer than most tests."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for prefix in PREFIXES:
        for module in (account, schools, groups, journals, people):
            app.include_router(module.router, prefix=prefix)
    app.include_router(account.login)
    app.include_router(people.files)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _unknown)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    return _said(request, error.code, error.detail) if isinstance(error, Refused) else _said(request, "serverError")


async def _malformed(request: Request, error: Exception) -> Response:
    del error
    return _said(request, "parameterInvalid")


async def _unknown(request: Request, error: Exception) -> Response:
    wrong_verb = isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    return _said(request, "methodNotSupported" if wrong_verb else "resourceUnavailable")


def _said(request: Request, code: str, detail: str = "") -> Response:
    platform: Platform = request.scope[PLATFORM]
    answer = error_answer(platform.forms, code, detail)
    return Response(answer.body, answer.status, media_type=answer.media_type)
