"""Every refusal in one shape: problem details (RFC 9457) in the reader's language, with stable codes."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from core.kernel.errors import DelotekaError, Fact, Forbidden, Invalid, NotFound, Unavailable
from core.kernel.texts import Language, translate
from core.web.context import instance, reader_language, request_id
from core.web.errors import (
    BodyTooLarge,
    MalformedJson,
    MalformedRequest,
    MethodNotAllowed,
    NotModified,
    RequestRefused,
    UnsupportedMediaType,
)
from core.web.validation import FieldError, field_errors

PROBLEM_JSON: Final = "application/problem+json"
PROBLEM_SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}

Foreign = Mapping[type[Exception], Callable[[Exception], DelotekaError]]
"""How errors of other families (storage, retention) are said in the core's."""

_FRAMEWORK: Final[Mapping[int, type[DelotekaError]]] = {
    400: MalformedRequest,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
    415: UnsupportedMediaType,
    503: Unavailable,
}

OTHER_REFUSALS: Final[dict[str, Any]] = {
    "description": "Any other refusal; `code` says which.",
    "content": {PROBLEM_JSON: {"schema": PROBLEM_SCHEMA}},
}
"""Answer of an operation to what no route of its own raises."""
_EXAMPLE: Final = "0198c5a0-7d2e-7c1b-9f00-4a1de6d2b3c4"

_logger = logging.getLogger(__name__)


