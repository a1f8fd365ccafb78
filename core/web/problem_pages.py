"""A page for each code of a problem: what it means and what to do, for people and for programs."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse

from core.kernel.errors import DelotekaError, NotFound
from core.kernel.texts import Language, translate
from core.web.context import reader_language
from core.web.paging import Page
from core.web.problems import problem_responses
from core.web.routing import Router


class ProblemKind(BaseModel):
    """One kind of problem."""

    code: str = Field(examples=["not_found"])
    status: int = Field(examples=[404])
    title: str
    remedy: str


def problem_kinds(root: type[DelotekaError] = DelotekaError) -> dict[str, type[DelotekaError]]:
    """Return every loaded class of the error family by its code; of several the most general."""
    kinds: dict[str, type[DelotekaError]] = {}
    for kind in _family(root):
        kinds.setdefault(kind.code, kind)
    return dict(sorted(kinds.items()))


def _family(root: type[DelotekaError]) -> Iterator[type[DelotekaError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _family(kind)


def described(kind: type[DelotekaError], language: Language) -> ProblemKind:
    """Return the description of a kind in one language."""
    return ProblemKind(
        code=kind.code,
        status=kind.status,
        title=translate(kind.title, language),
        remedy=translate(kind.remedy, language),
    )


router = Router(prefix="/problems", tags=["problems"])


@router.get("", summary="Every kind of problem")
async def list_problems(request: Request) -> Page[ProblemKind]:
    """Return the codes this service may answer, all on one page, with their meaning in the reader's language."""
    language = reader_language(request.scope)
    return Page(items=[described(kind, language) for kind in problem_kinds().values()])


@router.get(
    "/{code}",
    summary="What a problem means",
    response_model=ProblemKind,
    responses={
        **problem_responses(NotFound),
        200: {"description": "The meaning.", "content": {"text/plain": {"schema": {"type": "string"}}}},
    },
)
async def read_problem(
    request: Request, code: Annotated[str, Path(pattern="^[a-z][a-z0-9_]{1,99}$", examples=["not_found"])]
) -> Response | ProblemKind:
    """Return the meaning of a code: JSON to programs, plain text to a browser that follows `type`."""
    kind = problem_kinds().get(code)
    if kind is None:
        raise NotFound
    known = described(kind, reader_language(request.scope))
    if "text/html" in request.headers.get("accept", ""):
        return PlainTextResponse(f"{known.title}\n\n{known.remedy}\n\n{known.code} (HTTP {known.status})\n")
    return known
