"""A small application behind the whole envelope, without a network."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Annotated

import httpx
from fastapi import APIRouter, Body, FastAPI, Path, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from core.kernel.errors import DatabaseUnavailable, Forbidden, NoSpace, NotFound, StaleState, TransitionRefused
from core.web.bodies import raw_body
from core.web.conditional import UNCHANGED, IfMatch, fresh
from core.web.context import WebState
from core.web.docs import install_docs
from core.web.errors import PreconditionFailed, PreconditionRequired
from core.web.fields import CleanLine, CleanText, Day, FilledLine, Identifier, Moment, RequestBody
from core.web.health import router as health_router
from core.web.middleware import install_middleware
from core.web.problem_pages import router as problems_router
from core.web.problems import install_problems, problem_responses

Client = httpx.AsyncClient
Serve = Callable[[FastAPI], Client]


class Shelf(RequestBody):
    """What the test routes take and give."""

    name: FilledLine
    note: CleanText = ""
    label: CleanLine = ""
    rows: Annotated[int, Body(ge=1, le=100)] = 1
    since: Day = date(2024, 1, 1)
    seen: Moment | None = None
    room: Identifier | None = None


class ForeignFailure(Exception):
    """An error of a family the core does not know."""


ERRORS: dict[str, Exception] = {
    "forbidden": Forbidden(needed="records_officer"),
    "stale": StaleState("The document {number} has moved on", number=7),
    "refused": TransitionRefused(reasons=["on_hold", "not_filed"]),
    "database": DatabaseUnavailable(),
    "space": NoSpace(),
    "mistake": RuntimeError("Иванов Иван"),
    "foreign": ForeignFailure("bucket gone"),
    "teapot": HTTPException(418, headers={"X-Kind": "teapot"}),
    "unauthorized": HTTPException(401),
    "shadow": Forbidden(code="mine", status=200),
}


def build_app(state: WebState | None = None) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, title="Shelves", version="1")
    app.state.web = state or WebState(version="1.2.3")
    install_problems(app, {ForeignFailure: lambda error: DatabaseUnavailable()})
    install_middleware(app)
    install_docs(app)
    for part in (health_router, problems_router, shelves(), streams()):
        app.include_router(part)
    return app


def shelves() -> APIRouter:
    app = APIRouter()

    @app.get("/errors/{name}", responses=problem_responses(NotFound, Forbidden, StaleState, TransitionRefused))
    async def fail(name: str) -> Shelf:
        raise ERRORS[name]

    @app.post("/shelves", status_code=201)
    async def create(shelf: Shelf) -> Shelf:
        return shelf

    @app.get("/shelves/{number}", responses={**problem_responses(NotFound), **UNCHANGED})
    async def read(number: Annotated[int, Path(ge=1)], request: Request, response: Response) -> Shelf:
        if number > 9:
            raise NotFound
        fresh(request, response, 3)
        return Shelf(name="A")

    @app.patch("/shelves/{number}", responses=problem_responses(PreconditionRequired, PreconditionFailed))
    async def change(number: int, shelf: Shelf, expected: IfMatch) -> Shelf:
        expected.require(3)
        return shelf

    @app.get("/search")
    async def search(q: Annotated[CleanLine, Query(max_length=100)] = "") -> list[str]:
        return [q]

    return app


def streams() -> APIRouter:
    app = APIRouter()

    @app.put("/raw")
    @raw_body
    async def take(request: Request) -> dict[str, int]:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
        return {"size": size}

    @app.get("/broken")
    async def broken() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"half"
            raise RuntimeError

        return StreamingResponse(pieces())

    return app


def client_of(app: FastAPI) -> Client:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shelves.test")