class Problem(BaseModel):
    """A refusal (RFC 9457): what happened, why, and what to do. Further members are facts about this case."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="Address of the description of this kind of problem.", examples=["/problems/conflict"]
    )
    title: str = Field(description="What happened, in the reader's language.")
    title_en: str = Field(description="The same in English.")
    title_ru: str = Field(description="The same in Russian.")
    status: int = Field(description="The HTTP status.", examples=[409])
    code: str = Field(description="Stable code; programs branch on it.", examples=["conflict"])
    detail: str = Field(description="What is particular about this case; may be empty.")
    remedy: str = Field(description="What to do about it, in the reader's language.")
    instance: str = Field(description="Path of the request.", examples=["/api/documents"])
    request_id: str = Field(description="Id of the request; the administrator finds it in the log.")
    errors: list[FieldError] | None = Field(default=None, description="The fields that do not fit.")


def problem_body(
    error: DelotekaError,
    *,
    language: Language,
    path: str = "",
    request: str = "",
    status: int | None = None,
    errors: Sequence[FieldError] | None = None,
) -> dict[str, Any]:
    """Return the members of the problem document of `error`; facts never replace a standard member."""
    facts: Mapping[str, Fact] = error.facts
    body: dict[str, Any] = {name: _told(fact, language) for name, fact in facts.items()}
    body |= _of_kind(type(error), language, facts)
    body |= {"detail": translate(error.detail, language, **facts), "instance": path, "request_id": request}
    if status is not None:
        body["status"] = status
    if errors is not None:
        body["errors"] = [entry.model_dump() for entry in errors]
    return body


def _told(fact: Fact, language: Language) -> object:
    """Return a fact for the reader: of findings (entries with `message` and `facts`) the message is translated."""
    if not isinstance(fact, list):
        return fact
    return [_told_finding(entry, language) if isinstance(entry, dict) else entry for entry in fact]


def _told_finding(entry: Mapping[str, Any], language: Language) -> Mapping[str, Any]:
    if "message" not in entry:
        return entry
    return {**entry, "message": translate(entry["message"], language, **entry.get("facts", {}))}


def _of_kind(kind: type[DelotekaError], language: Language, facts: Mapping[str, Fact]) -> dict[str, Any]:
    return {
        "type": f"/problems/{kind.code}",
        "title": translate(kind.title, language, **facts),
        "title_en": translate(kind.title, "en", **facts),
        "title_ru": translate(kind.title, "ru", **facts),
        "status": kind.status,
        "code": kind.code,
        "remedy": translate(kind.remedy, language, **facts),
    }


def problem_response(
    error: DelotekaError,
    scope: Scope,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[FieldError] | None = None,
) -> Response:
    """Return the answer that tells of `error`, also for use outside routes; `Retry-After` where it is known."""
    language = reader_language(scope)
    body = problem_body(
        error, language=language, path=instance(scope), request=request_id(scope), status=status, errors=errors
    )
    sent = {"Content-Language": language, "Cache-Control": "no-store", "Vary": "Accept-Language", **(headers or {})}
    if error.retry_after is not None:
        sent.setdefault("Retry-After", str(error.retry_after))
    if body["status"] == HTTPStatus.UNAUTHORIZED:
        sent.setdefault("WWW-Authenticate", 'Bearer realm="deloteka"')
    if body["status"] == HTTPStatus.REQUEST_TIMEOUT:
        sent.setdefault("Connection", "close")
    # Half a surrogate pair must not turn a refusal into a failure.
    content = json.dumps(body, ensure_ascii=False, default=str).encode(errors="replace")
    return Response(content, status_code=body["status"], headers=sent, media_type=PROBLEM_JSON)


def install_problems(app: FastAPI, foreign: Foreign | None = None) -> None:
    """Make `app` answer every error with a problem document; `foreign` maps other families of errors."""
    app.add_exception_handler(DelotekaError, _on_own_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_framework_error)
    app.add_exception_handler(Exception, _on_mistake)
    app.add_exception_handler(NotModified, _on_not_modified)
    for kind, translation in (foreign or {}).items():
        app.add_exception_handler(kind, _foreign_handler(translation))


async def _on_not_modified(_request: Request, error: Exception) -> Response:
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": str(error)})


async def _on_own_error(request: Request, error: Exception) -> Response:
    known = error if isinstance(error, DelotekaError) else DelotekaError()
    if known.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _logger.warning("refused with %s: %s", known.status, known.code, exc_info=known.__cause__)
    return problem_response(known, request.scope)


def _foreign_handler(translation: Callable[[Exception], DelotekaError]) -> Callable[[Request, Exception], Any]:
    async def handle(request: Request, error: Exception) -> Response:
        return await _on_own_error(request, translation(error))

    return handle


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    reasons: Sequence[Mapping[str, Any]] = error.errors() if isinstance(error, RequestValidationError) else ()
    if any(reason["type"] == "json_invalid" for reason in reasons):
        return problem_response(MalformedJson(), request.scope)
    entries = field_errors(reasons, reader_language(request.scope))
    return problem_response(Invalid(), request.scope, errors=entries)


async def _on_framework_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    given = error.headers if isinstance(error, HTTPException) else None
    headers = dict(given or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_allowed_methods(request)) or headers.get("Allow", "")
    known = _FRAMEWORK.get(status, RequestRefused)
    return problem_response(known(), request.scope, status=status, headers=headers)


def _allowed_methods(request: Request) -> list[str]:
    # The router names the methods of the first route only; RFC 9110, 15.5.6 asks for those of the address.
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        regex = getattr(route, "path_regex", None)
        if regex is not None and regex.match(request.scope["path"]):
            methods |= route.methods or set()
    return sorted(methods)


async def _on_mistake(request: Request, error: Exception) -> Response:
    _logger.error("unexpected error", exc_info=error)
    return problem_response(DelotekaError(), request.scope)


def problem_responses(*kinds: type[DelotekaError]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route that may raise `kinds`, in the schema by status; others are the default."""
    by_status: dict[int, list[type[DelotekaError]]] = {}
    always: tuple[type[DelotekaError], ...] = (Invalid,)
    for kind in (*kinds, *always):
        listed = by_status.setdefault(kind.status, [])
        if kind not in listed:
            listed.append(kind)
    answers: dict[int | str, dict[str, Any]] = {
        status: problem_answer(known) for status, known in sorted(by_status.items())
    }
    answers["default"] = OTHER_REFUSALS
    return answers


def problem_answer(kinds: Sequence[type[DelotekaError]]) -> dict[str, Any]:
    """Return what the schema says of the refusals `kinds`, which have one status."""
    examples = {kind.code: {"$ref": f"#/components/examples/{kind.code}"} for kind in kinds}
    return {
        "description": "; ".join(f"`{kind.code}`: {kind.title}" for kind in kinds),
        "content": {PROBLEM_JSON: {"schema": PROBLEM_SCHEMA, "examples": examples}},
    }


def problem_example(kind: type[DelotekaError]) -> dict[str, Any]:
    """Return the example of a kind of problem that stands at `#/components/examples/<code>` of the schema."""
    said = _of_kind(kind, "ru", {}) | {"detail": "", "instance": "/api/v1/documents", "request_id": _EXAMPLE}
    return {"summary": kind.title, "value": said}
