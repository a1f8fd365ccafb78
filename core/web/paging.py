"""Lists in pages: an opaque cursor that stays right while the list changes, and a `Link` to the next page."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Generic, NoReturn, TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from core.kernel.keyset import Listing, Position, Row
from core.web.errors import BadCursor
from core.web.fields import is_storable

LARGEST_PAGE: Final = 200
USUAL_PAGE: Final = 50

_LONGEST_CURSOR: Final = 2000
_LARGEST: Final = 2**63

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item] = Field(description="The entries, in the order of the list.")
    next: str | None = Field(
        default=None,
        description="Send it as `cursor`, with the same filters, to get the next page; null on the last page."
        " The header `Link` carries the whole address.",
    )


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page somebody asks for."""

    limit: int
    cursor: str | None
    request: Request
    response: Response

    def position(self, types: Sequence[type]) -> Position | None:
        """Return where the page begins (None: at the start); `types` are those of the list's order.

        Raises `BadCursor` for a cursor that this list, with these filters, did not make.
        """
        if self.cursor is None:
            return None
        return _decode(self.cursor, self._digest(), types)

    def closed(self, items: Sequence[Item], following: Position | None) -> Page[Item]:
        """Return the page and announce the one that begins after `following`, if there is one."""
        if following is None:
            return Page(items=list(items))
        cursor = _encode(following, self._digest())
        self.response.headers["Link"] = f'<{self._address(cursor)}>; rel="next"'
        return Page(items=list(items), next=cursor)

    def _filters(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.request.query_params.multi_items() if name != "cursor"]

    def _digest(self) -> str:
        # Not a seal: a forged cursor shows nothing that a filter could not. It only keeps lists apart.
        filters = sorted(pair for pair in self._filters() if pair[0] != "limit")
        said = json.dumps([self.request.url.path, filters])
        return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:12]

    def _address(self, cursor: str) -> str:
        query = urlencode([*self._filters(), ("cursor", cursor)], errors="replace")
        return f"{quote(self.request.url.path)}?{query}"


async def _page_request(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many entries at most.")] = USUAL_PAGE,
    cursor: Annotated[
        str | None, Query(max_length=_LONGEST_CURSOR, description="`next` of the page before, as it was.")
    ] = None,
) -> PageRequest:
    return PageRequest(limit, cursor, request, response)


Paging = Annotated[PageRequest, Depends(_page_request)]
"""Parameter of every route that answers a list."""


async def paged(listing: Listing[Row], page: PageRequest, show: Callable[[Row], Item]) -> Page[Item]:
    """Return the page of `listing` that was asked for, each row as `show` says it. Raises `BadCursor`."""
    rows, following = await listing.after(page.position(listing.position_types()), page.limit)
    return page.closed([show(row) for row in rows], following)


def _encode(position: Position, digest: str) -> str:
    said = json.dumps([digest, *(_plain(value) for value in position)], separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _decode(cursor: str, digest: str, types: Sequence[type]) -> Position:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        said: Any = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
        if not isinstance(said, list) or len(said) != len(types) + 1 or said[0] != digest:
            _refuse()
        return tuple(_typed(value, kind) for value, kind in zip(said[1:], types, strict=True))
    except (ValueError, TypeError, RecursionError):
        raise BadCursor from None


def _typed(value: object, kind: type) -> object:
    if kind is bool or (kind is int and not isinstance(value, bool)):
        return value if isinstance(value, kind) and -_LARGEST <= value < _LARGEST else _refuse()
    text = value if isinstance(value, str) and is_storable(value) else _refuse()
    if kind is UUID:
        return UUID(text)
    if kind is datetime:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else _refuse()
    if kind is date:
        return date.fromisoformat(text)
    return text if issubclass(kind, str) else _refuse()


def _refuse() -> NoReturn:
    raise BadCursor
