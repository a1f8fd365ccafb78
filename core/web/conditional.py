"""Conditional requests (RFC 9110, 13): nobody overwrites what somebody else changed, nobody reads the same twice."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Request, Response

from core.web.errors import MalformedRequest, NotModified, PreconditionFailed, PreconditionRequired

_LIST: Final = re.compile(r'\s*(?:(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"\s*(?:,\s*|$))+')
_TAG: Final = re.compile(r'(W/)?"([^"]*)"')
_REVISION: Final = re.compile(r"[0-9]{1,18}")

UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "The copy named in If-None-Match is still the present one."}
}
"""For `responses=` of routes that call `fresh`."""


def etag(revision: int) -> str:
    """Return the strong entity tag of a row's revision."""
    return f'"{revision}"'


@dataclass(frozen=True, slots=True)
class ExpectedRevision:
    """What `If-Match` says: the revisions the change was made for; None stands for `*`, any."""

    revisions: frozenset[int] | None

    def require(self, present: int) -> None:
        """Raise `PreconditionFailed` unless the change was made for the `present` revision."""
        if self.revisions is not None and present not in self.revisions:
            raise PreconditionFailed(present=etag(present))


async def _expected(
    if_match: Annotated[
        str,
        Header(
            alias="If-Match",
            description="ETag of the revision the change was made for, as the GET answered it. Required.",
            examples=['"3"'],
            json_schema_extra={"pattern": r'^(\*|"[0-9]{1,18}")$'},
        ),
    ] = "",
) -> ExpectedRevision:
    if not if_match.strip():
        raise PreconditionRequired
    if if_match.strip() == "*":
        return ExpectedRevision(None)
    if not _LIST.fullmatch(if_match):
        raise MalformedRequest
    # A weak tag never matches here (RFC 9110, 13.1.1).
    strong = [tag for weak, tag in _TAG.findall(if_match) if not weak]
    return ExpectedRevision(frozenset(int(tag) for tag in strong if _REVISION.fullmatch(tag)))


IfMatch = Annotated[ExpectedRevision, Depends(_expected)]
"""Parameter of every route that changes a row; answers 428 without the header, 400 when it cannot be read."""


def has_copy(request: Request, tag: str) -> bool:
    """Say whether `If-None-Match` names `tag`, weakly compared (RFC 9110, 13.1.2): the reader has it already."""
    asked = _asked(request, "if-none-match")
    return asked == "*" or tag in {f'"{value}"' for _, value in _TAG.findall(asked)}


def require_copy(request: Request, tag: str) -> None:
    """Raise `PreconditionFailed` when `If-Match` is sent and does not name `tag`, strongly compared (13.1.1)."""
    asked = _asked(request, "if-match")
    if asked not in {"", "*"} and tag not in {f'"{value}"' for weak, value in _TAG.findall(asked) if not weak}:
        raise PreconditionFailed(present=tag)


def _asked(request: Request, name: str) -> str:
    """Return a list header as one line, however many lines it was sent in."""
    return ", ".join(request.headers.getlist(name)).strip()


def fresh(request: Request, response: Response, revision: int) -> None:
    """Set the ETag of what is about to be answered; raise `NotModified` (304) when the reader has it already."""
    tag = etag(revision)
    if has_copy(request, tag):
        raise NotModified(tag)
    response.headers["ETag"] = tag
